import {
  AggregatorToken,
  type Budget,
  definePlugin,
  noOptions,
  openServices,
  type Phase,
  pipeline,
  type SearchStrategy,
  SearchStrategyToken,
  swap,
} from "@espalier/core";
import {
  createPruner,
  type HasArchitecture,
  type HasEffort,
  type HasTeacher,
  phases,
  type Pruner,
} from "@espalier/pruning";
import { initialWeights, parameterSpecs } from "@espalier/supernet";
import * as tf from "@tensorflow/tfjs";
import {
  check,
  checkEqual,
  type ConformanceCase,
  type ContractSetup,
  serviceCase,
} from "./check.ts";
import { toyData, toyNetwork } from "./toy.ts";

/** What {@linkcode strategyConformance} takes. */
export interface StrategySetup extends ContractSetup {
  /** The budget, in a cost that the plugins provide. */
  readonly budget: Budget;
}

/** A teacher that was never trained: enough to search with. */
const teacher: Phase<object, HasTeacher> = {
  name: "teacher",
  version: "1",
  uses: [],
  makes: ["teacher"],
  run: ({ blueprint, random }) =>
    Promise.resolve({
      teacher: { blueprint, weights: initialWeights(parameterSpecs(blueprint), random) },
    }),
};

const configOf = ({ plugins, budget }: StrategySetup) => ({
  network: toyNetwork(),
  data: toyData(),
  budget,
  plugins: plugins(),
});

/** The strategy, and how many images it reports. */
function reporting(strategy: SearchStrategy) {
  const reported = { images: 0 };
  const plugin = definePlugin({
    name: "reporting",
    version: "1",
    provides: [SearchStrategyToken],
    uses: [AggregatorToken],
    options: noOptions,
    setup: (context) =>
      context.provide(SearchStrategyToken, () => ({
        name: strategy.name,
        search: (inner) =>
          strategy.search({
            ...inner,
            progress(report) {
              reported.images += report.images;
              return inner.progress(report);
            },
          }),
      })),
  });
  return { reported, plugin: plugin() };
}

function openPruner(setup: StrategySetup): Pruner<
  { readonly type: string },
  HasTeacher & HasArchitecture & HasEffort
> {
  return createPruner({
    ...configOf(setup),
    pipeline: pipeline().phase(teacher).phase(phases.search()),
  });
}

/**
 * The checks that every provider of `SearchStrategyToken` must pass, by whole searches of a toy
 * network: configure the strategy to be quick.
 *
 * @param setup The strategy, all that it requires, a search space and a cost model; the budget.
 * @returns The checks.
 */
export function* strategyConformance(setup: StrategySetup): Generator<ConformanceCase> {
  const find = async (seed: number) => {
    await using pruner = openPruner(setup);
    const { architecture } = await pruner.run({ seed }).result;
    return { architecture, decisions: pruner.decisions };
  };
  yield {
    name: "strategy: chooses a candidate for every decision, and reports progress",
    fn: async () => {
      await using pruner = openPruner(setup);
      const run = pruner.run({ seed: 1 });
      const types = new Set<string>();
      run.events$.subscribe(({ type }) => types.add(type));
      const { architecture: { choices } } = await run.result;
      for (const { id, candidates } of pruner.decisions) {
        check(candidates.includes(choices[id]!), `"${id}" is ${choices[id]}, no candidate`);
      }
      check(types.has("search:epoch"), "no progress was reported at the end of an epoch");
    },
  };
  yield {
    name: "strategy: finds the same for the same seed",
    fn: async () => checkEqual(await find(2), await find(2), "the second search"),
  };
  yield {
    name: "strategy: works without a teacher, unless it says that it needs one",
    fn: async () => {
      await using services = openServices(setup.plugins());
      if (services.get(SearchStrategyToken).needs?.includes("teacher")) return;
      const config = { ...configOf(setup), pipeline: pipeline().phase(phases.search()) };
      await using pruner = createPruner(config);
      await pruner.run({ seed: 5 }).result;
    },
  };
  yield {
    name: "strategy: leaves no tensor behind",
    fn: async () => {
      const before = tf.memory().numTensors;
      await find(3);
      const after = tf.memory().numTensors;
      check(after === before, `${after - before} tensors are left behind`);
    },
  };
  yield {
    name: "strategy: stops at its first report when the run is stopped, and leaves no tensor",
    fn: async () => {
      const before = tf.memory().numTensors;
      await using pruner = openPruner(setup);
      const controller = new AbortController();
      const run = pruner.run({ seed: 4, signal: controller.signal });
      run.events$.subscribe(({ type, ...event }) => {
        if (type === "phase:start" && "phase" in event && event.phase === "search") {
          controller.abort();
        }
      });
      const reason = await run.result.then(() => undefined, (error) => error);
      check(reason === controller.signal.reason, `the run must reject with the reason: ${reason}`);
      const after = tf.memory().numTensors;
      check(after === before, `${after - before} tensors are left behind`);
    },
  };
  yield {
    name: "strategy: reports images if it takes any",
    fn: async () => {
      await using services = openServices(setup.plugins());
      const { reported, plugin } = reporting(services.get(SearchStrategyToken));
      await using pruner = openPruner({
        ...setup,
        plugins: () => swap(setup.plugins(), plugin),
      });
      const run = pruner.run({ seed: 6 });
      let ended: number | undefined;
      run.events$.subscribe((event) => {
        if (event.type === "search:end" && "images" in event) ended = Number(event.images);
      });
      const { effort } = await run.result;
      checkEqual(ended, effort.images, "the images of the event search:end");
      const { images } = reported;
      check(images > 0 || ended === 0, `it took ${ended} images and reported none`);
    },
  };
  yield serviceCase("strategy: has a name", setup, (services) => {
    check(services.get(SearchStrategyToken).name !== "", "its name is empty");
  });
}
