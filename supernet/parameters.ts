import { widestShapes } from "@espalier/blueprint";
import type {
  Blueprint,
  BlueprintNode,
  ConvNode,
  Decision,
  HostTensor,
  NormSpec,
  Random,
  Shape,
  Weights,
} from "@espalier/core";

/** The role of an array of a network. */
export type ParameterRole = "kernel" | "dense" | "bias" | "gamma" | "beta" | "mean" | "variance";

/** One array of a network. */
export interface ParameterSpec {
  /** Its name, as in `stem/norm/gamma`. */
  readonly name: string;
  /** Dimensions. */
  readonly shape: readonly number[];
  /** Its role; means and variances are moving statistics, the rest is trained. */
  readonly role: ParameterRole;
}

/** The candidate widths of each searched convolution, by node. */
export function widthDecisions(decisions: readonly Decision[]): Map<string, Decision> {
  return new Map(
    decisions.flatMap((decision) =>
      decision.effect.kind === "channels"
        ? decision.effect.nodes.map((node) => [node, decision] as const)
        : []
    ),
  );
}

/** The norm that a convolution has while its width is searched. */
export function searchNormOf(node: ConvNode): NormSpec | undefined {
  return node.searchNorm ?? node.norm;
}

/**
 * All arrays of a network, in the order of its nodes.
 *
 * @param blueprint The network.
 * @param decisions Decisions of a supernet: kernels as wide as the widest candidate, and a norm for
 * each candidate of a searched convolution.
 * @returns Names, shapes and roles.
 */
export function parameterSpecs(
  blueprint: Blueprint,
  decisions: readonly Decision[] = [],
): readonly ParameterSpec[] {
  const { made, read } = widestShapes(blueprint, decisions);
  const searched = widthDecisions(decisions);
  return blueprint.nodes.flatMap((node) => {
    const input = read.get(node.inputs[0] ?? node.id)!;
    return [
      ...ownSpecs(node, { input, output: made.get(node.id)! }),
      ...normSpecs(node, input, searched.get(node.id)),
    ];
  });
}

/** Shapes at both ends of a node. */
interface Ends {
  readonly input: Shape;
  readonly output: Shape;
}

function ownSpecs(node: BlueprintNode, { input, output }: Ends): ParameterSpec[] {
  const { id } = node;
  switch (node.op) {
    case "conv":
      return [
        {
          name: `${id}/kernel`,
          shape: [...node.kernel, input.channels, output.channels],
          role: "kernel",
        },
        ...bias(id, node.bias, output.channels),
      ];
    case "depthwise-conv":
      return [
        { name: `${id}/kernel`, shape: [...node.kernel, input.channels, 1], role: "kernel" },
        ...bias(id, node.bias, input.channels),
      ];
    case "dense":
      return [
        { name: `${id}/kernel`, shape: [input.channels, node.channels], role: "dense" },
        ...bias(id, node.bias, node.channels),
      ];
    default:
      return [];
  }
}

function bias(id: string, present: boolean, channels: number): ParameterSpec[] {
  return present ? [{ name: `${id}/bias`, shape: [channels], role: "bias" }] : [];
}

function normSpecs(
  node: BlueprintNode,
  input: Shape,
  decision: Decision | undefined,
): ParameterSpec[] {
  if (node.op === "conv" && decision !== undefined) {
    if (searchNormOf(node) === undefined) return [];
    return decision.candidates.flatMap((channels, i) => normOf(`${node.id}/norm/${i}`, channels));
  }
  if (!("norm" in node) || node.norm === undefined) return [];
  return normOf(`${node.id}/norm`, node.op === "conv" ? node.channels : input.channels);
}

function normOf(prefix: string, channels: number): ParameterSpec[] {
  return (["gamma", "beta", "mean", "variance"] as const).map((role) => ({
    name: `${prefix}/${role}`,
    shape: [channels],
    role,
  }));
}

/** Deviation of a classifier's first weights. */
const DENSE_DEVIATION = 0.01;

/**
 * Fresh weights: kernels drawn from N(0, 2 / (rows · columns · out)) (He et al., 2015, fan-out),
 * dense ones from N(0, 0.01²), norms the identity. Each array has a stream of its own, so equal
 * names and shapes start equal in every network of one seed.
 *
 * @param specs The arrays.
 * @param random Source of randomness.
 * @returns Arrays by name.
 */
export function initialWeights(specs: readonly ParameterSpec[], random: Random): Weights {
  return Object.fromEntries(specs.map((spec) => [spec.name, initial(spec, random)]));
}

function initial({ name, shape, role }: ParameterSpec, random: Random): HostTensor {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  if (role === "gamma" || role === "variance") values.fill(1);
  if (role === "kernel" || role === "dense") {
    const stream = random.stream(`weights/${name}`);
    const deviation = role === "dense"
      ? DENSE_DEVIATION
      : Math.sqrt(2 / (shape[0]! * shape[1]! * shape[3]!));
    for (let i = 0; i < values.length; i++) values[i] = stream.normal() * deviation;
  }
  return { shape, values };
}
