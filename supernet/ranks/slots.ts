import { inputOf, isMaker, layerParts, widestShapes } from "@espalier/blueprint";
import type { Blueprint, BlueprintNode, Decision } from "@espalier/core";
import { normsName, parameterSpecs, searchNormOf } from "../parameters.ts";
import type { Slot } from "./exchange.ts";

const volume = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/**
 * What the ranks of a network share: images and weights, from the first rank; sums over the batch;
 * gradients of kernels, biases and exit weights; logits and their gradient.
 *
 * @param blueprint The network.
 * @param options Its decisions, and the most images of a batch.
 * @returns The slots.
 */
export function slotsOf(
  blueprint: Blueprint,
  { decisions, room }: { readonly decisions: readonly Decision[]; readonly room: number },
): readonly Slot[] {
  const { made: shapes } = widestShapes(blueprint, decisions);
  const searched = layerParts(blueprint, decisions);
  const valuesOf = (id: string) => {
    const { height, width, channels } = shapes.get(id)!;
    return height * width * channels;
  };
  const specs = parameterSpecs(blueprint, decisions);
  return [
    { name: "images", size: room * valuesOf(inputOf(blueprint).id), owner: "first" },
    { name: "logits", size: room * valuesOf(blueprint.output), owner: "each" },
    { name: "logits/gradient", size: room * valuesOf(blueprint.output), owner: "first" },
    { name: "end", size: 0, owner: "each" },
    ...specs.map(({ name, shape }): Slot => ({ name, size: volume(shape), owner: "first" })),
    ...specs
      .filter(({ role }) => ["kernel", "dense", "bias", "slope"].includes(role))
      .map(({ name, shape }) => gradientSlot(name, volume(shape))),
    ...decisions.filter(({ effect }) => effect.kind === "exit")
      .map(({ id, candidates }) => gradientSlot(id, candidates.length)),
    ...blueprint.nodes.flatMap((node) => {
      const parts = searched.get(node.id);
      if (parts === undefined) {
        const { channels } = shapes.get(node.id)!;
        return sumSlots(node, { name: "norm", channels, searched: false });
      }
      const each = parts.flatMap((part) => {
        const searched = part.decision !== undefined;
        return sumSlots(node, { name: normsName(parts, part), channels: part.widest, searched });
      });
      if (parts.length === 1) return each;
      // The executor mixes all parts at once.
      const channels = parts.reduce((total, { widest }) => total + widest, 0);
      return [...each, ...sumSlots(node, { name: "norm", channels, searched: true })];
    }),
  ];
}

const gradientSlot = (name: string, size: number): Slot => ({
  name: `${name}/gradient`,
  size,
  owner: "each",
});

/** A norm's moments, and the sums of its gradient: a bias and a matrix, diagonal if not searched. */
function sumSlots(
  node: BlueprintNode,
  { name: norms, channels, searched }: {
    readonly name: string;
    readonly channels: number;
    readonly searched: boolean;
  },
): Slot[] {
  const norm = isMaker(node) && searched ? searchNormOf(node) : "norm" in node && node.norm;
  if (!norm && !searched) return [];
  const name = `${node.id}/${norms}`;
  const matrix = searched ? channels * channels : channels;
  return [
    { name: `${name}/moments`, size: 2 * channels, owner: "each" },
    { name: `${name}/sums`, size: channels + matrix, owner: "each" },
  ];
}
