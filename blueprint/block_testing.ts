/** A block for each operation that residual networks lack. */
import type { Activation, BlueprintNode, NodeId, NormSpec } from "@espalier/core";
import { ACTIVATIONS } from "./activations.ts";
import { conv } from "./nodes.ts";

/** What a block is made of: it reads and gives `channels`, its last node is its output. */
interface BlockOptions {
  readonly id: string;
  readonly input: NodeId;
  readonly channels: number;
}

type MakeBlock = (options: BlockOptions) => BlueprintNode[];

/** All activations, with parameters too. */
export const EVERY_ACTIVATION: readonly Activation[] = [
  ...Object.keys(ACTIVATIONS) as Activation[],
  { name: "relu", slope: 0.25 },
  { name: "relu", max: 0.75 },
  { name: "relu", threshold: 0.125 },
];

const nameOf = (activation: Activation): string =>
  typeof activation === "string" ? activation : Object.values(activation).join("-");

/** Activations that saturate leave features nearly constant, whose norms would amplify rounding. */
const norm: NormSpec = { epsilon: 0.1, momentum: 0.9 };

/** An activation in a convolution, behind a concatenation, and behind a norm of its own. */
const activationBlock = (activation: Activation): MakeBlock => ({ id, input, channels }) => [
  conv({ id: `${id}/a`, input, channels: channels + 1, kernel: 3, norm, activation }),
  { id: `${id}/c`, op: "concat", inputs: [`${id}/a`, input] },
  { id: `${id}/f`, op: "activation", inputs: [`${id}/c`], activation },
  { id: `${id}/n`, op: "norm", inputs: [`${id}/f`], norm, activation },
  conv({ id: `${id}/z`, input: `${id}/n`, channels, kernel: 3 }),
  {
    ...{ id: `${id}/add`, op: "add", inputs: [`${id}/z`, input] },
    ...{ projection: { norm: false }, activation },
  },
];

/** Norms that do not learn their scale or offset, searched and alone. */
const normBlock = (learns: Pick<NormSpec, "scale" | "center">): MakeBlock => ({ id, ...rest }) => [
  conv({ id: `${id}/a`, ...rest, kernel: 3, norm: { ...norm, ...learns }, activation: "relu" }),
  { id: `${id}/n`, op: "norm", inputs: [`${id}/a`], norm: { ...norm, ...learns } },
];

/** Blocks by name. */
export const OP_BLOCKS: Readonly<Record<string, MakeBlock>> = {
  "norm-no-scale": normBlock({ scale: false }),
  "norm-no-center": normBlock({ center: false }),
  "norm-bare": normBlock({ scale: false, center: false }),
  ...Object.fromEntries(
    // A jump, as a threshold has, may be taken by one of two equal networks alone.
    EVERY_ACTIVATION.filter((each) => typeof each === "string" || each.threshold === undefined)
      .map((each) => [nameOf(each), activationBlock(each)]),
  ),
};
