// deno-lint-ignore-file no-console -- one test listens to it
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { config, delay, filter, lastValueFrom, map, toArray } from "rxjs";
import { EspalierError } from "../errors.ts";
import { ofType } from "../events.ts";
import type { JournalEvent } from "./journal.ts";
import { type Run, type RunBodyContext, startRun } from "./run.ts";

function start<R>(
  body: (context: RunBodyContext) => Promise<R>,
  signal = new AbortController().signal,
  graceMs = 5000,
): Run<JournalEvent, R> {
  return startRun<JournalEvent, R>(body, { signal, graceMs });
}

const all = (run: Run<JournalEvent, unknown>) => lastValueFrom(run.events$.pipe(toArray()));
const types = async (run: Run<JournalEvent, unknown>) => (await all(run)).map(({ type }) => type);

const phaseStart = { type: "phase:start", phase: "x" } as const;

Deno.test("startRun() begins its body one macrotask later, so that nothing is missed", async () => {
  const seen: string[] = [];
  const run = start(({ emit }) => {
    emit(phaseStart);
    return Promise.resolve(7);
  });
  await Promise.resolve();
  assertEquals(seen, []);
  run.events$.subscribe(({ type }) => seen.push(type));
  assertEquals(await run.result, 7);
  assertEquals(seen, ["phase:start", "run:end"]);
});

Deno.test("core's events get the run's id, a plugin's pass as they are", async () => {
  const run = start(({ emit, runId }) => {
    emit(phaseStart);
    emit({ type: "acme/x" });
    return Promise.resolve(runId);
  });
  const [first, second] = await all(run);
  assertEquals<unknown>([first, second], [{ ...phaseStart, runId: run.id }, { type: "acme/x" }]);
  assertEquals(await run.result, run.id);
});

Deno.test("events$ replays the latest 1000 events to a late subscriber and completes", async () => {
  const run = start(({ emit }) => {
    for (let i = 0; i < 1500; i++) emit({ type: `acme/${i}` });
    return Promise.resolve();
  });
  await run.result;
  const late = await types(run);
  assertEquals([late.length, late[0], late.at(-1)], [1000, "acme/501", "run:end"]);
});

Deno.test("a failure rejects result and is an event, never an error of the stream", async () => {
  const failure = new RangeError("bad");
  const run = start(() => Promise.reject(failure));
  const [event] = await all(run);
  assertEquals<unknown>(event, {
    type: "run:fail",
    runId: run.id,
    error: { name: "RangeError", message: "bad" },
  });
  assertStrictEquals(await assertRejects(() => run.result), failure);
});

Deno.test("a stop rejects with the signal's reason as it is, though a plugin wrapped it", async () => {
  const controller = new AbortController();
  const reason = { code: "mine" };
  const run = start(({ signal }) => {
    controller.abort(reason);
    try {
      signal.throwIfAborted();
    } catch (cause) {
      throw new EspalierError("ERR_PLUGIN_FAILED", "wrapped", { cause });
    }
    return Promise.resolve();
  }, controller.signal);
  assertEquals(await types(run), ["run:abort"]);
  assertStrictEquals(await run.result.catch((error) => error), reason);
});

Deno.test("a failure that has nothing to do with the stop is told as a failure", async () => {
  const controller = new AbortController();
  const run = start(() => {
    controller.abort();
    throw new RangeError("bad");
  }, controller.signal);
  assertEquals(await types(run), ["run:fail"]);
  await assertRejects(() => run.result, RangeError);
});

Deno.test("a journal gets every event, the earlier ones first, and is closed at the end", async () => {
  const log: string[] = [];
  const journal = {
    write: ({ type }: JournalEvent) => void log.push(type),
    close: () => void log.push("closed"),
  };
  await start(({ emit, record }) => {
    emit({ type: "acme/1" });
    record(journal);
    emit({ type: "acme/2" });
    return Promise.resolve();
  }).result;
  assertEquals(log, ["acme/1", "acme/2", "run:end", "closed"]);
});

