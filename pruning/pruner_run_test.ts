import {
  createRandom,
  createToken,
  EspalierError,
  type EspalierErrorCode,
  memoryStore,
  ModelFormatToken,
  ofType,
  type Phase,
  pipeline,
  readJournal,
  type Run,
  type SearchProgress,
  SearchStrategyToken,
} from "@espalier/core";
import { initialWeights, parameterSpecs } from "@espalier/supernet";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { lastValueFrom, toArray } from "rxjs";
import { plugin, TOY, withFolder } from "../core/testing.ts";
import type { HasTeacher } from "./made.ts";
import * as phases from "./phases/mod.ts";
import { createPruner } from "./pruner.ts";
import { CONFIG } from "./testing.ts";

type Tick = { readonly type: "clock/tick"; readonly n: number };
interface Clock {
  tick(): number;
}
const ClockToken = createToken<Clock>("@acme/clock");

/** A service that counts, tells of it, and logs its disposal. */
function clock(log: string[] = []) {
  return plugin<Tick>((context) => {
    context.provide(ClockToken, () => {
      let n = 0;
      return {
        tick() {
          context.emit({ type: "clock/tick", n: ++n });
          return n;
        },
        [Symbol.dispose]: () => void log.push("disposed"),
      };
    });
  }, { name: "clock", provides: [ClockToken] });
}

/** A phase that ticks and draws a number; the test counts its runs. */
function ticking(runs: string[] = []): Phase<object, { ticks: number; draw: number }> {
  return {
    name: "tick",
    version: "1",
    uses: [ClockToken],
    run: async ({ services, random }) => {
      runs.push("tick");
      const service = services.get(ClockToken);
      service.tick();
      await Promise.resolve();
      return { ticks: service.tick(), draw: random.stream("test").next() };
    },
  };
}

const student: Phase<object, { student: HasTeacher["teacher"] }> = {
  name: "student",
  version: "1",
  uses: [],
  run: () =>
    Promise.resolve({
      student: { blueprint: TOY, weights: initialWeights(parameterSpecs(TOY), createRandom(0)) },
    }),
};

function pruner(options: { log?: string[]; runs?: string[]; target?: number } = {}) {
  return createPruner({
    ...CONFIG,
    budget: { cost: "channels", target: options.target ?? 0.5 },
    plugins: [...CONFIG.plugins, clock(options.log)],
    pipeline: pipeline().phase(ticking(options.runs)).phase(student),
  });
}

async function types(run: Run<{ readonly type: string }, unknown>): Promise<string[]> {
  return (await lastValueFrom(run.events$.pipe(toArray()))).map(({ type }) => type);
}

async function refusal(run: Run<unknown, unknown>, code: EspalierErrorCode): Promise<string> {
  const error = await assertRejects(() => run.result, EspalierError);
  assertEquals(error.code, code);
  return error.message;
}

const TYPES = [
  "run:start",
  "phase:start",
  "clock/tick",
  "clock/tick",
  "phase:end",
  "phase:start",
  "phase:end",
  "run:end",
];

Deno.test("run() settles with what the phases made and a model to load", async () => {
  const tensors = tf.memory().numTensors;
  const run = pruner().run({ seed: 3 });
  const { ticks, draw, student, model } = await run.result;
  assertEquals([ticks, draw], [2, createRandom(3).stream("test").next()]);
  assertEquals(model.path, undefined);
  const loaded = await model.load();
  assertEquals(loaded.outputs[0]!.shape, [null, 2]);
  loaded.dispose();
  assertEquals(student.blueprint, TOY);
  assertEquals(await types(run), TYPES);
  assertEquals(tf.memory().numTensors, tensors);
});

Deno.test("run:start says what runs, on what", async () => {
  const [event] = await lastValueFrom(pruner().run({ seed: 3 }).events$.pipe(toArray()));
  assert(event?.type === "run:start");
  const { seed, engine, network, phases, time } = event;
  assertEquals([seed, network, phases], [3, "toy", ["tick", "student"]]);
  assert(engine.startsWith(tf.getBackend()));
  assertEquals(new Date(time).toISOString(), time);
});

