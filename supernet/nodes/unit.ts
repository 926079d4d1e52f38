import { weightOwner } from "@espalier/blueprint";
import type { Activation, BlueprintNode, MakerNode, NormSpec } from "@espalier/core";
import type * as tf from "@tensorflow/tfjs";
import type { ChannelMask } from "../channel_mask.ts";
import { mixWidths } from "../mix_widths.ts";
import { activated } from "../ops/activations.ts";
import { activate, joinFeatures, partsOf, splitFeatures } from "../ops/rows.ts";
import { applyNorm, learned, type Pass } from "../tape_pass.ts";
import type { PartMix } from "./node_op.ts";

/** Add the bias of a node, if it has one. */
export function withBias(
  pass: Pass,
  x: tf.Tensor,
  node: BlueprintNode & { readonly bias: boolean },
): tf.Tensor {
  if (!node.bias) return x;
  const channels = x.shape[x.rank - 1]!;
  return x.add(learned(pass, node, { name: "bias", in: channels, out: channels }));
}

/** Apply the norm and the activation of a node, if it has them. */
export function withNorm(
  pass: Pass,
  x: tf.Tensor,
  { node, mask, norms = "norm" }: {
    readonly node: BlueprintNode & { readonly norm?: NormSpec; readonly activation?: Activation };
    readonly mask?: ChannelMask;
    readonly norms?: string;
  },
): tf.Tensor {
  const { norm, activation } = node;
  return activated(
    activation,
    (fused) =>
      norm === undefined ? activate(x, fused) : applyNorm(pass, x, {
        prefix: `${weightOwner(node)}/${norms}`,
        norm,
        activation: fused,
        mask,
      }),
  );
}

/** Channels of a part in this pass: of a mixture the widest candidate's. */
export const partWidth = ({ part, mix }: PartMix): number =>
  mix === undefined ? part.unpruned : Math.max(...mix.channels);

/** Channels that a layer computes in this pass; one of several parts computes all. */
export function widthOf({ channels }: MakerNode, mix: readonly PartMix[] | undefined): number {
  return mix?.length === 1 ? partWidth(mix[0]!) : channels;
}

/**
 * What follows the kernel of a layer: norm and activation, of its candidates while it is searched. A
 * layer of several parts has its full width, zeros where a part is narrower.
 */
export function withMixture(
  pass: Pass,
  x: tf.Tensor,
  { node, mix }: { readonly node: MakerNode; readonly mix: readonly PartMix[] | undefined },
): tf.Tensor {
  const mixed = (own: tf.Tensor, { norms, mix }: PartMix) =>
    mix === undefined
      ? withNorm(pass, own, { node, norms })
      : mixWidths(pass, own, { ...mix, node, norms });
  if (mix === undefined) return withNorm(pass, x, { node });
  if (mix.length === 1) return mixed(x, mix[0]!);
  const extents = mix.map(({ part }) => part);
  const each = splitFeatures(x, { extents, widths: mix.map(partWidth) });
  return joinFeatures(each.map((own, i) => partsOf(mixed(own, mix[i]!), extents[i]!)));
}