Deno.test("a journal that fails fails the run, which still ends with its event", async () => {
  const full = new Error("disk full");
  const run = start(({ emit, record }) => {
    record({
      write: () => {
        throw full;
      },
      close: () => {},
    });
    emit({ type: "acme/1" });
    return Promise.resolve();
  });
  assertEquals(await types(run), ["run:fail"]);
  assertStrictEquals(await run.result.catch((error) => error), full);
});

Deno.test("a body that never settles is left after the grace, and what it does then is dropped", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const log: string[] = [];
  let late: RunBodyContext | undefined;
  const run = start<void>(
    async (context) => {
      late = context;
      context.emit(phaseStart);
      controller.abort(reason);
      await new Promise(() => {});
    },
    controller.signal,
    10,
  );
  const [, last] = await all(run);
  assertStrictEquals(await run.result.catch((error) => error), reason);
  const { type, heldUpBy, resumable } = last as Extract<JournalEvent, { type: "run:abort" }>;
  assertEquals([type, heldUpBy, resumable], ["run:abort", 'phase "x"', false]);
  late!.emit({ type: "acme/late" });
  assertThrows(() => late!.emit(phaseStart), EspalierError, "the run is over");
  late!.record({ write: ({ type }) => void log.push(type), close: () => void log.push("closed") });
  assertEquals(log, ["closed"]);
  assertEquals(await types(run), ["phase:start", "run:abort"]);
});

Deno.test("a stop says who held it up, and whether the run can go on", async () => {
  const place = async (body: (context: RunBodyContext) => void) => {
    const controller = new AbortController();
    const run = start<void>(
      async (context) => {
        body(context);
        controller.abort();
        await new Promise(() => {});
      },
      controller.signal,
      0,
    );
    const last = (await all(run)).at(-1) as Extract<JournalEvent, { type: "run:abort" }>;
    return [last.heldUpBy, last.resumable];
  };
  assertEquals(await place(() => {}), ["its start", false]);
  const journal = { write: () => {}, close: () => {} };
  assertEquals(await place(({ record }) => record(journal)), ["its start", true]);
  const end = { type: "phase:end", phase: "x", cached: false, elapsedMs: 1 } as const;
  assertEquals(await place(({ emit }) => emit(end)), ['what follows phase "x"', false]);
  const plugins = ({ emit, blame }: RunBodyContext) => {
    emit(phaseStart);
    blame(() => "acme");
  };
  assertEquals(await place(plugins), ['plugin "acme" in phase "x"', false]);
});

/** Something whose disposal fails. */
function failing(name: string): AsyncDisposable & Disposable {
  const fail = (): never => {
    throw new Error(name);
  };
  return { [Symbol.dispose]: fail, [Symbol.asyncDispose]: fail };
}

Deno.test("what fails while a failure or a stop is handled never hides the first reason", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { maxLength: 3 }),
      fc.boolean(),
      fc.boolean(),
      async (disposals, isStop, journalFails) => {
        const first = new RangeError("first");
        const controller = new AbortController();
        const dispose = async (i: number): Promise<never> => {
          if (i === disposals.length) {
            if (isStop) controller.abort(first);
            throw first;
          }
          if (disposals[i]) {
            using _ = failing(`disposal ${i}`);
            return await dispose(i + 1);
          }
          await using _ = failing(`disposal ${i}`);
          return await dispose(i + 1);
        };
        const run = start(async ({ record }) => {
          const fail = () => {
            if (journalFails) throw new Error("full");
          };
          record({ write: fail, close: fail });
          return await dispose(0);
        }, controller.signal);
        const [event] = await all(run);
        assertStrictEquals(await run.result.catch((error) => error), first);
        assertEquals(event!.type, isStop ? "run:abort" : "run:fail");
        const { also = [] } = event as Extract<JournalEvent, { type: "run:fail" }>;
        assertEquals(
          also.map(({ message }) => message),
          disposals.map((_, i) => `disposal ${i}`).reverse(),
        );
      },
    ),
  ));

