import { derive, layerOf, widthGroups } from "@espalier/blueprint";
import type { Blueprint, BlueprintNode, Decision } from "@espalier/core";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { ResnetOptions } from "./options.ts";
import { resnet } from "./resnet.ts";

function decisionsOf(blueprint: Blueprint): Decision[] {
  const channels = new Map(
    blueprint.nodes.flatMap((node) => node.op === "conv" ? [[node.id, node.channels]] : []),
  );
  const groups = widthGroups(blueprint, { residual: "project" }).map((nodes) => nodes.map(layerOf));
  return [
    ...groups.map((nodes): Decision => ({
      id: nodes[0]!,
      space: "width",
      candidates: [channels.get(nodes[0]!)!],
      effect: { kind: "channels", nodes },
    })),
    ...blueprint.stages.map(({ id, blocks }): Decision => ({
      id,
      space: "depth",
      candidates: [blocks.length],
      effect: { kind: "exit", stage: id },
    })),
  ];
}

function withoutOrigin({ origin: _, ...node }: BlueprintNode): BlueprintNode {
  return node as BlueprintNode;
}

const networks: readonly ResnetOptions[] = [
  { depth: 26, classes: 10 },
  { depth: 29, classes: 10 },
  { depth: 34, classes: 7, family: "imagenet" },
];

const cases = fc.constantFrom(...networks).map(resnet).chain((blueprint) => {
  const decisions = decisionsOf(blueprint);
  return fc.record(Object.fromEntries(decisions.map(({ id, candidates }) => [
    id,
    fc.integer({ min: 1, max: candidates[0]! }),
  ]))).map((choices) => ({ blueprint, decisions, choices }));
});

Deno.test("derive() of a residual network narrows and cuts in any order", () => {
  fc.assert(
    fc.property(cases, ({ blueprint, decisions, choices }) => {
      const only = (from: Blueprint, kind: Decision["effect"]["kind"]) => {
        const left = new Set(from.nodes.map(({ id }) => id));
        const some = decisions.filter(({ effect }) =>
          effect.kind === kind && (effect.kind === "exit" || left.has(layerOf(effect.nodes[0]!)))
        );
        const chosen = Object.fromEntries(some.map(({ id }) => [id, choices[id]!]));
        return derive(from, { decisions: some, choices: chosen });
      };
      const nodes = derive(blueprint, { decisions, choices }).nodes.map(withoutOrigin);
      const narrowed = only(only(blueprint, "channels"), "exit");
      const cut = only(only(blueprint, "exit"), "channels");
      assertEquals(narrowed.nodes.map(withoutOrigin), nodes);
      assertEquals(cut.nodes.map(withoutOrigin), nodes);
      assertEquals(narrowed.stages, cut.stages);
    }),
    { numRuns: 50 },
  );
});
