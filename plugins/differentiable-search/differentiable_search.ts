import type {
  Batch,
  Batches,
  Choices,
  Penalty,
  RateSchedule,
  Regularizer,
  Sampler,
  SearchContext,
  SearchProgress,
  SearchResult,
} from "@espalier/core";
import { supernetWeights } from "@espalier/supernet";
import { createAdam, createSgd, rateAt, RunningMean } from "@espalier/training";
import { ArchitectureParameters } from "./architecture_parameters.ts";
import { discrepancy, mostProbable, nearestToMean, type Probabilities } from "./choose.ts";
import type { DifferentiableSearchOptions } from "./options.ts";
import { type Position, restore, type SearchState, stateOf } from "./search_state.ts";
import { architectureStep, checkProbabilities, type Search, weightsStep } from "./steps.ts";

/** Adam's ε, added outside the square root. */
const EPSILON = 1e-8;

/** Services that the search uses. */
export interface DifferentiableSearchServices {
  /** Draws mixtures. */
  readonly sampler: Sampler;
  /** Terms of the architecture loss. */
  readonly regularizers: readonly Regularizer[];
  /** Terms on the shared weights. */
  readonly penalties: readonly Penalty[];
}

/** The current result of the search. */
interface Standing {
  readonly probabilities: Probabilities;
  readonly choices: Choices;
  /** True cost of the choices. */
  readonly cost: number;
}

/** Which candidates are chosen. */
const CHOICES = { "most-probable": mostProbable, "nearest-to-mean": nearestToMean };

/** Reads the current result; the cost is computed only when the choices have changed. */
function createSurveyor(
  context: SearchContext,
  { parameters, sampler, options }: Pick<Search, "options" | "parameters" | "sampler">,
): (at: { readonly epoch: number; readonly step: number }) => Standing {
  const choose = CHOICES[options.choose];
  let last = { key: "", cost: NaN };
  return (at) => {
    const probabilities = parameters.readProbabilities(sampler);
    checkProbabilities({ parameters, sampler }, probabilities, at);
    const choices = choose(context.decisions, probabilities);
    const key = JSON.stringify(choices);
    if (key !== last.key) last = { key, cost: context.cost(choices) };
    return { probabilities, choices, cost: last.cost };
  };
}

async function* each(batches: Batches): AsyncGenerator<Batch> {
  yield* batches;
}

/** Pairs of batches, one of each half, until one half ends. */
async function* pairs(
  context: SearchContext,
  options: { readonly epoch: number; readonly batchSize: number; readonly skip: number },
): AsyncGenerator<readonly [weights: Batch, architecture: Batch]> {
  const others = each(context.batches("architecture", options));
  for await (const batch of context.batches("weights", options)) {
    const other = await others.next();
    if (other.done) return;
    yield [batch, other.value];
  }
}

function cosineTo0(peak: number): RateSchedule {
  return { peak, warmupEpochs: 0, decay: "cosine", final: 0, holdEpochs: 0 };
}

/** One epoch, pairs of a weights step and an architecture step, and what is to be told of it. */
async function searchEpoch(
  context: SearchContext,
  { search, survey, epoch, from, save }: {
    readonly search: Search;
    readonly survey: ReturnType<typeof createSurveyor>;
    readonly epoch: number;
    /** Where in the epoch an earlier process stopped. */
    readonly from: Position | undefined;
    readonly save: (at: Position) => Promise<void>;
  },
): Promise<SearchProgress> {
  const { options: { epochs, batchSize, weights, architecture }, sampler } = search;
  const rate = rateAt(cosineTo0(weights.rate), { epoch, epochs, part: 0 });
  const scheduled = sampler.schedule?.({ epoch, epochs }) ?? {};
  const mean = new RunningMean(context.objective, from?.mean);
  let step = from?.step ?? 0;
  let standing = survey({ epoch, step });
  for await (const [first, second] of pairs(context, { epoch, batchSize, skip: step })) {
    const at = { epoch, epochs, step };
    const now = { ...at, actual: standing.cost, choices: standing.choices };
    mean.add(weightsStep(search, { batch: first, rate, ...now }));
    architectureStep(search, { batch: second, rate: architecture.rate, ...now });
    standing = survey(at);
    const { loss, metrics } = mean.value;
    const images = first.size + second.size;
    const { cost } = standing;
    step++;
    try {
      await context.progress({ ...at, images, loss, metrics, cost, values: scheduled });
    } finally { // It throws when the run is stopped.
      if (context.checkpoint.due("step")) await save({ epoch, step, mean: mean.sums });
    }
  }
  const { cost, probabilities } = standing;
  const values = { ...scheduled, discrepancy: discrepancy(probabilities) };
  // A half without images gives no step, hence no mean.
  const { loss, metrics } = mean.value;
  const measured = step > 0 && { loss, metrics };
  return { epoch, epochs, images: 0, ...measured, cost, values };
}

/**
 * Algorithm 1 of TAS: shared weights and architecture parameters are trained in turn, each on its
 * half of the training images; the most probable candidates, or those nearest to the mean, are the result.
 *
 * @param context Network, data, decisions and budget.
 * @param services Sampler and regularizers.
 * @param options Options of the plugin.
 * @returns The choices, in or near the zone; the probability of every candidate where the most probable
 * are chosen.
 * @throws {EspalierError} ERR_LOSS_NOT_FINITE if a loss becomes NaN or infinite.
 */
export async function differentiableSearch(
  context: SearchContext,
  services: DifferentiableSearchServices,
  options: DifferentiableSearchOptions,
): Promise<SearchResult> {
  const { decisions, random } = context;
  const { weights, architecture: { betas: [beta1, beta2], decay } } = options;
  const supernet = context.supernet();
  if (options.start === "teacher") {
    supernet.write(supernetWeights(context.teacher!, { decisions, random }));
  }
  using parameters = new ArchitectureParameters(decisions, random);
  using sgd = createSgd(weights);
  using adam = createAdam({ beta1, beta2, epsilon: EPSILON, decay });
  const search = { context, supernet, parameters, sgd, adam, ...services, options };
  const survey = createSurveyor(context, search);
  const saved = await context.checkpoint.latest<SearchState>();
  if (saved !== undefined) restore(search, saved);
  const save = async (at: Position) =>
    await context.checkpoint.save(await stateOf(search, at), { done: at.epoch / options.epochs });
  const first = saved?.at.epoch ?? 0;
  for (let epoch = first; epoch < options.epochs; epoch++) {
    const from = epoch === first ? saved?.at : undefined;
    const progress = await searchEpoch(context, { search, survey, epoch, from, save });
    try {
      await context.progress(progress);
    } finally {
      if (context.checkpoint.due("epoch")) await save({ epoch: epoch + 1, step: 0 });
    }
  }
  const { choices, probabilities } = survey({ epoch: options.epochs, step: 0 });
  // From the most probable candidates a repair goes to the next most probable ones; from others nearby.
  return { choices, ...options.choose === "most-probable" && { probabilities } };
}