/** How a subscriber may fail at an event, or not. */
type Way = "next" | "operator" | "late operator" | "handled" | "none";

const WAYS: readonly Way[] = ["next", "operator", "late operator", "handled", "none"];

Deno.test("a subscriber that throws gets no more events and is reported, the others go on", async () => {
  const unhandled: unknown[] = [];
  config.onUnhandledError = (error) => unhandled.push(error);
  const failing = fc.record({ way: fc.constantFrom(...WAYS), at: fc.integer({ min: 0, max: 9 }) });
  try {
    await fc.assert(fc.asyncProperty(fc.array(failing, { maxLength: 6 }), async (subscribers) => {
      const run = start(async ({ emit }) => {
        for (let i = 0; i < 10; i++) emit({ type: `acme/${i}` });
        await new Promise((resolve) => setTimeout(resolve));
      });
      const seen = subscribers.map((): string[] => []);
      const handled: unknown[] = [];
      for (const [i, { way, at }] of subscribers.entries()) {
        const events$ = run.events$.pipe(filter(({ type }) => type.startsWith("acme/")));
        const fail = ({ type }: JournalEvent): string => {
          if (type === `acme/${at}`) throw new Error(way);
          return type;
        };
        const take = (type: string) => void seen[i]!.push(type);
        if (way === "next") events$.subscribe((event) => take(fail(event)));
        if (way === "operator") events$.pipe(map(fail)).subscribe(take);
        if (way === "late operator") events$.pipe(delay(0), map(fail)).subscribe(take);
        if (way === "handled") {
          events$.pipe(map(fail)).subscribe({ next: take, error: (error) => handled.push(error) });
        }
        if (way === "none") events$.subscribe(({ type }) => take(type));
      }
      const told = all(run);
      await run.result;
      const all10 = Array.from({ length: 10 }, (_, i) => `acme/${i}`);
      for (const [i, { way, at }] of subscribers.entries()) {
        assertEquals(seen[i], way === "none" ? all10 : all10.slice(0, at));
      }
      const ours = (ways: readonly Way[]) => subscribers.filter(({ way }) => ways.includes(way));
      assertEquals(handled.length, ours(["handled"]).length);
      const errors = (await told).flatMap((event) =>
        event.type === "run:subscriber-error" ? [event.error.message] : []
      );
      const reported = ours(["next", "operator", "late operator"]).map(({ way }) => way);
      assertEquals(errors.sort(), reported.sort());
    }));
    assertEquals(unhandled, []);
  } finally {
    config.onUnhandledError = null;
  }
});

Deno.test("what a subscriber causes comes after its event, for every subscriber", async () => {
  const run = start(({ emit }) => {
    emit(phaseStart);
    return Promise.resolve();
  });
  run.events$.pipe(ofType("phase:start")).subscribe(() => {
    throw new Error("mine");
  });
  assertEquals(await types(run), ["phase:start", "run:subscriber-error", "run:end"]);
});

Deno.test("a subscriber that throws after the run is told to the console", async () => {
  const run = start(() => Promise.resolve(7));
  await run.result;
  const said: unknown[] = [];
  const own = console.error;
  console.error = (...values) => said.push(values.at(-1));
  try {
    const mine = new Error("mine");
    run.events$.subscribe(() => {
      throw mine;
    });
    assertEquals(said, [mine]);
  } finally {
    console.error = own;
  }
});

Deno.test("a promise of an event takes what an operator throws", async () => {
  const run = start(({ emit }) => {
    emit(phaseStart);
    return Promise.resolve();
  });
  const mine = new Error("mine");
  const fail = (): never => {
    throw mine;
  };
  const promise = lastValueFrom(run.events$.pipe(map(fail)));
  assertStrictEquals(await promise.catch((error) => error), mine);
  assertEquals(await types(run), ["phase:start", "run:end"]);
});
