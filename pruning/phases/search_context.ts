import {
  costFunction,
  derive,
  excessFunction,
  expectedCost,
  keptOf,
  uniformArchitecture,
} from "@espalier/blueprint";
import {
  AggregatorToken,
  type Batch,
  type Batches,
  type Blueprint,
  type Checkpoint,
  type Choices,
  type CoreEventBody,
  type CostModel,
  CostModelToken,
  type Decision,
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
import { costModels } from "../cost_models.ts";
import { checkProgress } from "./check_progress.ts";
import { recalibrate } from "./recalibrate.ts";
import {
  createBatches,
  drawByClass,
  evaluate,
  Meter,
  nextTurn,
  normalizationOf,
  objectiveOf,
  splitHalves,
  strataOf,
} from "@espalier/training";

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
  /** What the search took so far, also before it was interrupted. */
  readonly effort: { readonly images: number };
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
  const costOf = byRanking((own) => costFunction(blueprint, { decisions, model, ...own }));
  const { limits } = budget;
  const models = costModels(phase.services);
  const excessOf = byRanking((own) =>
    excessFunction(blueprint, { decisions, limits, models, ...own })
  );
  const owned = new DisposableStack();
  const expectationOf = expectations(blueprint, { decisions, owned });
  const limited = (limits ?? []).flatMap((limit) => {
    const own = models.find(({ name }) => name === limit.cost)!;
    if (!("cost" in own)) return [];
    const cost = costFunction(blueprint, { decisions, model: own });
    return [{
      limit,
      cost: (choices: Choices) => cost({ ...unpruned, ...choices }),
      expectedCost: expectationOf(own),
    }];
  });
  let supernet: Network | undefined;
  let steps = 1;
  const effort = { images: 0 };

  const openSupernet = (): Network => {
    const aggregator = phase.services.get(AggregatorToken);
    const weights = teacher && opaqueWeights(teacher, blueprint);
    return owned.use(compile(blueprint, { decisions, aggregator, random, weights }));
  };
  const scored = (count: number) =>
    count >= halves.architecture.length ? halves.architecture : drawByClass(strata, {
      indices: halves.architecture,
      count,
      random: random.stream("search/score"),
    });

  const score = async (choices: Choices, options: ScoreOptions = {}): Promise<Score> => {
    const { ranking, images = Infinity, batchSize = EVALUATION_BATCH } = options;
    if (teacher === undefined) throw needsTeacher(phase);
    const kept = ranking && keptOf(choices, { decisions, ranking });
    const pruned = derive(blueprint, { decisions, choices, ...kept && { kept } });
    const weights = inheritedWeights(pruned, teacher, { random });
    using network = compile(pruned, { random, weights });
    const calibrated = await recalibrate(phase, network, {
      indices: halves.weights,
      batchSize,
      stream: "search/recalibration",
    });
    const indices = scored(images);
    const batches = createBatches({ split: train, shape, labels, batchSize, statistics, indices });
    const { loss, metrics } = await evaluate(network, { ...data, objective, signal, batches });
    const { value, better } = metrics[objective.metrics[0]!.name]!;
    const passed = calibrated + indices.length;
    effort.images += passed;
    return { score: better === "higher" ? value : -value, loss, metrics, images: passed };
  };

  return {
    [Symbol.dispose]: () => owned[Symbol.dispose](),
    effort,
    context: {
      blueprint,
      decisions,
      objective,
      data,
      budget,
      random,
      signal,
      checkpoint: counting(phase.checkpoint, effort),
      ...(teacher && { teacher: structuredClone(teacher) }),
      cost: (choices, { ranking } = {}) => costOf(ranking)({ ...unpruned, ...choices }),
      excess: (choices, { ranking } = {}) => excessOf(ranking)?.({ ...unpruned, ...choices }) ?? 0,
      expectedCost: expectationOf(model),
      limited,
      supernet: () => supernet ??= openSupernet(),
      batches: (half, { epoch, batchSize, skip = 0 }) => {
        steps = Math.ceil(halves[half].length / batchSize);
        const own = createBatches({
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
        return counted(own, effort);
      },
      score,
      uniform: ({ name, index }) =>
        uniformArchitecture({
          decisions,
          zone: budget,
          cost: costOf(),
          excess: excessOf(),
          random: random.stream(name, index),
        }),
      progress: reporter(phase, { strategy, stepsOf: () => steps }),
    },
  };
}

/** Makes the expectations of cost models, each prepared when it is first asked for. */
function expectations(
  blueprint: Blueprint,
  { decisions, owned }: {
    readonly decisions: readonly Decision[];
    readonly owned: DisposableStack;
  },
) {
  return (model: CostModel): SearchContext["expectedCost"] => {
    const prepared = new Map<string, ReturnType<typeof expectedCost>>();
    return (probabilities, { projections = "omitted" } = {}) => {
      if (!prepared.has(projections)) {
        const own = expectedCost(blueprint, { decisions, model, projections });
        prepared.set(projections, owned.use(own));
      }
      return prepared.get(projections)!.evaluate(probabilities);
    };
  };
}

/** Makes what depends on which channels are kept, once each. */
function byRanking<T>(
  make: (own: { readonly ranking?: Ranking }) => T,
): (ranking?: Ranking) => T {
  const made = new Map<Ranking | undefined, { readonly value: T }>();
  return (ranking) => {
    const known = made.get(ranking) ?? { value: make({ ...ranking && { ranking } }) };
    made.set(ranking, known);
    return known.value;
  };
}

/** A checkpoint that also keeps what the search took. */
function counting(checkpoint: Checkpoint, effort: { images: number }): Checkpoint {
  return {
    get done() {
      return checkpoint.done;
    },
    async latest<S extends object>() {
      const saved = await checkpoint.latest<{ readonly state: S; readonly images: number }>();
      effort.images += saved?.images ?? 0;
      return saved?.state;
    },
    due: (after) => checkpoint.due(after),
    save: (state, options) => checkpoint.save({ state, images: effort.images }, options),
  };
}

/** Batches, counted as they are taken. Those in memory stay an iterable. */
function counted(batches: Batches, effort: { images: number }): Batches {
  function take(batch: Batch): Batch {
    effort.images += batch.size;
    return batch;
  }
  if (Symbol.iterator in batches) {
    return (function* () {
      for (const batch of batches) yield take(batch);
    })();
  }
  return (async function* () {
    for await (const batch of batches) yield take(batch);
  })();
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
