/** Studies without training, for the tests of this package: phases that draw numbers. */
import {
  type AnyPhase,
  createToken,
  definePlugin,
  noOptions,
  type Phase,
  type Pipeline,
  pipeline,
  type Plugin,
} from "@espalier/core";
import type { Report } from "@espalier/pruning";
import * as z from "zod";
import { channelCost, DATA, stemSpace, TOY } from "../core/testing.ts";
import { appendFileSync, existsSync } from "node:fs";
import type { Axes, StudyPipeline } from "./axes/contract.ts";
import type { StudyConfig } from "./study.ts";

/** What a search of these tests adds to the accuracy. */
interface Search {
  readonly gain: number;
}

export const SearchToken = createToken<Search>("@acme/search");
export const TuneToken = createToken<Search>("@acme/tune");

const part = (name: string, token: typeof SearchToken) =>
  definePlugin({
    name,
    version: "1",
    provides: [token],
    options: z.strictObject({ gain: z.number().default(0) }),
    setup: (context, options) => context.provide(token, () => options),
  });

/** Strategies that differ by what they gain. */
export const greedy = part("greedy", SearchToken);
export const thorough = part("thorough", SearchToken);
export const tune = part("tune", TuneToken);

/** Provides nothing. */
export const idle: () => Plugin = definePlugin({
  name: "idle",
  version: "1",
  provides: [],
  options: noOptions,
  setup: () => {},
});

/** What phases of these tests did, by name and seed. */
export type Log = string[];

/** How the phases of a test behave. */
interface Behaviour {
  readonly log?: Log;
  /** Called before a phase works. */
  readonly before?: (phase: string, gain: number) => void | Promise<void>;
}

/** Teacher, search and evaluation; each draws a number. */
export function drawing({ log = [], before = () => {} }: Behaviour = {}): Pipeline<object> {
  const teach: Phase<object, { teacher: number }> = {
    name: "teach",
    version: "1",
    uses: [],
    async run({ random, phase, emit }) {
      await before(phase, 0);
      log.push(phase);
      const metrics = { accuracy: { value: 0.5, better: "higher", share: true } } as const;
      for (const epoch of [0, 1]) {
        const numbers = { epoch, epochs: 2, imagesPerSecond: 1, elapsedMs: 1, remainingMs: 0 };
        emit({ type: "train:epoch", phase, ...numbers, loss: 1 / (1 + epoch), metrics });
      }
      return { teacher: random.stream(phase).next() };
    },
  };
  const find: Phase<{ teacher: number }, { found: number }> = {
    name: "find",
    version: "1",
    uses: [SearchToken],
    async run({ random, phase, services }, { teacher }) {
      const { gain } = services.get(SearchToken);
      await before(phase, gain);
      log.push(phase);
      return { found: teacher + gain + 0.01 * random.stream(phase).next() };
    },
  };
  const evaluate: Phase<{ found: number }, { report: Report }> = {
    name: "evaluate",
    version: "1",
    uses: [TuneToken],
    usesBudget: true,
    makes: ["report"],
    async run({ phase, services, budget }, { found }) {
      const gain = services.has(TuneToken) ? services.get(TuneToken).gain : 0;
      await before(phase, gain);
      log.push(phase);
      return { report: reportOf(found + gain, budget) };
    },
  };
  return pipeline().phase(teach).phase(find).phase(evaluate);
}

const STEPS = 8;
const SLOW_MS = 5000;

/** Let nothing else happen in this process. */
function block(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

/**
 * The same with a phase that counts to 8 and saves every step. It writes each of its steps into
 * `FOLDER.steps`; half-way it waits until there is a file `FOLDER.go`. If there is `FOLDER.slow`, its second
 * step blocks the process.
 */
export function counting(folder: string): StudyPipeline {
  const count: Phase<object, { counted: number }> = {
    name: "count",
    version: "1",
    uses: [SearchToken],
    async run({ checkpoint, signal, services }) {
      const { gain } = services.get(SearchToken);
      let { step } = await checkpoint.latest<{ step: number }>() ?? { step: 0 };
      for (; step < STEPS; await checkpoint.save({ step }, { done: step / STEPS })) {
        if (gain < 0) Deno.exit(3);
        if (step === 1 && existsSync(`${folder}.slow`)) block(SLOW_MS);
        for (; step === STEPS / 2 && !existsSync(`${folder}.go`);) {
          await new Promise((resolve) => setTimeout(resolve, 10));
          signal.throwIfAborted();
        }
        appendFileSync(`${folder}.steps`, `${gain} ${++step}\n`);
      }
      return { counted: step };
    },
  };
  const [teach, find, evaluate] = drawing().phases;
  return [teach!, count as AnyPhase, find!, evaluate!].reduce<StudyPipeline>(
    (all, phase) => all.phase(phase),
    pipeline(),
  );
}

function reportOf(accuracy: number, budget: Report["budget"]): Report {
  const row = (name: string, value: number, channels: number) => ({
    name,
    metrics: { accuracy: { value, better: "higher", share: true } } as const,
    loss: 1 - value,
    costs: { channels },
    times: [],
  });
  return {
    network: "toy",
    dataset: "toy",
    engine: "cpu",
    budget,
    normalization: { mean: [0], deviation: [1] },
    testImages: 4,
    metric: "accuracy",
    rows: [row("unpruned", 0.9, budget.unpruned), row("pruned", accuracy / 2, budget.target)],
  };
}

/** A study of two strategies with and without tuning, on three seeds. */
export const CONFIG = {
  network: TOY,
  data: DATA,
  budgets: [{ cost: "channels", target: 0.5 }],
  base: [stemSpace(), channelCost(), greedy()],
  seeds: [1, 2, 3],
  axes: {
    strategy: { greedy: greedy(), thorough: thorough({ gain: 0.1 }) },
    tuning: { no: [], yes: [tune({ gain: 0.05 })] },
  },
  baseline: { strategy: "greedy" },
} as const satisfies Omit<StudyConfig<Axes>, "baseline"> & { readonly baseline: object };
