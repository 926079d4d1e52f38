import { weightOwner } from "@espalier/blueprint";
import type { Activation, BlueprintNode, MakerNode, NormSpec } from "@espalier/core";
import type * as tf from "@tensorflow/tfjs";
import type { ChannelMask } from "../channel_mask.ts";
import { mixWidths } from "../mix_widths.ts";
import { activated } from "../ops/activations.ts";
import { activate } from "../ops/rows.ts";
import { applyNorm, learned, type Pass } from "../tape_pass.ts";
import type { Mix } from "./node_op.ts";

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
  { node, mask }: {
    readonly node: BlueprintNode & { readonly norm?: NormSpec; readonly activation?: Activation };
    readonly mask?: ChannelMask;
  },
): tf.Tensor {
  const { norm, activation } = node;
  return activated(
    activation,
    (fused) =>
      norm === undefined ? activate(x, fused) : applyNorm(pass, x, {
        prefix: `${weightOwner(node)}/norm`,
        norm,
        activation: fused,
        mask,
      }),
  );
}

/** Channels that a layer computes in this pass: of a mixture the widest candidate's. */
export function widthOf({ channels }: MakerNode, mix: Mix | undefined): number {
  return mix === undefined ? channels : Math.max(...mix.channels);
}

/** What follows the kernel of a layer: norm and activation, of its candidates while it is searched. */
export function withMixture(
  pass: Pass,
  x: tf.Tensor,
  { node, mix }: { readonly node: MakerNode; readonly mix: Mix | undefined },
): tf.Tensor {
  return mix === undefined ? withNorm(pass, x, { node }) : mixWidths(pass, x, { ...mix, node });
}
