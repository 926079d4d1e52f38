import { definePlugin, type PluginFactory, type Transfer, TransferToken } from "@espalier/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs";
import * as z from "zod";

/** Mean of squares over the channels, of length 1 an image: [batch, positions]. */
function attentionMap(x: Tensor): Tensor {
  const map = x.square().mean(-1).reshape([x.shape[0]!, -1]);
  return map.div(map.square().sum(1, true).add(1e-12).sqrt());
}

/** Options of {@linkcode attention}. */
export interface AttentionOptions {
  /** Factor of the distances. */
  readonly beta?: number | undefined;
}

const options = z.strictObject({
  beta: z.number().min(0).default(100).describe("Factor of the distances"),
});

/**
 * Attention transfer between the ends of all stages, whatever their width and depth.
 *
 * Source: Zagoruyko and Komodakis, ICLR 2017, eq. 2.
 */
export const attention: PluginFactory<AttentionOptions> = definePlugin({
  name: "acme-attention",
  version: "1",
  contracts: "^1",
  provides: [TransferToken],
  options,
  setup(context, { beta }) {
    const transfer: Transfer = {
      name: "attention",
      taps: ({ stages }) => stages.map(({ id }) => id),
      loss: ({ student, teacher }) =>
        [...student.features].reduce<Scalar>(
          (sum, [stage, x]) =>
            sum.add(
              attentionMap(x).sub(attentionMap(teacher.features.get(stage)!)).square().mean().mul(
                beta / 2,
              ),
            ),
          student.logits.sum<Scalar>().mul(0),
        ),
    };
    context.provide(TransferToken, () => transfer);
  },
});
