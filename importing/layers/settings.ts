/** Settings of layers as Keras and TensorFlow.js write them. */
import type { Padding, Size } from "@espalier/core";
import type { LayerBuild } from "./build.ts";

/** Whether a layer works on sequences, which are images of one row. */
export const isOneDimensional = ({ className }: LayerBuild): boolean => className.endsWith("1D");

/** Height and width of a setting: a number, one number a side, or the length of a sequence. */
export function sizeOf(build: LayerBuild, name: string, fallback = 1): Size {
  const given = build.config[name] ?? fallback;
  const sides = (Array.isArray(given) ? given : [given]) as number[];
  const [first, second = first!] = sides as [number, number?];
  return isOneDimensional(build) ? [1, first] : [first, second];
}

/** Rows and columns of a setting: a number, one a side, or two a side. */
export function aroundOf(build: LayerBuild, name: string): Padding {
  const given = build.config[name] as number | readonly (number | readonly number[])[];
  const both = (side: number | readonly number[]): readonly number[] =>
    Array.isArray(side) ? side as number[] : [side as number, side as number];
  if (isOneDimensional(build)) {
    const [left, right] = both(given as number | readonly number[]);
    return [0, 0, left!, right!];
  }
  const [rows, columns] = Array.isArray(given) ? given : [given, given];
  return [...both(rows!), ...both(columns!)] as unknown as Padding;
}

/** A setting of two names; the newer framework's is the second. */
export function numberOf(build: LayerBuild, names: readonly string[]): number | undefined {
  const found = names.map((name) => build.config[name]).find((value) => typeof value === "number");
  return found as number | undefined;
}

/** What a window is and how it moves. */
export interface WindowSettings {
  /** Rows and columns. */
  readonly kernel: Size;
  /** Step between its places. */
  readonly strides: Size;
  /** Step between its own entries. */
  readonly dilation: Size;
}

/** The zeros of a padding that has a name, around what a layer reads. */
export function paddingOf(build: LayerBuild, window: WindowSettings): Padding {
  const name = String(build.config["padding"] ?? "valid");
  const { height, width } = build.valueOf(build.inputs[0]!);
  const spans = window.kernel.map((size, axis) => (size - 1) * window.dilation[axis]! + 1);
  if (name === "valid") return [0, 0, 0, 0];
  if (name === "causal") return [0, 0, spans[1]! - 1, 0];
  if (name !== "same") return build.refuse(`its padding is "${name}"`, "Use valid or same");
  return [height, width].flatMap((length, axis) => {
    const stride = window.strides[axis]!;
    const total = Math.max(0, (Math.ceil(length / stride) - 1) * stride + spans[axis]! - length);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  }) as unknown as Padding;
}

/** Refuse what puts channels first, and what cuts them into groups. */
export function refuseOtherLayouts(build: LayerBuild): void {
  if (build.config["data_format"] === "channels_first") {
    build.refuse("it has its channels first", "Convert the model to channels last");
  }
  if (Number(build.config["groups"] ?? 1) > 1) {
    build.refuse("its convolution is grouped, which TensorFlow.js ignores", "Use depthwise layers");
  }
}
