import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import fc from "fast-check";
import { EspalierError } from "../errors.ts";
import { installAll } from "../plugin/install.ts";
import type { AnyPlugin } from "../plugin/plugins.ts";
import { Scope } from "../plugin/scope.ts";
import { createToken } from "../plugin/token.ts";
import { createRandom } from "../random/random.ts";
import { memoryStore } from "../store/memory_store.ts";
import { DATA, plugin, STEM, TOY } from "../testing.ts";
import { executePhases, type Execution } from "./execute.ts";
import type { CoreEventBody, Phase, PhaseContext } from "./phase.ts";
import type { AnyPhase } from "./phase.ts";

const Base = createToken<number>("@acme/base");
const Derived = createToken<number>("@acme/derived");

const base = plugin((c) => c.provide(Base, () => 1), { name: "base", provides: [Base] });
const derived = plugin((c) => c.provide(Derived, (r) => r.get(Base) + 1), {
  name: "derived",
  provides: [Derived],
  requires: [Base],
});

const budget = {
  cost: "channels",
  unit: "channels",
  target: 2,
  low: 1,
  high: 3,
  unpruned: 4,
  smallest: 1,
};

function execution(changes: Partial<Execution> = {}, events: unknown[] = []): Execution {
  const plugins: readonly AnyPlugin[] = changes.plugins ?? [base, derived];
  const services = Scope.root();
  installAll(plugins, services, () => {});
  return {
    blueprint: TOY,
    dataset: DATA,
    budget,
    decisions: [STEM],
    plugins,
    seed: 1,
    engine: "cpu",
    services,
    random: createRandom(1),
    signal: new AbortController().signal,
    store: memoryStore(),
    fresh: false,
    interval: {},
    stopped: undefined,
    emit: (event) => void events.push(event),
    keep: () => Promise.resolve(undefined),
    ...changes,
  };
}

interface Counting extends Phase<object, object> {
  runs: number;
}

/** A phase that counts its runs. */
function counting(changes: Partial<AnyPhase> = {}): Counting {
  const phase: Counting = {
    name: "count",
    version: "1",
    uses: [],
    runs: 0,
    run: () => Promise.resolve({ made: ++phase.runs }),
    ...changes,
  };
  return phase;
}

async function keysOf(phases: readonly AnyPhase[], changes: Partial<Execution> = {}) {
  return (await executePhases(phases, execution(changes))).map(({ key }) => key);
}

function misuse(phase: AnyPhase, text: string): Promise<void> {
  return assertRejects(() => executePhases([phase], execution()), EspalierError, text)
    .then((error) => assertEquals(error.code, "ERR_PHASE_MISUSE"));
}

const peeking = (peek: (context: PhaseContext) => unknown, declared: Partial<AnyPhase> = {}) =>
  counting({ ...declared, run: (context) => Promise.resolve({ seen: peek(context) }) });

Deno.test("executePhases() hands what earlier phases made to the later ones", async () => {
  const sum: Phase<{ made: number }, { sum: number }> = {
    name: "sum",
    uses: [],
    run: (_context, { made }) => Promise.resolve({ sum: made + 1 }),
  };
  const done = await executePhases([counting(), sum], execution());
  assertEquals(done.map(({ made }) => made), [{ made: 1 }, { sum: 2 }]);
});

Deno.test("executePhases() does not compute a key twice", async () => {
  const events: { type: string; cached?: boolean }[] = [];
  const phase = counting();
  const shared = { store: memoryStore() };
  await executePhases([phase], execution(shared));
  const [done] = await executePhases([phase], execution(shared, events));
  assertEquals([phase.runs, done!.cached, done!.made], [1, true, { made: 1 }]);
  assertEquals(events.map(({ type, cached }) => [type, cached]), [
    ["phase:start", undefined],
    ["phase:end", true],
  ]);
});

Deno.test("executePhases() computes again and replaces what is stored when fresh", async () => {
  const phase = counting();
  const shared = { store: memoryStore() };
  for (const fresh of [false, true, false]) {
    await executePhases([phase], execution({ ...shared, fresh }));
  }
  assertEquals(phase.runs, 2);
  const [done] = await executePhases([phase], execution(shared));
  assertEquals(done!.made, { made: 2 });
});

Deno.test("a first run gives the same copy as a cached one", async () => {
  const weights = new Float32Array([1, 2]);
  const phase = counting({ run: () => Promise.resolve({ weights, none: undefined }) });
  const shared = { store: memoryStore() };
  const [first] = await executePhases([phase], execution(shared));
  const [second] = await executePhases([phase], execution(shared));
  assertEquals(first!.made, { weights });
  assertEquals(second!.made, first!.made);
  assert((first!.made as { weights: unknown }).weights !== weights);
});

Deno.test("a phase without version always runs, and what follows is cached by what it made", async () => {
  let value = 1;
  const draft = counting({ name: "draft", run: () => Promise.resolve({ value }) });
  const { version: _, ...unversioned } = draft;
  const after = counting({ name: "after" });
  const shared = { store: memoryStore() };
  const run = () => executePhases([unversioned, after], execution(shared));
  const cached = async () => (await run()).map((done) => done.cached);
  assertEquals(await cached(), [false, false]);
  assertEquals(await cached(), [false, true]);
  value = 2;
  assertEquals(await cached(), [false, false]);
});