Deno.test("two runs at once share no service and hear their own events only", async () => {
  const log: string[] = [];
  const two = pruner({ log });
  const runs = [two.run({ seed: 1 }), two.run({ seed: 2 })];
  for (const run of runs) {
    assertEquals((await run.result).ticks, 2);
    assertEquals(await types(run), TYPES);
  }
  assertEquals(log, ["disposed", "disposed"]);
});

Deno.test("runs share what they made through a store", async () => {
  const runs: string[] = [];
  const store = memoryStore();
  const first = await pruner({ runs }).run({ store }).result;
  const second = await pruner({ runs, target: 0.75 }).run({ store }).result;
  assertEquals([runs.length, second.draw], [1, first.draw]);
  await pruner({ runs }).run({ store, seed: 1 }).result;
  assertEquals(runs.length, 2);
});

Deno.test("run() writes configuration, journal, result and model into its folder", () =>
  withFolder(async (path) => {
    const directory = `${path}/runs/a`;
    const run = pruner().run({ directory, seed: 3 });
    const { model, draw } = await run.result;
    const { hash, configuration } = JSON.parse(await Deno.readTextFile(`${directory}/run.json`));
    assertEquals(hash.length, 64);
    assertEquals([configuration.seed, configuration.network.name], [3, "toy"]);
    assertEquals(configuration.plugins.length, 3);
    const events = await readJournal(directory);
    assertEquals(events, await lastValueFrom(run.events$.pipe(toArray())));
    const { result } = JSON.parse(await Deno.readTextFile(`${directory}/result.json`));
    assertEquals([result.draw, result.student.artifact.length], [draw, 64]);
    assertEquals(model.path, `${directory}/model`);
    (await model.load()).dispose();
    const artifacts = [...Deno.readDirSync(`${path}/runs/artifacts`)];
    assertEquals(artifacts.length, 2);
  }));

/** Writes the names of the weights. */
const listing = plugin((context) => {
  context.provide(ModelFormatToken, () => ({
    name: "list",
    file: "names.txt",
    encode: ({ weights }) =>
      Promise.resolve(new TextEncoder().encode(Object.keys(weights).join(" "))),
  }));
}, { name: "listing", provides: [ModelFormatToken] });

Deno.test("run() writes the student in every format into its folder, or nowhere", () =>
  withFolder(async (path) => {
    await using listed = createPruner({
      ...CONFIG,
      plugins: [...CONFIG.plugins, listing],
      pipeline: pipeline().phase(student),
    });
    const { model, student: { weights } } = await listed.run({ directory: `${path}/a` }).result;
    assertEquals(model.files, { list: `${path}/a/model/names.txt` });
    const text = await Deno.readTextFile(model.files.list!);
    assertEquals(text, Object.keys(weights).join(" "));
    const names = [...Deno.readDirSync(`${path}/a/model`)].map(({ name }) => name).sort();
    assertEquals(names, ["model.json", "names.txt", "weights.bin"]);
    assertEquals((await listed.run().result).model.files, {});
  }));

Deno.test("a format of models that fails is named, and its phases need not run again", () =>
  withFolder(async (path) => {
    const runs: string[] = [];
    const broken = plugin((context) => {
      context.provide(ModelFormatToken, () => ({
        name: "list",
        file: "names.txt",
        encode: () => Promise.reject(new Error("no paper")),
      }));
    }, { name: "broken", provides: [ModelFormatToken] });
    const printing = (format: typeof broken) =>
      createPruner({
        ...CONFIG,
        plugins: [...CONFIG.plugins, clock(), format],
        pipeline: pipeline().phase(ticking(runs)).phase(student),
      });
    const failed = printing(broken).run({ directory: `${path}/a` });
    const error = await assertRejects(() => failed.result, EspalierError, "no paper");
    assertEquals([error.code, error.plugin], ["ERR_PLUGIN_FAILED", "broken"]);
    await printing(listing).run({ directory: `${path}/b` }).result;
    assertEquals(runs.length, 1);
  }));

