import { ownWeightsOf, placesOf } from "@espalier/blueprint";
import type { HostTensor, TrainedNetwork, Weights } from "@espalier/core";

/** Write values at the given places of every axis. */
function put(
  values: Float32Array,
  { into: { shape, values: whole }, places }: {
    readonly into: HostTensor;
    readonly places: readonly (readonly number[])[];
  },
): void {
  let next = 0;
  const write = (axis: number, start: number): void => {
    for (const index of places[axis]!) {
      const place = start * shape[axis]! + index;
      if (axis < places.length - 1) write(axis + 1, place);
      else whole[place] = values[next++]!;
    }
  };
  write(0, 0);
}

/**
 * Put the weights of a derived network to where they came from in the unpruned one: the inverse of
 * inheriting them. Networks with projections have no such place.
 *
 * @param pruned The derived network.
 * @param weights Of the unpruned network, for what the derived one lacks; they stay as they are.
 * @returns Weights of the unpruned network.
 */
export function scattered(pruned: TrainedNetwork, weights: Weights): Weights {
  const whole = structuredClone(weights) as Record<string, HostTensor>;
  for (const node of pruned.blueprint.nodes) {
    for (const { name, axes } of ownWeightsOf(node)) {
      const array = `${node.id}/${name}`, { values } = pruned.weights[array]!;
      const { origin } = node, into = whole[array]!;
      if (origin === undefined) into.values.set(values);
      else put(values, { into, places: axes.map((axis) => placesOf(axis, origin)) });
    }
  }
  return whole;
}

/** The same arrays, of zeros. */
export function zerosOf(weights: Weights): Weights {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, values }]) =>
      [name, { shape, values: new Float32Array(values.length) }] as const
    ),
  );
}
