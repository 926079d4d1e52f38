import {
  costFunction,
  derive,
  expectedCost,
  keptOf,
  uniformArchitecture,
} from "@espalier/blueprint";
import {
  AggregatorToken,
  type Choices,
  type CoreEventBody,
  type CostModel,
  CostModelToken,
  EspalierError,
  type Network,
  type PhaseContext,
  type Ranking,
  type Score,
  type ScoreOptions,
  type SearchContext,
  type SearchProgress,
  type TrainedNetwork,
  unprunedValue,
} from "@espalier/core";
import { compile, inheritedWeights, opaqueWeights } from "@espalier/supernet";
import { checkProgress } from "./check_progress.ts";
import {
  createBatches,
  drawByClass,
  evaluate,
  Meter,
  nextTurn,
  normalizationOf,
  objectiveOf,
  recalibrateNorms,
  splitHalves,
  strataOf,
} from "@espalier/training";

/** Images that norms are recalibrated on before a candidate is scored. */
const RECALIBRATION_IMAGES = 512;

/** Images per batch without gradients. */
const EVALUATION_BATCH = 250;

/** The cost model that the budget names. */
export function budgetModel({ services, budget }: PhaseContext): CostModel {
  return services.getAll(CostModelToken).find(({ name }) => name === budget.cost)!;
}

/** A search context that owns a supernet and an expected cost. */
export interface OpenedSearch extends Disposable {
  /** What the strategy works with. */
  readonly context: SearchContext;
}

/**
 * Make the context of a strategy from that of a phase.
 *
 * @param phase The phase.
 * @param options Name of the strategy; the trained unpruned network, if there is one.
 * @returns The context; dispose it.
 */
export async function openSearchContext(
  phase: PhaseContext,
  { strategy, teacher }: {
    readonly strategy: string;
    readonly teacher: TrainedNetwork | undefined;
  },
): Promise<OpenedSearch> {
  const { blueprint, decisions, budget, random, signal, dataset } = phase;
  const { train, shape, classes, inputs, labels, augment } = dataset;
  const data = { shape, classes, inputs, labels };
  const objective = objectiveOf(phase.services);
  const model = budgetModel(phase);
  const statistics = await normalizationOf(dataset);
  const strata = strataOf(train, dataset);
  const halves = splitHalves(strata, {
    classes: Math.max(classes, 1),
    random: random.stream("search/halves"),
  });
  const unpruned = Object.fromEntries(decisions.map((d) => [d.id, unprunedValue(d)]));
  const costs = new Map<Ranking | undefined, (choices: Choices) => number>();
  const costOf = (ranking?: Ranking) => {
    let cost = costs.get(ranking);
    if (cost === undefined) {
      costs.set(
        ranking,
        cost = costFunction(blueprint, { decisions, model, ...ranking && { ranking } }),
      );
    }
    return cost;
  };
  const owned = new DisposableStack();
  const expected = new Map<string, ReturnType<typeof expectedCost>>();
  let supernet: Network | undefined;
  let calibration: Int32Array | undefined;
  let steps = 1;

  const openSupernet = (): Network => {
    const aggregator = phase.services.get(AggregatorToken);
    const weights = teacher && opaqueWeights(teacher, blueprint);
    return owned.use(compile(blueprint, { decisions, aggregator, random, weights }));
  };
  const scoring = (indices: Int32Array, batchSize: number) =>
    createBatches({ split: train, shape, labels, batchSize, statistics, indices });
  const scored = (count: number) =>
    count >= halves.architecture.length ? halves.architecture : drawByClass(strata, {
      indices: halves.architecture,
      count,
      random: random.stream("search/score"),
    });

  const calibrationImages = () =>
    drawByClass(strata, {
      indices: halves.weights,
      count: RECALIBRATION_IMAGES,
      random: random.stream("search/recalibration"),
    });

  const score = async (choices: Choices, options: ScoreOptions = {}): Promise<Score> => {
    const { ranking, images = Infinity, batchSize = EVALUATION_BATCH } = options;
    if (teacher === undefined) throw needsTeacher(phase);
    const kept = ranking && keptOf(choices, { decisions, ranking });
    const pruned = derive(blueprint, { decisions, choices, ...kept && { kept } });
    using network = compile(pruned, { random });
    network.write(inheritedWeights(pruned, teacher, { fresh: await network.read() }));
    await recalibrateNorms(network, {
      ...data,
      signal,
      batches: scoring(calibration ??= calibrationImages(), batchSize),
    });
    const batches = scoring(scored(images), batchSize);
    const { loss, metrics } = await evaluate(network, { ...data, objective, signal, batches });
    const { value, better } = metrics[objective.metrics[0]!.name]!;
    return { score: better === "higher" ? value : -value, loss, metrics };
  };

  return {
    [Symbol.dispose]: () => owned[Symbol.dispose](),
    context: {
      blueprint,
      decisions,
      objective,
      data,
      budget,
      random,
      signal,
      checkpoint: phase.checkpoint,
      ...(teacher && { teacher: structuredClone(teacher) }),
      cost: (choices, { ranking } = {}) => costOf(ranking)({ ...unpruned, ...choices }),
      expectedCost: (probabilities, { projections = "omitted" } = {}) => {
        if (!expected.has(projections)) {
          expected.set(
            projections,
            owned.use(expectedCost(blueprint, { decisions, model, projections })),
          );
        }
        return expected.get(projections)!.evaluate(probabilities);
      },
      supernet: () => supernet ??= openSupernet(),
      batches: (half, { epoch, batchSize, skip = 0 }) => {
        steps = Math.ceil(halves[half].length / batchSize);
        return createBatches({
          split: train,
          shape,
          labels,
          batchSize,
          skip,
          statistics,
          indices: halves[half],
          augment,
          random: random.stream(`search/batches/${half}`, epoch),
        });
      },
      score,
      uniform: ({ name, index }) =>
        uniformArchitecture({
          decisions,
          zone: budget,
          cost: costOf(),
          random: random.stream(name, index),
        }),
      progress: reporter(phase, { strategy, stepsOf: () => steps }),
    },
  };
}

/** Turns a strategy's reports into events, and yields to the event loop. */
function reporter(
  phase: PhaseContext,
  { strategy, stepsOf }: { readonly strategy: string; readonly stepsOf: () => number },
): (report: SearchProgress) => Promise<void> {
  let meter: Meter | undefined;
  return async (progress) => {
    checkProgress(strategy, progress);
    const { images, step, steps = Math.max(stepsOf(), (step ?? 0) + 1), values = {}, ...report } =
      progress;
    meter ??= new Meter(phase.checkpoint.done);
    meter.count(images);
    const { epoch, epochs } = report;
    const place = step === undefined ? {} : { step, steps };
    if (step === undefined || meter.due()) {
      phase.emit({
        type: step === undefined ? "search:epoch" : "search:step",
        phase: phase.phase,
        ...report,
        ...place,
        ...meter.read((epoch + (step === undefined ? 1 : (step + 1) / steps)) / epochs),
        target: phase.budget.target,
        values,
      } as CoreEventBody);
    }
    await nextTurn();
    phase.signal.throwIfAborted();
  };
}

function needsTeacher({ phase }: PhaseContext): EspalierError {
  return new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot score a candidate in phase "${phase}" as no earlier phase makes a teacher: ` +
      "put pretrain() or loadTeacher() before it.",
  );
}
