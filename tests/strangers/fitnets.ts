import { inferShapes } from "@espalier/blueprint";
import {
  type Blueprint,
  definePlugin,
  type NoOptions,
  noOptions,
  type PluginFactory,
  type Transfer,
  TransferToken,
} from "@espalier/core";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs";

const hintOf = ({ stages }: Blueprint) => stages.at(-1)!;

const transfer: Transfer = {
  name: "fitnets",
  taps: (unpruned) => [hintOf(unpruned).id],
  // A regressor from the channels that the student kept to those of the teacher.
  parameters({ teacher, kept, random }) {
    const { id, blocks } = hintOf(teacher);
    const from = kept.get(id)!.length;
    const to = inferShapes(teacher).get(blocks.at(-1)!.output)!.channels;
    const values = Float32Array.from(
      { length: from * to },
      () => random.normal() / Math.sqrt(from),
    );
    return { regressor: { shape: [from, to], values } };
  },
  loss({ student, teacher, parameters }) {
    const rows = ([x]: Iterable<Tensor>) => x!.reshape([-1, x!.shape.at(-1)!]) as Tensor2D;
    const guided = rows(student.features.values()).matMul<Tensor2D>(parameters.regressor as Tensor);
    return guided.sub(rows(teacher.features.values())).square().mean<Scalar>();
  },
};

/**
 * The student's last stage learns to tell the teacher's, through a regressor of its own.
 *
 * Source: FitNets (Romero et al., ICLR 2015), eq. 3.
 */
export const fitnets: PluginFactory<NoOptions> = definePlugin({
  name: "acme-fitnets",
  version: "1",
  contracts: "^1",
  provides: [TransferToken],
  options: noOptions,
  setup: (context) => context.provide(TransferToken, () => ({ ...transfer })),
});