Deno.test("run() goes on in the folder of the same configuration, and computes nothing twice", () =>
  withFolder(async (path) => {
    const runs: string[] = [];
    const directory = `${path}/a`;
    await pruner({ runs }).run({ directory }).result;
    await Deno.remove(`${directory}/result.json`);
    await pruner({ runs }).run({ directory }).result;
    assertEquals(runs.length, 1);
    const starts = (await readJournal(directory)).filter(({ type }) => type === "run:start");
    assertEquals(starts.length, 2);
    await Deno.stat(`${directory}/result.json`);
    await pruner({ runs }).run({ directory, fresh: true }).result;
    assertEquals(runs.length, 2);
  }));

Deno.test("run() refuses the folder of another configuration and leaves it as it was", () =>
  withFolder(async (path) => {
    const runs: string[] = [];
    const directory = `${path}/a`;
    await pruner({ runs }).run({ directory, seed: 1 }).result;
    const before = await readJournal(directory);
    const other = pruner({ runs }).run({ directory, seed: 2 });
    const message = await refusal(other, "ERR_RUN_OTHER");
    assertStringIncludes(message, "seed (1 there, 2 here)");
    assertEquals(await types(other), ["run:start", "run:fail"]);
    const budget = await refusal(
      pruner({ target: 0.75 }).run({ directory, seed: 1 }),
      "ERR_RUN_OTHER",
    );
    assertStringIncludes(budget, "budget (");
    assertEquals([runs.length, await readJournal(directory)], [1, before]);
    await Deno.writeTextFile(`${directory}/run.json`, "{");
    await refusal(pruner().run({ directory, seed: 1 }), "ERR_RUN_OTHER");
  }));

Deno.test("run() keeps what it is told to, and makes the rest again", () =>
  withFolder(async (path) => {
    const runs: string[] = [];
    const directory = `${path}/a`;
    const kept = () => Array.from(Deno.readDirSync(`${path}/artifacts`), ({ name }) => name);
    assertThrows(() => pruner().run({ keep: ["trian"] }), EspalierError, '"trian"');
    await pruner({ runs }).run({ directory, keep: [] }).result;
    assertEquals([kept(), runs.length], [[], 1]);
    await pruner({ runs }).run({ directory }).result;
    assertEquals(runs.length, 2);
    const all = kept();
    assert(all.length > 0);
    const { phases } = JSON.parse(await Deno.readTextFile(`${directory}/result.json`));
    await pruner({ runs }).run({ directory, keep: phases.map((p: { name: string }) => p.name) })
      .result;
    assertEquals([kept(), runs.length], [all, 2]);
  }));

Deno.test("run() names an artifact that was cut, and computes it again when fresh", () =>
  withFolder(async (path) => {
    const directory = `${path}/a`;
    await pruner().run({ directory }).result;
    const { phases: [{ key }] } = JSON.parse(await Deno.readTextFile(`${directory}/result.json`));
    const file = `${path}/artifacts/${key}.artifact`;
    await Deno.truncate(file, 100);
    assertStringIncludes(await refusal(pruner().run({ directory }), "ERR_ARTIFACT_CORRUPT"), file);
    assertEquals((await pruner().run({ directory, fresh: true }).result).ticks, 2);
    assertEquals((await pruner().run({ directory }).result).ticks, 2);
  }));

Deno.test({
  name: "run() names a folder that may not be written before any work",
  permissions: { read: true, write: false, env: true, sys: true },
  async fn() {
    const runs: string[] = [];
    const message = await refusal(pruner({ runs }).run({ directory: "x/a" }), "ERR_PERMISSION");
    assertStringIncludes(message, '"x/a"');
    assertEquals(runs, []);
  },
});