Deno.test("a key depends on the phases before", async () => {
  const after = () => counting({ name: "after" });
  const [, first] = await keysOf([counting(), after()]);
  const [, second] = await keysOf([counting({ version: "2" }), after()]);
  assert(first !== second);
});

Deno.test("a phase resolves declared tokens only", async () => {
  await misuse(
    peeking(({ services }) => services.get(Base)),
    'resolve "@acme/base" in phase "count"',
  );
  await misuse(peeking(({ services }) => services.has(Base)), '"uses"');
  for (const declared of [{ uses: [Base] }, { requires: [Base] }]) {
    const phase = peeking(({ services }) => services.get(Base), declared);
    const [done] = await executePhases([phase], execution());
    assertEquals(done!.made, { seen: 1 });
  }
});

Deno.test("a phase reads budget and decisions only if it declares them", async () => {
  await misuse(peeking(({ budget }) => budget), "usesBudget: true");
  await misuse(peeking(({ decisions }) => decisions), "read the decisions");
  const phase = peeking(({ decisions, budget: { target } }) => [decisions.length, target], {
    usesBudget: true,
  });
  assertEquals((await executePhases([phase], execution()))[0]!.made, { seen: [1, 2] });
});

Deno.test("a phase may not make what cannot be stored", async () => {
  await misuse(peeking(() => () => 1), 'what phase "count" made');
  await misuse(peeking(() => new Map()), '"seen" is a Map');
  await misuse(counting({ run: () => Promise.resolve(7 as never) }), "the value itself");
});

Deno.test("executePhases() stops before the next phase", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const stopping = counting({
    run: () => {
      controller.abort(reason);
      return Promise.resolve({});
    },
  });
  const never = counting({ name: "never" });
  const run = executePhases([stopping, never], execution({ signal: controller.signal }));
  assertStringIncludes((await assertRejects(() => run)).message, "enough");
  assertEquals(never.runs, 0);
});

Deno.test("phase events carry the phase", async () => {
  const events: CoreEventBody[] = [];
  await executePhases([counting()], execution({}, events));
  assertEquals(events.map((event) => "phase" in event && event.phase), ["count", "count"]);
});

Deno.test("of two runs that need one artifact one makes it, and the other waits for it", async () => {
  const store = memoryStore();
  const entered = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const phase = counting({
    run: async () => {
      phase.runs++;
      entered.resolve();
      await finish.promise;
      return { made: 1 };
    },
  });
  const first = executePhases([phase], execution({ store }));
  await entered.promise;
  const types: string[] = [];
  const emit: Execution["emit"] = ({ type }) => {
    types.push(type);
    if (type === "phase:wait") finish.resolve();
  };
  const second = await executePhases([phase], execution({ store, emit }));
  assertEquals([phase.runs, second[0]!.cached, (await first)[0]!.cached], [1, true, false]);
  assertEquals(types, ["phase:start", "phase:wait", "phase:end"]);
});

Deno.test("who waits for an artifact makes it if the other one fails", async () => {
  const store = memoryStore();
  const entered = Promise.withResolvers<void>();
  const fail = Promise.withResolvers<object>();
  const phase = counting();
  const failing = counting({
    run: () => {
      entered.resolve();
      return fail.promise;
    },
  });
  const first = executePhases([failing], execution({ store }));
  await entered.promise;
  const emit: Execution["emit"] = ({ type }) => {
    if (type === "phase:wait") fail.reject(new Error("failed"));
  };
  const second = executePhases([phase], execution({ store, emit }));
  await assertRejects(() => first, Error, "failed");
  assertEquals([(await second)[0]!.cached, phase.runs], [false, 1]);
});

Deno.test("a phase emits plain JSON, under its own name or as core's events of training and search", async () => {
  // A key of that name is refused: it would be read as a prototype.
  const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes("__proto__"));
  const values = fc.oneof(json, fc.constantFrom(NaN, Infinity, -Infinity, 1n, () => 1));
  const kinds = fc.constantFrom(
    "count/x",
    "count/",
    "train:epoch",
    "kd/x",
    "run:end",
    "x",
    "counts/x",
  );
  await fc.assert(fc.asyncProperty(kinds, values, async (type, value) => {
    const event = { type, deep: [{ value }] };
    const isJson = value === null || !["number", "bigint", "function"].includes(typeof value) ||
      Number.isFinite(value);
    const phase = counting({
      run: ({ emit }: PhaseContext) => {
        emit(event as unknown as CoreEventBody);
        return Promise.resolve({});
      },
    });
    if (isJson && ["count/x", "count/", "train:epoch"].includes(type)) {
      const events: unknown[] = [];
      await executePhases([phase], execution({}, events));
      assertStrictEquals(events[1], event);
    } else await misuse(phase, isJson ? `"${type}"` : 'of phase "count" as events are plain JSON');
  }));
});
