import {
  dimensionsOf,
  isMaker,
  type LayerPart,
  layerParts,
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

/** What the norms of a part of a searched layer are called: `norm`, or `norm/4:8` of a slice. */
export const normsName = (parts: readonly LayerPart[], { from, unpruned }: LayerPart): string =>
  parts.length === 1 ? "norm" : `norm/${from}:${from + unpruned}`;

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
 * each candidate of a searched convolution or of a slice of it.
 * @returns Names, shapes and roles.
 */
export function parameterSpecs(
  blueprint: Blueprint,
  decisions: readonly Decision[] = [],
): readonly ParameterSpec[] {
  const { made, read } = widestShapes(blueprint, decisions);
  const searched = layerParts(blueprint, decisions);
  return blueprint.nodes.flatMap((node) => {
    const parts = searched.get(node.id);
    const channels = {
      in: read.get(node.inputs[0] ?? node.id)!.channels,
      out: made.get(node.id)!.channels,
    };
    const specs = parts === undefined || !isMaker(node)
      ? ownWeightsOf(node)
      : searchedWeights(node, parts);
    return specs.map(({ name, role, ...rest }): ParameterSpec => ({
      name: `${node.id}/${name}`,
      shape: dimensionsOf(rest, channels),
      role,
    }));
  });
}

const isOfNorm = ({ name }: NodeWeight): boolean => name.startsWith("norm/");

/** Arrays of a searched layer: of its norm, those of every candidate of every part. */
function searchedWeights(node: MakerNode, parts: readonly LayerPart[]): NodeWeight[] {
  return [
    ...ownWeightsOf(node).filter((weight) => !isOfNorm(weight)),
    ...parts.flatMap((part) => {
      const { decision, unpruned } = part, name = normsName(parts, part);
      if (decision === undefined) return normsOf(node, { prefix: name, channels: unpruned });
      const norm = searchNormOf(node);
      const searched = norm === undefined ? node : { ...node, norm };
      return decision.candidates.flatMap((channels, i) =>
        normsOf(searched, { prefix: `${name}/${i}`, channels })
      );
    }),
  ];
}

/** Arrays of a node's norm by another name, of so many channels. */
function normsOf(
  node: BlueprintNode,
  { prefix, channels }: { readonly prefix: string; readonly channels: number },
): NodeWeight[] {
  return ownWeightsOf(node).filter(isOfNorm).map(({ name, role }) => ({
    ...{ name: name.replace("norm", prefix), role, axes: [channels] },
  }));
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
