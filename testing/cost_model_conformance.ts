import { inferShapes } from "@espalier/blueprint";
import { type BlueprintNode, CostModelToken, type CostNode } from "@espalier/core";
import { casesOf, check, checkEqual, type ConformanceCase, type ContractSetup } from "./check.ts";
import { toyNetwork } from "./toy.ts";

/** Every node of the toy network, as a cost model sees it. */
function toyNodes(): CostNode[] {
  const blueprint = toyNetwork();
  const shapes = inferShapes(blueprint);
  return blueprint.nodes.filter(({ inputs }) => inputs.length > 0).map((node) => ({
    node,
    input: shapes.get(node.inputs[0]!)!,
    output: shapes.get(node.id)!,
  }));
}

function widened({ node, output, ...rest }: CostNode, wide: BlueprintNode): [CostNode, CostNode] {
  const asked = { ...rest, output: { ...output, channels: 8 } };
  return [{ ...asked, node }, { ...asked, node: wide }];
}

/**
 * The checks that every provider of `CostModelToken` must pass.
 *
 * @param setup The plugins.
 * @returns The checks.
 */
export function* costModelConformance(setup: ContractSetup): Generator<ConformanceCase> {
  const withModels = casesOf(CostModelToken, { kind: "cost model", setup });

  yield withModels("has a name and a unit", ({ name, unit }) => {
    check(name !== "" && unit !== "", `name "${name}", unit "${unit}"`);
  });
  yield withModels("costs a finite number of at least 0, the same every time", (model) => {
    let total = 0;
    for (const node of toyNodes()) {
      const cost = model.cost(node);
      check(Number.isFinite(cost) && cost >= 0, `"${node.node.id}" costs ${cost}`);
      checkEqual(model.cost(node), cost, `the second cost of "${node.node.id}"`);
      total += cost;
    }
    check(total > 0, "the whole network costs nothing");
  });
  yield withModels("goes by the shapes it is given, not by the node's own width", (model) => {
    for (const node of toyNodes()) {
      if (node.node.op !== "conv") continue;
      const [asked, built] = widened(node, { ...node.node, channels: 8 });
      checkEqual(model.cost(asked), model.cost(built), `"${node.node.id}" at 8 channels`);
    }
  });
}