Deno.test("keep() writes into the run's folder, or nowhere", () =>
  withFolder(async (path) => {
    const keeping: Phase<object, { at: string | null }> = {
      name: "keep",
      uses: [],
      run: async ({ keep }) => ({ at: await keep("good", { w: new Float32Array(2) }) ?? null }),
    };
    const kept = createPruner({ ...CONFIG, pipeline: pipeline().phase(keeping) });
    assertEquals((await kept.run().result).at, null);
    const { at } = await kept.run({ directory: `${path}/a` }).result;
    assertEquals(at, `${path}/a/kept/good.artifact`);
    await Deno.stat(at!);
  }));

Deno.test("a run that is stopped rejects with the reason, disposes its services, and can go on", () =>
  withFolder(async (path) => {
    const log: string[] = [];
    const runs: string[] = [];
    let controller = new AbortController();
    const reason = new Error("enough");
    const waiting: Phase<object, { done: boolean }> = {
      name: "wait",
      version: "1",
      uses: [],
      run: async ({ signal }) => {
        controller.abort(reason);
        await Promise.resolve();
        signal.throwIfAborted();
        return { done: true };
      },
    };
    const stopped = createPruner({
      ...CONFIG,
      plugins: [...CONFIG.plugins, clock(log)],
      pipeline: pipeline().phase(ticking(runs)).phase(waiting),
    });
    const directory = `${path}/a`;
    const run = stopped.run({ directory, signal: controller.signal });
    assertStrictEquals(await run.result.catch((error) => error), reason);
    assertEquals((await types(run)).at(-1), "run:abort");
    assertEquals((await readJournal(directory)).at(-1)!.type, "run:abort");
    assertEquals(log, ["disposed"]);
    controller = new AbortController();
    assertEquals((await stopped.run({ directory }).result).done, true);
    assertEquals(runs.length, 1);
  }));

Deno.test("a run whose signal is aborted already does no work", async () => {
  const runs: string[] = [];
  const run = pruner({ runs }).run({ signal: AbortSignal.abort() });
  assertEquals((await assertRejects(() => run.result)).name, "AbortError");
  assertEquals([await types(run), runs], [["run:start", "run:abort"], []]);
});

Deno.test("progress that is no progress is refused by the strategy's and the plugin's name", async () => {
  const fine: SearchProgress = { epoch: 0, epochs: 2, images: 4 };
  const searching = (report: object) =>
    plugin((context) => {
      context.provide(SearchStrategyToken, () => ({
        name: "odd strategy",
        async search({ progress }) {
          await progress({ ...fine, ...report });
          return { choices: { stem: 2 } };
        },
      }));
    }, { name: "odd", provides: [SearchStrategyToken] });
  const runOf = (report: object) =>
    createPruner({
      ...CONFIG,
      plugins: [...CONFIG.plugins, searching(report)],
      pipeline: pipeline().phase(phases.search()),
    }).run();
  for (const report of [{}, { epoch: 1 }, { values: { tau: 4 } }, { loss: undefined }]) {
    const run = runOf(report);
    await run.result;
    const all = await lastValueFrom(run.events$.pipe(toArray()));
    const { remainingMs, imagesPerSecond } = all.find(({ type }) => type.startsWith("search:")) as {
      readonly remainingMs: number;
      readonly imagesPerSecond: number;
    };
    assert(remainingMs >= 0 && imagesPerSecond >= 0);
  }
  const odd: readonly object[] = [
    ...[2, 3, -1, 0.5, NaN].map((epoch) => ({ epoch })),
    ...[0, -1, NaN, Infinity].map((epochs) => ({ epochs })),
    ...[-1, 0.5, NaN].flatMap((count) => [{ step: count }, { images: count }]),
    ...[NaN, Infinity].flatMap((value) => [{ loss: value }, { accuracy: value }, { cost: value }]),
    { values: { tau: NaN } },
    { extra: tf },
  ];
  for (const report of odd) {
    const error = await assertRejects(() => runOf(report).result, EspalierError);
    assertEquals([error.code, error.plugin], ["ERR_PLUGIN_UNDECLARED", "odd"]);
    assertStringIncludes(error.message, 'strategy "odd strategy"');
    const name = Object.keys(Object.values(report)[0])[0] === "tau"
      ? "tau"
      : Object.keys(report)[0];
    assertStringIncludes(error.message, `"${name}" is `);
  }
});

