import { dimensionsOf, inferShapes, ownWeightsOf } from "@espalier/blueprint";
import type { Blueprint, Weights } from "@espalier/core";
import type { WeightPlace } from "./assemble.ts";
import type { NamedWeight } from "./decode_weights.ts";
import { damaged } from "./fault.ts";
import type { FlatLayer } from "./flatten.ts";

/** A name in a file: its parts, without the number that TensorFlow appends. */
const partsOf = (name: string): string[] => name.replace(/:\d+$/, "").split("/");

/** Whether a list ends with another. */
const endsWith = (list: readonly string[], end: readonly string[]): boolean =>
  end.every((part, i) => list[list.length - end.length + i] === part);

/**
 * Finds the weights of layers by their names, matched from the end: writers put names of models in
 * front, and inner layers of nested models carry no path. Where several fit, those whose models are in
 * the layer's path count, then the order.
 */
export class WeightFinder {
  readonly #entries: readonly (NamedWeight & { readonly parts: readonly string[] })[];
  readonly #layers: readonly FlatLayer[];

  /**
   * @param weights All weights of a file, in order.
   * @param layers All layers, in order.
   */
  constructor(weights: readonly NamedWeight[], layers: readonly FlatLayer[]) {
    this.#entries = weights.map((weight) => ({ ...weight, parts: partsOf(weight.name) }));
    this.#layers = layers;
  }

  /** A layer's weight by its place among all of the layer's. */
  at(layer: FlatLayer, place: number): NamedWeight | undefined {
    const own = layer.name.split("/");
    const isInside = (parts: readonly string[]) =>
      parts.some((_, i) => i >= own.length && endsWith(parts.slice(0, i), own));
    return this.#entries.filter(({ parts }) => isInside(parts))[place];
  }

  /** The weight of a layer; undefined if it has none of these names. */
  find(layer: FlatLayer, names: readonly string[] | number): NamedWeight | undefined {
    if (typeof names === "number") return this.at(layer, names);
    const own = layer.name.split("/");
    const fitting = this.#entries.filter(({ parts }) =>
      names.some((name) => endsWith(parts, [...own, name]))
    );
    if (fitting.length <= 1) return fitting[0];
    const models = new Set(layer.path.flatMap((name) => name.split("/")));
    const inFront = ({ parts }: { readonly parts: readonly string[] }) =>
      parts.slice(0, -own.length - 1);
    const exact = fitting.filter((entry) => inFront(entry).length === 0);
    const nested = fitting.filter((entry) => {
      const front = inFront(entry);
      return front.length > 0 && front.every((name) => models.has(name));
    });
    if (nested.length === 1) return nested[0];
    const alike = this.#layers.filter(({ name }) => name === layer.name);
    if (alike.length === 1 && exact.length === 1) return exact[0];
    return fitting[alike.indexOf(layer)];
  }
}

/**
 * Weights of a blueprint out of a file.
 *
 * @param blueprint The network.
 * @param options Its weights' places in the file, and how to find them.
 * @returns Weights by our names, in our shapes.
 * @throws {EspalierError} ERR_MODEL_CORRUPT for a weight that is missing or has another shape.
 */
export function weightsFrom(
  blueprint: Blueprint,
  { places, finder, file }: {
    readonly places: readonly WeightPlace[];
    readonly finder: WeightFinder;
    readonly file: string;
  },
): Weights {
  const shapes = inferShapes(blueprint);
  const byName = new Map(places.map((place) => [place.name, place]));
  return Object.fromEntries(blueprint.nodes.flatMap((node) => {
    const channels = {
      in: shapes.get(node.inputs[0] ?? node.id)!.channels,
      out: shapes.get(node.id)!.channels,
    };
    return ownWeightsOf(node).map((weight) => {
      const name = `${node.id}/${weight.name}`;
      const { layer, names } = byName.get(name)!;
      const title = `"${layer.path.join("/")}/${[names].flat()[0]}"`;
      const found = finder.find(layer, names);
      if (found === undefined) throw damaged(file, `there is no weight ${title}`);
      const shape = dimensionsOf(weight, channels);
      // A sequence is an image of one row: its kernels have one row too.
      if (found.shape.filter((n) => n !== 1).join() !== shape.filter((n) => n !== 1).join()) {
        throw damaged(file, `weight ${title} is [${found.shape}] and its layer needs [${shape}]`);
      }
      return [name, { shape, values: found.values }];
    });
  }));
}
