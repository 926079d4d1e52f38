import { definePlugin, type PluginFactory, type Transfer, TransferToken } from "@espalier/core";
import type { Scalar } from "@tensorflow/tfjs";
import * as z from "zod";

/** Options of {@linkcode annealedKd}. */
export interface AnnealedKdOptions {
  /** Share of the epochs in which the teacher's logits are learned, the labels after them. */
  readonly share?: number | undefined;
}

const options = z.strictObject({
  share: z.number().min(0).max(1).default(0.75).describe("Share of the epochs with the teacher"),
});

/**
 * Distillation whose targets grow from nothing to the teacher's logits; after it, labels alone.
 *
 * Source: Jafari et al., "Annealing Knowledge Distillation", EACL 2021.
 */
export const annealedKd: PluginFactory<AnnealedKdOptions> = definePlugin({
  name: "acme-annealed-kd",
  version: "1",
  contracts: "^1",
  provides: [TransferToken],
  options,
  setup(context, { share }) {
    const transfer: Transfer = {
      name: "annealed-kd",
      taskWeight: ({ epoch, epochs }) => epoch < share * epochs ? 0 : 1,
      loss({ student, teacher, epoch, epochs }) {
        const learned = share * epochs;
        if (epoch >= learned) return student.logits.sum<Scalar>().mul(0);
        const annealed = teacher.logits.mul(Math.min(1, (epoch + 1) / learned));
        return student.logits.sub(annealed).square().mean();
      },
    };
    context.provide(TransferToken, () => transfer);
  },
});