Deno.test("a plugin that never settles is named when the grace after a stop is over", async () => {
  const stuck = plugin((context) => {
    context.provide(SearchStrategyToken, () => ({
      name: "patience",
      search: () => new Promise<never>(() => {}),
    }));
  }, { name: "stuck", provides: [SearchStrategyToken] });
  await using pruner = createPruner({
    ...CONFIG,
    plugins: [...CONFIG.plugins, stuck],
    pipeline: pipeline().phase(phases.search()),
  });
  const stop = new AbortController();
  const reason = new Error("enough");
  const run = pruner.run({ signal: stop.signal, graceMs: 10 });
  run.events$.pipe(ofType("phase:start")).subscribe(() => stop.abort(reason));
  assertStrictEquals(await run.result.catch((error) => error), reason);
  const last = (await lastValueFrom(run.events$)) as { readonly heldUpBy?: string };
  assertEquals(last.heldUpBy, 'plugin "stuck" in phase "search"');
  for (const graceMs of [-1, NaN, Infinity, "1"]) {
    const start = () => pruner.run({ graceMs: graceMs as number });
    assertEquals(assertThrows(start, EspalierError, "graceMs").code, "ERR_CONFIG_INVALID");
  }
});

Deno.test("what a service throws in a phase names its plugin", async () => {
  const broken = plugin((context) => {
    context.provide(ClockToken, () => ({
      tick: () => {
        throw new RangeError("stopped");
      },
    }));
  }, { name: "broken", provides: [ClockToken] });
  const failing = createPruner({
    ...CONFIG,
    plugins: [...CONFIG.plugins, broken],
    pipeline: pipeline().phase(ticking()),
  });
  const error = await assertRejects(() => failing.run().result, EspalierError, "stopped");
  assertEquals([error.code, error.plugin], ["ERR_PLUGIN_FAILED", "broken"]);
});

Deno.test("probabilities that are no numbers are refused, and nothing of the search is stored", async () => {
  for (const odd of [NaN, -0.5, Infinity]) {
    const diverged = plugin((context) => {
      context.provide(SearchStrategyToken, () => ({
        name: "diverged",
        search: () =>
          Promise.resolve({ choices: { stem: 2 }, probabilities: { stem: [1, odd, 0, 0] } }),
      }));
    }, { name: "diverged", provides: [SearchStrategyToken] });
    await using pruner = createPruner({
      ...CONFIG,
      plugins: [...CONFIG.plugins, diverged],
      pipeline: pipeline().phase(phases.search()),
    });
    const error = await assertRejects(() => pruner.run().result, EspalierError, `${odd}`);
    assertEquals([error.code, error.plugin], ["ERR_PLUGIN_CONTRACT", "diverged"]);
    assertStringIncludes(error.message, 'a probability of "stem"');
  }
});

Deno.test("plan() tells the keys under which a run stores what its phases make", async () => {
  const free: Phase<object, object> = { name: "free", uses: [], run: () => Promise.resolve({}) };
  const plugins = [...CONFIG.plugins, clock()];
  const phases = pipeline().phase(ticking()).phase(student).phase(free);
  await using pruner = createPruner({ ...CONFIG, plugins, pipeline: phases });
  const { phases: planned, digest } = await pruner.plan({ seed: 3 });
  assertEquals(planned.map(({ name }) => name), ["tick", "student", "free"]);
  assertEquals(planned[2], { name: "free" });

  const store = memoryStore();
  const { events$, result } = pruner.run({ seed: 3, store });
  const started = lastValueFrom(events$.pipe(ofType("phase:start"), toArray()));
  await result;
  const keys = (await started).map(({ phase, key }) => ({ name: phase, ...key && { key } }));
  assertEquals(planned, keys);
  assert(await store.has(planned[0]!.key!));

  const other = await pruner.plan({ seed: 4 });
  assert(other.digest !== digest && other.phases[0]!.key !== planned[0]!.key);
  assertThrows(() => pruner.plan({ seed: -1 }), EspalierError, "seed");
});
