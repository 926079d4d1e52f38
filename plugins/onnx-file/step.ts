import type { InferredValues } from "@espalier/blueprint";
import type { Activation, NodeId, Weights } from "@espalier/core";
import { activate } from "./activations.ts";
import type { Attribute, Graph } from "./graph.ts";

/** The value of a node: [batch, channels, height, width], [batch, channels, length], or a vector. */
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

/** What a writer works with; shapes are those of all values. */
export interface Site extends InferredValues {
  /** Collects what is written. */
  readonly graph: Graph;
  /** Weights of the network. */
  readonly weights: Weights;
  /** Values that the node reads; none for inputs alone. */
  readonly inputs: readonly [Value, ...Value[]];
}

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
  return { id, name: activate(activation, { graph, input, output: id }) };
}

/** Name of the value of a node, which tells whether its features are in another order than ours. */
export const orderedName = (id: NodeId, order: Value["order"]) =>
  order ? `${id}/channels_first` : id;

/** Name of a value whose features are in our order. */
export function inOrder({ id, name, order }: Value, graph: Graph): string {
  if (order === undefined) return name;
  const places = new Array<number>(order.length);
  order.forEach((feature, place) => places[feature] = place);
  const indices = integers(graph, `${id}/places`, places);
  return graph.step("Gather", { inputs: [name, indices], output: id, attributes: { axis: 1 } });
}

/** A constant of integers, as sizes and places are given; returns its name. */
export const integers = (graph: Graph, name: string, values: readonly number[]): string =>
  graph.constant(name, { shape: [values.length], values: BigInt64Array.from(values, BigInt) });

/** Name of a value as the network's author sees it: channels last, features in our order. */
export function channelsLast(value: Value, { graph, rank }: {
  readonly graph: Graph;
  /** Axes of an example. */
  readonly rank: 1 | 2 | 3;
}): string {
  if (rank === 1) return inOrder(value, graph);
  const output = `${value.name}/channels_last`;
  const attributes = { perm: rank === 2 ? [0, 2, 1] : [0, 2, 3, 1] };
  return graph.step("Transpose", { inputs: [value.name], output, attributes });
}

/** An image or a sequence whose channels come last, as the value of a node. */
export function channelsFirst(input: string, { graph, id, rank }: {
  readonly graph: Graph;
  readonly id: NodeId;
  /** Axes of an example. */
  readonly rank: 2 | 3;
}): Value {
  const output = `${id}/channels_first`;
  const attributes = { perm: rank === 2 ? [0, 2, 1] : [0, 3, 1, 2] };
  return { id, name: graph.step("Transpose", { inputs: [input], output, attributes }) };
}
