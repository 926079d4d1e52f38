import { costFunction } from "@espalier/blueprint";
import {
  CostModelToken,
  NetworkCostModelToken,
  type Objective,
  ObjectiveToken,
  type Phase,
  type PhaseContext,
  type TrainedNetwork,
} from "@espalier/core";
import { compile } from "@espalier/supernet";
import {
  baselineOf,
  type ChannelStatistics,
  countOf,
  createBatches,
  evaluate as evaluateNetwork,
  normalizationOf,
  objectiveOf,
} from "@espalier/training";
import * as tf from "@tensorflow/tfjs";
import { costModels } from "../cost_models.ts";
import type {
  HasControl,
  HasEffort,
  HasReport,
  HasStudent,
  HasSurgery,
  HasTeacher,
} from "../made.ts";
import type { ReportRow } from "../report.ts";
import { timeInference } from "./time_inference.ts";

/** Images per batch. */
const BATCH = 250;

/**
 * Evaluate the trained networks: loss and metrics on the test split, costs by every installed model, inference
 * times. Without a student, that is the teacher alone.
 *
 * @returns The phase; it makes `report`.
 */
export function evaluate(): Phase<
  HasTeacher & Partial<HasStudent & HasControl & HasSurgery & HasEffort>,
  HasReport
> {
  return {
    name: "evaluate",
    version: "3",
    uses: [ObjectiveToken, CostModelToken, NetworkCostModelToken],
    usesBudget: true,
    makes: ["report"],
    run: async (context, { teacher, control, student, surgery, effort }) => {
      // Without transfers the student is the control.
      const named = {
        unpruned: teacher,
        pruned: control ?? student,
        transferred: control == null ? undefined : student,
      };
      const { test, shape } = context.dataset;
      const objective = objectiveOf(context.services);
      const normalization = await normalizationOf(context.dataset);
      const networks = Object.entries(named).flatMap(([name, network]) =>
        network === undefined ? [] : [{ name, network }]
      );
      const measured = [];
      for (const each of networks) {
        measured.push(await measure(context, { ...each, normalization, objective }));
      }
      const times = await timeInference(networks.map(({ network }) => network), context);
      const baseline = await baselineOf(context.dataset, objective);
      return {
        report: {
          network: context.blueprint.name,
          dataset: context.dataset.name,
          engine: tf.getBackend(),
          budget: context.budget,
          normalization,
          testImages: countOf(test, shape),
          metric: objective.metrics[0]!.name,
          ...baseline && { baseline },
          ...surgery && { surgery },
          ...effort && { effort },
          rows: measured.map((row, i) => ({ ...row, times: times[i]! })),
        },
      };
    },
  };
}

async function measure(
  context: PhaseContext,
  { name, network: trained, normalization, objective }: {
    readonly name: string;
    readonly network: TrainedNetwork;
    readonly normalization: ChannelStatistics;
    readonly objective: Objective;
  },
): Promise<Omit<ReportRow, "times">> {
  const { dataset: { test, shape, classes, inputs, labels }, random, signal, phase, services } =
    context;
  using network = compile(trained.blueprint, { random, weights: trained.weights });
  const batches = createBatches({
    split: test,
    shape,
    labels,
    batchSize: BATCH,
    statistics: normalization,
  });
  const { images, loss, metrics } = await evaluateNetwork(network, {
    batches,
    shape,
    classes,
    inputs,
    labels,
    objective,
    signal,
  });
  context.emit({ type: "evaluate:end", phase, images, loss, metrics });
  const costs = costModels(services).map((model) =>
    [model.name, costFunction(trained.blueprint, { decisions: [], model })({})] as const
  );
  return { name, metrics, loss, costs: Object.fromEntries(costs) };
}
