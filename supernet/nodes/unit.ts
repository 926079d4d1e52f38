import type { Activation, BlueprintNode, NormSpec } from "@espalier/core";
import type * as tf from "@tensorflow/tfjs";
import type { ChannelMask } from "../channel_mask.ts";
import { activated } from "../ops/activations.ts";
import { activate } from "../ops/rows.ts";
import { applyNorm, learned, type Pass } from "../tape_pass.ts";

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
  { node: { id, norm, activation }, mask }: {
    readonly node: BlueprintNode & { readonly norm?: NormSpec; readonly activation?: Activation };
    readonly mask?: ChannelMask;
  },
): tf.Tensor {
  return activated(
    activation,
    (fused) =>
      norm === undefined
        ? activate(x, fused)
        : applyNorm(pass, x, { prefix: `${id}/norm`, norm, activation: fused, mask }),
  );
}
