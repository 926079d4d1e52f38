import { type NodeWeight, ownWeightsOf, placesOf } from "@espalier/blueprint";
import {
  type Blueprint,
  type BlueprintNode,
  type Decision,
  EspalierError,
  type HostTensor,
  type Origin,
  type Random,
  type TrainedNetwork,
  type Weights,
} from "@espalier/core";
import { initialWeights, type ParameterSpec, parameterSpecs } from "./parameters.ts";

/**
 * Copy the entries at the given indices of every axis; those of channels that the array lacks are fresh
 * ones, in the order of the selection.
 */
function select(
  { shape, values }: HostTensor,
  { axes, fresh }: {
    readonly axes: readonly (readonly number[])[];
    readonly fresh: () => Float32Array;
  },
): Float32Array {
  const selected = new Float32Array(axes.reduce((product, { length }) => product * length, 1));
  let next = 0;
  const copy = (axis: number, start: number, isThere: boolean): void => {
    for (const index of axes[axis]!) {
      const place = start * shape[axis]! + index, isKnown = isThere && index < shape[axis]!;
      if (axis < axes.length - 1) copy(axis + 1, place, isKnown);
      else {
        selected[next] = isKnown ? values[place]! : fresh()[next]!;
        next++;
      }
    }
  };
  copy(0, 0, true);
  return selected;
}

/** A kernel that passes on the channels that both sides kept. */
function selectionMatrix({ inputs, outputs }: Origin): Float32Array {
  return Float32Array.from(
    inputs.flatMap((input) => outputs.map((output) => input === output ? 1 : 0)),
  );
}

/**
 * Weights of a projection that pruning inserted: a selection, then a norm that is the identity. For
 * that the variance is 1 − ε, since 1 − ε + ε is exactly 1; a gamma of √(1 + ε) would be rounded.
 */
function projectionValues(node: BlueprintNode, origin: Origin, spec: ParameterSpec): Float32Array {
  const ones = (value: number) => new Float32Array(origin.outputs.length).fill(value);
  switch (spec.role) {
    case "kernel":
      return selectionMatrix(origin);
    case "gamma":
      return ones(1);
    case "variance":
      return ones(1 - ("norm" in node && node.norm ? node.norm.epsilon : 0));
    default:
      return ones(0);
  }
}

function teachersArray({ blueprint, weights }: TrainedNetwork, name: string): HostTensor {
  const array = weights[name];
  if (array !== undefined) return array;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot inherit weight "${name}" as the trained network "${blueprint.name}" has none of that ` +
      "name. Give the network that the derived one was cut from.",
  );
}

function lacksChannels({ name }: ParameterSpec, { blueprint }: TrainedNetwork): never {
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot inherit weight "${name}" as the derived network is wider there than the trained network ` +
      `"${blueprint.name}". Give fresh weights for what it lacks.`,
  );
}

/**
 * Weights of a derived network, copied from the unpruned one: of every node exactly the channels
 * that it kept, moving statistics included. Channels that the unpruned network lacks start from fresh
 * weights. A projection that pruning inserted passes on the channels that both sides kept and drops the
 * others.
 *
 * Where every sum keeps all channels of its second side, as with tied widths, the derived network
 * computes the same as the unpruned one with its other channels set to zero.
 *
 * @param student The derived network.
 * @param teacher The trained unpruned network.
 * @param options Fresh weights of the derived network, for channels that the unpruned one lacks, or a
 * source of randomness of which those arrays are drawn that need them.
 * @returns All weights of the derived network, by name.
 * @throws {EspalierError} ERR_CONFIG_INVALID if the teacher lacks a weight, or channels for which there
 * are no fresh weights.
 */
export function inheritedWeights(
  student: Blueprint,
  teacher: TrainedNetwork,
  { fresh = {}, random }: { readonly fresh?: Weights; readonly random?: Random } = {},
): Weights {
  const arrays = student.nodes.flatMap((node) =>
    ownWeightsOf(node).map((weight) => ({ node, weight }))
  );
  return Object.fromEntries(
    parameterSpecs(student).map((spec, i) => {
      const drawn = random && onDemand(spec, random);
      const own = {
        spec,
        fresh: () => fresh[spec.name]?.values ?? drawn?.() ?? lacksChannels(spec, teacher),
      };
      return [spec.name, { shape: spec.shape, values: inherited(arrays[i]!, teacher, own) }];
    }),
  );
}

/** An array's first values, drawn when they are asked for. */
function onDemand(spec: ParameterSpec, random: Random): () => Float32Array {
  let values: Float32Array | undefined;
  return () => values ??= initialWeights([spec], random)[spec.name]!.values;
}

/** Names of the norms of candidates and slices: `a/norm/0/gamma`, `a/norm/4:8/0/gamma`, `a/norm/4:8/gamma`. */
const CANDIDATE_NORM = /^(.*)\/norm(?:\/(\d+:\d+))?(?:\/\d+)?\/(gamma|beta|mean|variance)$/;

/**
 * Weights of a supernet that begins as the trained network: its shared kernels are the network's, the
 * norm of each candidate the first channels of the network's. What the network lacks, as the norm that
 * a convolution has in the search alone, is drawn.
 *
 * @param teacher The trained unpruned network.
 * @param options What is decided; source of randomness.
 * @returns All weights of the supernet, by name.
 */
export function supernetWeights(
  { blueprint, weights }: TrainedNetwork,
  { decisions, random }: { readonly decisions: readonly Decision[]; readonly random: Random },
): Weights {
  return Object.fromEntries(
    parameterSpecs(blueprint, decisions).map((spec) => {
      const [, node, slice = "", role] = spec.name.match(CANDIDATE_NORM) ?? [];
      const array = weights[spec.name] ?? weights[`${node}/norm/${role}`];
      const fresh = onDemand(spec, random);
      if (array === undefined) return [spec.name, { shape: spec.shape, values: fresh() }];
      const [from = 0, to = array.shape[0]!] = slice.split(":").filter(Boolean).map(Number);
      const place = (i: number) => from + i < to ? from + i : array.shape[0]!;
      const axes = spec.shape.map((size) =>
        Array.from({ length: size }, (_, i) => role === undefined ? i : place(i))
      );
      const values = select(array, { axes, fresh });
      return [spec.name, { shape: spec.shape, values }];
    }),
  );
}

function inherited(
  { node, weight }: { readonly node: BlueprintNode; readonly weight: NodeWeight },
  teacher: TrainedNetwork,
  { spec, fresh }: { readonly spec: ParameterSpec; readonly fresh: () => Float32Array },
): Float32Array {
  const { origin } = node;
  if (origin === undefined) return teachersArray(teacher, spec.name).values.slice();
  if (origin.node === null) return projectionValues(node, origin, spec);
  const array = teachersArray(teacher, `${origin.node}/${weight.name}`);
  return select(array, { axes: weight.axes.map((axis) => placesOf(axis, origin)), fresh });
}

/**
 * Weights of the layers that TensorFlow.js runs, which no derived network has narrower: where a network
 * is trained anew, they begin as they are.
 *
 * @param network The trained network.
 * @param blueprint The unpruned network, or one derived of it.
 * @returns Arrays by name.
 */
export function opaqueWeights({ weights }: TrainedNetwork, blueprint: Blueprint): Weights {
  return Object.fromEntries(
    blueprint.nodes.filter(({ op }) => op === "opaque").flatMap((node) =>
      ownWeightsOf(node).map(({ name }) => `${node.id}/${name}`)
    ).map((name) => [name, weights[name]!]),
  );
}
