/**
 * What the blueprint knows of an operation. Each has a file of its name in this folder, and one in
 * `supernet/nodes` that says how it is computed.
 *
 * @module
 */
import type { BlueprintNode, Padding, Shape, Size } from "@espalier/core";
import type * as z from "zod";
import type { Fault } from "../blueprint_fault.ts";

/** A value of the graph: an image, a sequence as an image of one row, or a vector as a 1×1 image. */
export interface Value extends Shape {
  /** Axes of an example: 1 of a vector, 2 of a sequence, 3 of an image. */
  readonly rank: 1 | 2 | 3;
}

/** Refuse a node that does not fit its inputs. */
export type Refuse = (rule: Fault["rule"], state: Fault["state"]) => never;

/** Where the channels of a node's value come from. */
export type ChannelRule =
  /** It makes channels of its own. */
  | { readonly kind: "makes" }
  /** Channel c is made of channel c of every input; in a sum the first decides how many there are. */
  | { readonly kind: "keeps" }
  /** The same of some inputs, all of which keep the same channels: `parts` are their indices. */
  | { readonly kind: "meets"; readonly parts: readonly number[] }
  /** All channels of one input stand behind those of another: `parts` are indices of inputs. */
  | { readonly kind: "joins"; readonly parts: readonly number[] }
  /** Each channel of the one input stands several times in a row. */
  | { readonly kind: "spreads"; readonly times: number };

/** What an array of a network is for. */
export type ParameterRole =
  | "kernel"
  | "dense"
  | "bias"
  | "slope"
  /** Of an opaque layer, which is trained. */
  | "opaque"
  /** Of an opaque layer, which stays. */
  | "fixed"
  | "gamma"
  | "beta"
  | "mean"
  | "variance";

/** An array of a node. */
export interface NodeWeight {
  /** Its name behind that of the node, as in `norm/gamma`. */
  readonly name: string;
  /** What it is for. */
  readonly role: ParameterRole;
  /** Its dimensions: numbers, or the channels that enter or leave the node. */
  readonly axes: readonly (number | "in" | "out")[];
  /**
   * Whether a kernel is used once for each position of what enters or of what leaves.
   *
   * @default {"out"}
   */
  readonly slides?: "in" | "out";
}

/** An operation of blueprints. */
export interface Op<N extends BlueprintNode = BlueprintNode> {
  /** How many inputs a node has. */
  readonly arity: { readonly least: number; readonly most: number };
  /** Schema of its own fields. */
  readonly fields: z.ZodRawShape;
  /** The value that it makes of others. */
  value(node: N, inputs: readonly Value[], refuse: Refuse): Value;
  /** Where its channels come from. */
  channels(node: N, inputs: readonly Shape[]): ChannelRule;
  /** The node with as many channels, fewer or more. Absent: it states no number of them. */
  narrow?(node: N, channels: number): N;
  /** Its arrays. */
  weights?(node: N): readonly NodeWeight[];
}

/** Reads one value. */
export const ONE = { least: 1, most: 1 };

/** Channel c comes of channel c. */
export const KEEPS: ChannelRule = { kind: "keeps" };

/** All channels are new. */
export const MAKES: ChannelRule = { kind: "makes" };

/** How a value is called in messages. */
export const describe = ({ height, width, channels, rank }: Value): string =>
  rank === 1
    ? `a vector of ${channels}`
    : rank === 2
    ? `a sequence of ${width}×${channels}`
    : `${height}×${width}×${channels}`;

/** The value, if it is an image. */
export function image(value: Value, refuse: Refuse): Value {
  return value.rank === 1 ? refuse("it works on images", `it reads ${describe(value)}`) : value;
}

/** Refuse what would give a sequence other rows than its one. */
export function oneRow(
  { rank }: Value,
  { size = [1, 1], padding = [0, 0, 0, 0] }: Partial<Pick<Window, "size" | "padding">>,
  refuse: Refuse,
): void {
  if (rank === 2 && (size[0] !== 1 || padding[0] + padding[1] > 0)) {
    refuse("a sequence has one row", `it has ${size[0]} and ${padding[0] + padding[1]} around it`);
  }
}

/** A vector. */
export const vectorOf = (channels: number): Value => ({
  ...{ height: 1, width: 1, channels },
  rank: 1,
});

/** A window that slides over an image. */
export interface Window {
  /** Rows and columns. */
  readonly size: Size;
  /** Step between its places. */
  readonly strides: Size;
  /** Rows and columns around the image. */
  readonly padding: Padding;
  /** Step between its own entries. */
  readonly dilation: Size;
}

/** The image of all places of a window. */
export function slide(value: Value, window: Window, refuse: Refuse): Value {
  const { height, width, ...rest } = image(value, refuse);
  oneRow(value, window, refuse);
  const [top, bottom, left, right] = window.padding;
  const steps = (length: number, axis: 0 | 1): number =>
    Math.floor(
      (length - (window.size[axis] - 1) * window.dilation[axis] - 1) / window.strides[axis],
    ) + 1;
  const rows = steps(height + top + bottom, 0);
  const columns = steps(width + left + right, 1);
  if (rows < 1 || columns < 1) {
    refuse("a window fits its padded input", `it reads ${height}×${width}`);
  }
  return { ...rest, height: rows, width: columns };
}
