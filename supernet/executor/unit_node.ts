import type {
  Activation,
  ActivationNode,
  AddNode,
  BlueprintNode,
  ConvNode,
  DenseNode,
  DepthwiseConvNode,
  NormNode,
  TransposedConvNode,
} from "@espalier/core";

/** A unit behind a kernel that another step has applied. */
export type GivenNode = Omit<DepthwiseConvNode | TransposedConvNode, "op"> & {
  /** Discriminant. */
  readonly op: "given";
};

type BlueprintUnit =
  | ConvNode
  | DepthwiseConvNode
  | TransposedConvNode
  | DenseNode
  | NormNode
  | ActivationNode
  | AddNode;

/** A node that is a unit, or the end of one. */
export type UnitNode = BlueprintUnit | GivenNode;

const UNITS: ReadonlySet<string> = new Set(
  [
    "conv",
    "depthwise-conv",
    "transposed-conv",
    "dense",
    "norm",
    "activation",
    "add",
  ] satisfies BlueprintNode["op"][],
);

/** Whether a node is a kernel, a norm, a sum or an activation. */
export const isUnit = (node: BlueprintNode): node is BlueprintUnit => UNITS.has(node.op);

/** Whether a unit has a bias of its own. */
export const hasBias = (node: UnitNode): boolean => "bias" in node && node.bias === true;

/** A relu, and the largest value behind it. */
export interface Relu {
  /** As 6 of relu6. */
  readonly max?: number | undefined;
}

/** An activation as a relu that passes apply; undefined: it is none. */
export function reluOf(activation: Activation | undefined): Relu | undefined {
  if (activation === "relu") return {};
  if (activation === "relu6") return { max: 6 };
  if (activation === undefined || typeof activation === "string") return undefined;
  const { max, slope = 0, threshold = 0 } = activation;
  return slope === 0 && threshold === 0 ? { max } : undefined;
}
