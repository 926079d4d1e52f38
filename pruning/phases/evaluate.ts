import { costOf } from "@espalier/blueprint";
import { CostModelToken, type Phase, type PhaseContext, type TrainedNetwork } from "@espalier/core";
import { compile } from "@espalier/supernet";
import {
  type ChannelStatistics,
  createBatches,
  evaluate as evaluateNetwork,
  normalizationOf,
} from "@espalier/training";
import * as tf from "@tensorflow/tfjs";
import type { HasControl, HasReport, HasStudent, HasSurgery, HasTeacher } from "../made.ts";
import type { ReportRow } from "../report.ts";
import { timeInference } from "./time_inference.ts";

/** Images per batch. */
const BATCH = 250;

/**
 * Evaluate the trained networks: accuracy on the test split, costs by every installed model, inference
 * time per image. Without a student, that is the teacher alone.
 *
 * @returns The phase; it makes `report`.
 */
export function evaluate(): Phase<
  HasTeacher & Partial<HasStudent & HasControl & HasSurgery>,
  HasReport
> {
  return {
    name: "evaluate",
    version: "2",
    uses: [CostModelToken],
    usesBudget: true,
    makes: ["report"],
    run: async (context, { teacher, control, student, surgery }) => {
      // Without transfers the student is the control.
      const named = {
        unpruned: teacher,
        pruned: control ?? student,
        transferred: control == null ? undefined : student,
      };
      const normalization = normalizationOf(context.dataset);
      const report = [];
      for (const [name, network] of Object.entries(named)) {
        if (network === undefined) continue;
        report.push(await measure(context, { name, network, normalization }));
      }
      return {
        report: {
          network: context.blueprint.name,
          dataset: context.dataset.name,
          engine: tf.getBackend(),
          budget: context.budget,
          normalization,
          testImages: context.dataset.test.labels.length,
          ...surgery && { surgery },
          rows: report,
        },
      };
    },
  };
}

async function measure(
  context: PhaseContext,
  { name, network: trained, normalization }: {
    readonly name: string;
    readonly network: TrainedNetwork;
    readonly normalization: ChannelStatistics;
  },
): Promise<ReportRow> {
  const { dataset: { test, shape, classes }, random, signal, phase, services } = context;
  using network = compile(trained.blueprint, { random });
  network.write(trained.weights);
  const batches = createBatches({
    split: test,
    shape,
    batchSize: BATCH,
    statistics: normalization,
  });
  const { images, loss, accuracy } = await evaluateNetwork(network, {
    batches,
    shape,
    classes,
    signal,
  });
  context.emit({ type: "evaluate:end", phase, images, loss, accuracy });
  const costs = services.getAll(CostModelToken).map((model) =>
    [model.name, costOf(trained.blueprint, model).total] as const
  );
  const msPerImage = timeInference(network, shape);
  return { name, accuracy, loss, costs: Object.fromEntries(costs), msPerImage };
}
