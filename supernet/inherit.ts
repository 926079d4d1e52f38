import { type NodeWeight, ownWeightsOf } from "@espalier/blueprint";
import {
  type Blueprint,
  type BlueprintNode,
  EspalierError,
  type HostTensor,
  type Origin,
  type TrainedNetwork,
  type Weights,
} from "@espalier/core";
import { type ParameterSpec, parameterSpecs } from "./parameters.ts";

/** Copy the entries at the given indices of every axis. */
function select({ shape, values }: HostTensor, axes: readonly (readonly number[])[]): Float32Array {
  const selected = new Float32Array(axes.reduce((product, { length }) => product * length, 1));
  let next = 0;
  const copy = (axis: number, start: number): void => {
    for (const index of axes[axis]!) {
      const place = start * shape[axis]! + index;
      if (axis === axes.length - 1) selected[next++] = values[place]!;
      else copy(axis + 1, place);
    }
  };
  copy(0, 0);
  return selected;
}

/** The indices of an axis that are inherited. */
function kept(axis: number | "in" | "out", { inputs, outputs }: Origin): readonly number[] {
  if (axis === "in") return inputs;
  return axis === "out" ? outputs : Array.from({ length: axis }, (_, i) => i);
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

/**
 * Weights of a derived network, copied from the unpruned one: of every node exactly the channels
 * that it kept, moving statistics included. A projection that pruning inserted passes on the
 * channels that both sides kept and drops the others.
 *
 * Where every sum keeps all channels of its second side, as with tied widths, the derived network
 * computes the same as the unpruned one with its other channels set to zero.
 *
 * @param student The derived network.
 * @param teacher The trained unpruned network.
 * @returns All weights of the derived network, by name.
 * @throws {EspalierError} ERR_CONFIG_INVALID if the teacher lacks a weight.
 */
export function inheritedWeights(student: Blueprint, teacher: TrainedNetwork): Weights {
  const arrays = student.nodes.flatMap((node) =>
    ownWeightsOf(node).map((weight) => ({ node, weight }))
  );
  return Object.fromEntries(
    parameterSpecs(student).map((spec, i) => [
      spec.name,
      { shape: spec.shape, values: inherited(arrays[i]!, spec, teacher) },
    ]),
  );
}

function inherited(
  { node, weight }: { readonly node: BlueprintNode; readonly weight: NodeWeight },
  spec: ParameterSpec,
  teacher: TrainedNetwork,
): Float32Array {
  const { origin } = node;
  if (origin === undefined) return teachersArray(teacher, spec.name).values.slice();
  if (origin.node === null) return projectionValues(node, origin, spec);
  const array = teachersArray(teacher, `${origin.node}/${weight.name}`);
  return select(array, weight.axes.map((axis) => kept(axis, origin)));
}
