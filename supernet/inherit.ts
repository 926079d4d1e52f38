import {
  type Blueprint,
  type BlueprintNode,
  EspalierError,
  type HostTensor,
  type Origin,
  type TrainedNetwork,
  type Weights,
} from "@espalier/core";
import { type ParameterRole, type ParameterSpec, parameterSpecs } from "./parameters.ts";

const SUFFIXES: Readonly<Record<ParameterRole, string>> = {
  kernel: "/kernel",
  dense: "/kernel",
  bias: "/bias",
  gamma: "/norm/gamma",
  beta: "/norm/beta",
  mean: "/norm/mean",
  variance: "/norm/variance",
};

/** What is kept of an array seen as [positions, rows, columns]. */
interface Selection {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

const FIRST = [0] as const;

/** Kernels keep inputs and outputs; a depthwise one has a single column; vectors keep outputs. */
function selectionOf(
  { op }: BlueprintNode,
  { inputs, outputs }: Origin,
  role: ParameterRole,
): Selection {
  if (op === "depthwise-conv" && role === "kernel") return { rows: inputs, columns: FIRST };
  const isMatrix = role === "kernel" || role === "dense";
  return { rows: isMatrix ? inputs : FIRST, columns: outputs };
}

/** Entries of the array; those of channels that it lacks are fresh ones, in the order of the selection. */
function select(
  { shape, values }: HostTensor,
  { rows, columns, fresh }: Selection & { readonly fresh: () => Float32Array },
): Float32Array {
  const width = shape.at(-1)!;
  const height = shape.at(-2) ?? 1;
  const positions = values.length / (height * width);
  const selected = new Float32Array(positions * rows.length * columns.length);
  let next = 0;
  for (let position = 0; position < positions; position++) {
    for (const row of rows) {
      const start = (position * height + row) * width;
      for (const column of columns) {
        const known = row < height && column < width;
        selected[next] = known ? values[start + column]! : fresh()[next]!;
        next++;
      }
    }
  }
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
 * @param options Fresh weights of the derived network, for channels that the unpruned one lacks.
 * @returns All weights of the derived network, by name.
 * @throws {EspalierError} ERR_CONFIG_INVALID if the teacher lacks a weight, or channels for which there
 * are no fresh weights.
 */
export function inheritedWeights(
  student: Blueprint,
  teacher: TrainedNetwork,
  { fresh = {} }: { readonly fresh?: Weights } = {},
): Weights {
  const nodes = new Map(student.nodes.map((node) => [node.id, node]));
  return Object.fromEntries(
    parameterSpecs(student).map((spec) => {
      const suffix = SUFFIXES[spec.role];
      const node = nodes.get(spec.name.slice(0, -suffix.length))!;
      const own = { spec, fresh: () => fresh[spec.name]?.values ?? lacksChannels(spec, teacher) };
      return [spec.name, { shape: spec.shape, values: inherited(node, teacher, own) }];
    }),
  );
}

function inherited(
  node: BlueprintNode,
  teacher: TrainedNetwork,
  { spec, fresh }: { readonly spec: ParameterSpec; readonly fresh: () => Float32Array },
): Float32Array {
  const { origin } = node;
  if (origin === undefined) return teachersArray(teacher, spec.name).values.slice();
  if (origin.node === null) return projectionValues(node, origin, spec);
  const array = teachersArray(teacher, origin.node + SUFFIXES[spec.role]);
  return select(array, { ...selectionOf(node, origin, spec.role), fresh });
}
