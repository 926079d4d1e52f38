import {
  inferValues,
  inputsOf,
  outputsOf,
  validateBlueprint,
  weightOwner,
} from "@espalier/blueprint";
import {
  type Activation,
  type Blueprint,
  type BlueprintNode,
  EspalierError,
  type NodeId,
  type TrainedNetwork,
  type Weights,
} from "@espalier/core";
import { checkWeights } from "@espalier/supernet";
import { activate } from "./activations.ts";
import { Graph, type Port } from "./graph.ts";
import { channelsLast, type Site, type Value } from "./step.ts";
import { WRITERS } from "./writers.ts";

type AnyWriter = (node: BlueprintNode, site: Site) => Value;

function writerOf({ id, op }: BlueprintNode): AnyWriter {
  const writer = WRITERS[op] as AnyWriter | undefined;
  if (writer !== undefined) return writer;
  throw new EspalierError(
    "ERR_EXPORT_UNSUPPORTED",
    `Cannot write node "${id}" in ONNX as every operation needs a form there: ${op} has none. ` +
      `Leave out the plugin "onnx-file", and serve the layers-model.`,
  );
}

/** Refuse a network with a node that ONNX cannot express; throws ERR_EXPORT_UNSUPPORTED. */
export function checkOnnx({ nodes }: Blueprint): void {
  nodes.forEach(writerOf);
}

/** Weights by the names of every node, also of those that share another's. */
function weightsOfEach({ nodes }: Blueprint, weights: Weights): Weights {
  const shared = nodes.filter((node) => node.sharesWeightsOf !== undefined);
  const copies = shared.flatMap((node) => {
    const prefix = `${weightOwner(node)}/`;
    return Object.entries(weights).filter(([name]) => name.startsWith(prefix)).map(
      ([name, tensor]) => [`${node.id}/${name.slice(prefix.length)}`, tensor] as const,
    );
  });
  return { ...weights, ...Object.fromEntries(copies) };
}

/**
 * A trained network as an ONNX model (operators of version 13) for inference. It takes
 * [batch, height, width, channels], as the layers-model does, and gives what that gives; inputs and
 * outputs have their author's names, else those of the nodes. Norms behind convolutions are folded into
 * them, which changes results by float32's rounding only.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { createRandom } from "@espalier/core";
 * import { toOnnx } from "@espalier/plugin-onnx-file";
 * import { initialWeights, parameterSpecs } from "@espalier/supernet";
 * import { toyNetwork } from "@espalier/testing";
 *
 * const blueprint = toyNetwork();
 * const weights = initialWeights(parameterSpecs(blueprint), createRandom(1));
 * const bytes = toOnnx({ blueprint, weights });
 * assert(bytes.length > 1000);
 * ```
 *
 * @param network Blueprint and weights.
 * @returns The bytes of `model.onnx`.
 * @throws {EspalierError} ERR_EXPORT_UNSUPPORTED, ERR_BLUEPRINT_INVALID; ERR_CONFIG_INVALID if a
 * weight is missing or of another shape.
 */
export function toOnnx({ blueprint, weights }: TrainedNetwork): Uint8Array<ArrayBuffer> {
  checkOnnx(blueprint);
  validateBlueprint(blueprint);
  checkWeights({ blueprint, weights });
  const each = weightsOfEach(blueprint, weights);
  const graph = new Graph();
  const inferred = inferValues(blueprint);
  const values = new Map<NodeId, Value>();
  for (const node of blueprint.nodes) {
    const inputs = node.inputs.map((id) => values.get(id)!) as [Value, ...Value[]];
    values.set(node.id, writerOf(node)(node, { graph, weights: each, ...inferred, inputs }));
  }
  const names = portNames(blueprint);
  return graph.model({
    name: blueprint.name,
    inputs: inputsOf(blueprint).map(({ id, shape, rank = 3 }, i) => ({
      ...{ name: names.inputs[i]!, value: id, shape: shape.slice(3 - rank) },
    })),
    outputs: outputsOf(blueprint).map(({ node, activation }, i) => ({
      ...outputValue(values.get(node)!, { ...inferred, graph, activation }),
      name: names.outputs[i]!,
    })),
  });
}

/** Names of what enters and of what is given: their author's for the layers, else the nodes'. */
function portNames(blueprint: Blueprint): Record<"inputs" | "outputs", readonly string[]> {
  const nodes = new Map(blueprint.nodes.map((node) => [node.id, node]));
  const taken = new Set<string>();
  const once = (name: string): string => {
    let own = name;
    for (let n = 1; taken.has(own); n++) own = `${name}_${n}`;
    taken.add(own);
    return own;
  };
  return {
    inputs: inputsOf(blueprint).map(({ id, source }) => once(source?.layer ?? id)),
    outputs: outputsOf(blueprint).map(({ node, layer }) => {
      const { source } = nodes.get(node)!;
      return once(layer ?? source?.activation ?? source?.norm ?? source?.layer ?? node);
    }),
  };
}

/** What the model gives of a node, as its author sees it. */
function outputValue(
  value: Value,
  { graph, shapes, ranks, activation }: Pick<Site, "graph" | "shapes" | "ranks"> & {
    readonly activation: Activation | undefined;
  },
): Omit<Port, "name"> {
  const { height, width, channels } = shapes.get(value.id)!, rank = ranks.get(value.id)!;
  const output = `${value.name}/activated`;
  const name = activation && activate(activation, { graph, input: value.name, output });
  return {
    value: channelsLast({ ...value, ...name && { name } }, { graph, rank }),
    shape: [height, width, channels].slice(3 - rank),
  };
}
