import type { Activation, NodeId, Shape, Weights } from "@espalier/core";
import type { Attribute, Graph } from "./graph.ts";

/** The value of a node: an image [batch, channels, height, width], or a vector. */
export interface Value {
  /** The node. */
  readonly id: NodeId;
  /** Name of the value in the graph. */
  readonly name: string;
  /**
   * Of a flattened image, whose features ONNX has channel by channel: place `i` holds our feature
   * `order[i]`. Absent: in our order.
   */
  readonly order?: readonly number[] | undefined;
}

/** What a writer works with. */
export interface Site {
  /** Collects what is written. */
  readonly graph: Graph;
  /** Weights of the network. */
  readonly weights: Weights;
  /** Shapes of all values. */
  readonly shapes: ReadonlyMap<NodeId, Shape>;
  /** Values that the node reads; none for the input alone. */
  readonly inputs: readonly [Value, ...Value[]];
}

/** From activation to writer. */
export const ACTIVATIONS: {
  readonly [A in Activation]: (graph: Graph, names: { input: string; output: string }) => string;
} = {
  relu: (graph, { input, output }) => graph.step("Relu", { inputs: [input], output }),
  relu6: (graph, { input, output }) => {
    const bound = (name: string, value: number) =>
      graph.constant(`${output}/${name}`, { shape: [], values: Float32Array.of(value) });
    return graph.step("Clip", { inputs: [input, bound("min", 0), bound("max", 6)], output });
  },
};

/** A step, and the activation of the node behind it. */
export function unit(
  { id, activation }: { readonly id: NodeId; readonly activation?: Activation },
  { graph, op, ...step }: {
    readonly graph: Graph;
    readonly op: string;
    readonly inputs: readonly string[];
    readonly attributes?: Readonly<Record<string, Attribute>>;
  },
): Value {
  if (activation === undefined) return { id, name: graph.step(op, { ...step, output: id }) };
  const input = graph.step(op, { ...step, output: `${id}/linear` });
  return { id, name: ACTIVATIONS[activation](graph, { input, output: id }) };
}

/** Name of the value of a node, which tells whether its features are in another order than ours. */
export const orderedName = (id: NodeId, order: Value["order"]) =>
  order ? `${id}/channels_first` : id;

/** Name of a value whose features are in our order. */
export function inOrder({ id, name, order }: Value, graph: Graph): string {
  if (order === undefined) return name;
  const places = new BigInt64Array(order.length);
  order.forEach((feature, place) => places[feature] = BigInt(place));
  const indices = graph.constant(`${id}/places`, { shape: [places.length], values: places });
  return graph.step("Gather", { inputs: [name, indices], output: id, attributes: { axis: 1 } });
}
