import {
  dimensionsOf,
  isMaker,
  type NodeWeight,
  ownWeightsOf,
  type ParameterRole,
  widestShapes,
} from "@espalier/blueprint";
import type {
  Blueprint,
  BlueprintNode,
  Decision,
  HostTensor,
  MakerNode,
  NormSpec,
  Random,
  Weights,
} from "@espalier/core";

/** One array of a network. */
export interface ParameterSpec {
  /** Its name, as in `stem/norm/gamma`. */
  readonly name: string;
  /** Dimensions. */
  readonly shape: readonly number[];
  /** Its role; means and variances are moving statistics, the rest is trained. */
  readonly role: ParameterRole;
}

/** The candidate widths of each searched layer, by node. */
export function widthDecisions(decisions: readonly Decision[]): Map<string, Decision> {
  return new Map(
    decisions.flatMap((decision) =>
      decision.effect.kind === "channels"
        ? decision.effect.nodes.map((node) => [node, decision] as const)
        : []
    ),
  );
}

/** The norm that a layer has while its width is searched. */
export function searchNormOf(node: MakerNode): NormSpec | undefined {
  if (node.op === "dense") return undefined;
  return (node.op === "conv" ? node.searchNorm : undefined) ?? node.norm;
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
    const decision = searched.get(node.id);
    const channels = {
      in: read.get(node.inputs[0] ?? node.id)!.channels,
      out: made.get(node.id)!.channels,
    };
    const specs = decision === undefined ? ownWeightsOf(node) : searchedWeights(node, decision);
    return specs.map(({ name, role, ...rest }): ParameterSpec => ({
      name: `${node.id}/${name}`,
      shape: dimensionsOf(rest, channels),
      role,
    }));
  });
}

/** Arrays of a searched node: of its norm, those of every candidate. */
function searchedWeights(node: BlueprintNode, { candidates }: Decision): NodeWeight[] {
  const norm = isMaker(node) ? searchNormOf(node) : undefined;
  const searched = norm === undefined ? node : { ...node, norm };
  const isNorm = ({ name }: NodeWeight) => name.startsWith("norm/");
  const { norms = [], others = [] } = Object.groupBy(
    ownWeightsOf(searched),
    (weight) => isNorm(weight) ? "norms" : "others",
  );
  return [
    ...others,
    ...candidates.flatMap((channels, i) =>
      norms.map(({ name, role }) => ({
        name: name.replace("norm/", `norm/${i}/`),
        role,
        axes: [channels],
      }))
    ),
  ];
}

/** Deviation of a classifier's first weights. */
const DENSE_DEVIATION = 0.01;

/** Whether an array is a matrix of a layer that TensorFlow.js runs. */
export const isOpaqueMatrix = ({ shape, role }: ParameterSpec): boolean =>
  (role === "opaque" || role === "fixed") && shape.length > 1;

/** Deviation of first values: He et al. of kernels (2015, fan-out), Glorot and Bengio of opaque layers' (2010). */
function deviationOf({ role, shape }: ParameterSpec): number {
  if (role === "kernel") return Math.sqrt(2 / (shape[0]! * shape[1]! * shape[3]!));
  if (role === "dense") return DENSE_DEVIATION;
  const [enter, leave] = shape.slice(-2) as [number, number];
  const size = shape.reduce((product, n) => product * n, 1);
  return Math.sqrt(2 / (size / enter + size / leave));
}

/**
 * Fresh weights: kernels drawn from N(0, 2 / (rows · columns · out)), dense ones from N(0, 0.01²),
 * matrices of opaque layers from N(0, 2 / (in + out)), norms the identity, the rest zeros. Each array
 * has a stream of its own, so equal names and shapes start equal in every network of one seed.
 *
 * @param specs The arrays.
 * @param random Source of randomness.
 * @returns Arrays by name.
 */
export function initialWeights(specs: readonly ParameterSpec[], random: Random): Weights {
  return Object.fromEntries(specs.map((spec) => [spec.name, initial(spec, random)]));
}

function initial(spec: ParameterSpec, random: Random): HostTensor {
  const { name, shape, role } = spec;
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  if (role === "gamma" || role === "variance") values.fill(1);
  if (role === "kernel" || role === "dense" || isOpaqueMatrix(spec)) {
    const stream = random.stream(`weights/${name}`);
    const deviation = deviationOf(spec);
    for (let i = 0; i < values.length; i++) values[i] = stream.normal() * deviation;
  }
  return { shape, values };
}
