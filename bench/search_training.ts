import {
  costFunction,
  decisionsOf,
  expectedCost,
  inputOf,
  resolveBudget,
} from "@espalier/blueprint";
import {
  AggregatorToken,
  type AnyPlugin,
  type Blueprint,
  CostModelToken,
  createRandom,
  type Decision,
  NO_CHECKPOINT,
  openServices,
  type Scope,
  type SearchContext,
  SearchSpaceToken,
  SearchStrategyToken,
} from "@espalier/core";
import { cwi } from "@espalier/plugin-cwi";
import { depthSearch } from "@espalier/plugin-depth-search";
import { differentiableSearch } from "@espalier/plugin-differentiable-search";
import { budgetLoss, flops } from "@espalier/plugin-flops";
import { gumbelSoftmax } from "@espalier/plugin-gumbel-softmax";
import { widthSearch } from "@espalier/plugin-width-search";
import { compile } from "@espalier/supernet";
import { plainClassification } from "@espalier/training";
import type { Job, RunningJob } from "./job.ts";
import { blueprintOf, CLASSES } from "./networks.ts";
import { randomBatch } from "./random_batch.ts";
import { Turnstile } from "./turnstile.ts";
import { widestSampler } from "./widest_sampler.ts";

/** Thrown into a search to end it. */
const STOP = new Error("the bench has seen enough");

function pluginsOf({ kind, batch, k, candidates, sameWidths = false }: Job): AnyPlugin[] {
  const ratios = candidates &&
    Array.from({ length: candidates }, (_, i) => (i + 1) / candidates);
  return [
    widthSearch(ratios ? { ratios } : {}),
    ...(kind === "search-both" ? [depthSearch()] : []),
    sameWidths ? widestSampler({ count: k }) : gumbelSoftmax({ count: k }),
    cwi(),
    flops(),
    budgetLoss(),
    differentiableSearch({ epochs: 1, batchSize: batch }),
  ];
}

function* forever<T>(value: T): Generator<T> {
  while (true) yield value;
}

/** What core's search phase hands to a strategy, over endless batches; it owns supernet and costs. */
function openContext(
  { blueprint, decisions, services }: {
    readonly blueprint: Blueprint;
    readonly decisions: readonly Decision[];
    readonly services: Scope;
  },
  { progress, ...job }: Pick<Job, "batch" | "size"> & Pick<SearchContext, "progress">,
): { readonly context: SearchContext; readonly owned: DisposableStack } {
  const owned = new DisposableStack();
  const random = createRandom(1);
  const model = services.getAll(CostModelToken).find(({ name }) => name === "macs")!;
  const cost = costFunction(blueprint, { decisions, model });
  const expected = owned.use(expectedCost(blueprint, { decisions, model }));
  const aggregator = services.get(AggregatorToken);
  const supernet = owned.use(compile(blueprint, { decisions, aggregator, random }));
  const halves = { weights: randomBatch(job, 0), architecture: randomBatch(job, 1) };
  const unused = () => {
    throw new Error("a gradient search scores and draws no architecture");
  };
  const context: SearchContext = {
    checkpoint: NO_CHECKPOINT,
    blueprint,
    decisions,
    objective: plainClassification,
    data: { shape: inputOf(blueprint).shape, classes: CLASSES },
    random,
    cost,
    progress,
    limited: [],
    budget: resolveBudget({ cost: "macs", target: 0.55 }, { unit: model.unit, decisions, cost }),
    signal: new AbortController().signal,
    expectedCost: (probabilities) => expected.evaluate(probabilities),
    supernet: () => supernet,
    batches: (half) => forever(halves[half]),
    excess: () => 0,
    score: unused,
    uniform: unused,
  };
  return { context, owned };
}

/**
 * The search as a user runs it: the installed strategy, held after each pair of a weights step and
 * an architecture step by its report of progress.
 *
 * @param job The search.
 * @returns The search under way.
 */
export function startSearch(job: Job): RunningJob {
  const blueprint = blueprintOf(job);
  const services = openServices(pluginsOf(job));
  const decisions = decisionsOf(blueprint, services.getAll(SearchSpaceToken));
  const turnstile = new Turnstile();
  const { context, owned } = openContext({ blueprint, decisions, services }, {
    ...job,
    progress: () => turnstile.arrive(),
  });
  const strategy = services.get(SearchStrategyToken);
  let search: Promise<unknown> | undefined;
  return {
    async step() {
      const arrival = turnstile.letOne();
      search ??= strategy.search(context);
      await Promise.race([arrival, search]);
    },
    async [Symbol.asyncDispose]() {
      turnstile.close(STOP);
      await search?.catch((error) => {
        if (error !== STOP && error?.cause !== STOP) throw error;
      });
      owned.dispose();
      await services[Symbol.asyncDispose]();
    },
  };
}
