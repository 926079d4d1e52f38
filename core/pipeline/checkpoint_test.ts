import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import type { CoreEventBody } from "./phase.ts";
import { EspalierError } from "../errors.ts";
import { withFolder } from "../testing.ts";
import { folderStore } from "../store/folder_store.ts";
import { memoryStore } from "../store/memory_store.ts";
import { type CheckpointOptions, clearCheckpoints, PhaseCheckpoint } from "./checkpoint.ts";

function optionsOf(changes: Partial<CheckpointOptions> = {}) {
  const events: CoreEventBody[] = [];
  const options: CheckpointOptions = {
    phase: "train",
    key: "key",
    store: memoryStore(),
    signal: new AbortController().signal,
    interval: {},
    emit: (event) => void events.push(event as CoreEventBody),
    ...changes,
  };
  return { options, events };
}

Deno.test("a checkpoint begins with nothing", async () => {
  const checkpoint = await PhaseCheckpoint.open(optionsOf().options);
  assertEquals(
    [await checkpoint.latest(), checkpoint.done, checkpoint.time],
    [undefined, 0, undefined],
  );
});

Deno.test("what was saved last is found, whatever the number of savings, and cleared", async () => {
  const states = fc.array(
    fc.record({ step: fc.nat(), tensors: fc.float32Array({ noNaN: true }) }, {
      noNullPrototype: true,
    }),
    {
      minLength: 1,
    },
  );
  await fc.assert(
    fc.asyncProperty(states, async (states) => {
      const { options } = optionsOf();
      for (const [i, state] of states.entries()) {
        const checkpoint = await PhaseCheckpoint.open(options);
        assertEquals(await checkpoint.latest(), states[i - 1]);
        await checkpoint.save(state, { done: 0.5 });
        await checkpoint.settle();
      }
      const last = await PhaseCheckpoint.open(options);
      assertEquals([await last.latest(), last.done], [states.at(-1), 0.5]);
      await clearCheckpoints(options.store, "key");
      assertEquals(await (await PhaseCheckpoint.open(options)).latest(), undefined);
    }),
    { numRuns: 30 },
  );
});

Deno.test("a state may change once it is saved", async () => {
  const { options } = optionsOf();
  const checkpoint = await PhaseCheckpoint.open(options);
  const values = Float32Array.of(1, 2);
  await checkpoint.save({ values });
  values[0] = 3;
  await checkpoint.settle();
  assertEquals(await (await PhaseCheckpoint.open(options)).latest(), {
    values: Float32Array.of(1, 2),
  });
});

Deno.test("a damaged state is skipped for the one before it, and said", () =>
  withFolder(async (path) => {
    const { options, events } = optionsOf({ store: folderStore(path) });
    const checkpoint = await PhaseCheckpoint.open(options);
    for (const step of [1, 2, 3]) await checkpoint.save({ step });
    await checkpoint.settle();
    const damage = async (slot: number) => {
      const file = `${path}/key.checkpoint-${slot}.artifact`;
      await Deno.truncate(file, (await Deno.stat(file)).size - 1);
    };
    events.splice(0);
    await damage(1); // The third state is in slot 1.
    const again = await PhaseCheckpoint.open(options);
    assertEquals(await again.latest(), { step: 2 });
    assertEquals(events.map(({ type }) => type), ["phase:checkpoint-damaged"]);
    await again.save({ step: 4 });
    await again.settle();
    assertEquals(await (await PhaseCheckpoint.open(options)).latest(), { step: 4 });
    await damage(0);
    await damage(1);
    assertEquals(await (await PhaseCheckpoint.open(options)).latest(), undefined);
  }));

Deno.test("a state that cannot be written is an event, and the next one is tried", async () => {
  const store = memoryStore();
  let full = true;
  const write: typeof store.write = (...args) =>
    full ? Promise.reject(new EspalierError("ERR_DISK_FULL", "Cannot x.")) : store.write(...args);
  const { options, events } = optionsOf({ store: { ...store, write } });
  const checkpoint = await PhaseCheckpoint.open(options);
  await checkpoint.save({ step: 1 });
  await checkpoint.settle();
  full = false;
  await checkpoint.save({ step: 2 });
  await checkpoint.settle();
  assertEquals(events.map(({ type }) => type), ["phase:checkpoint-failed", "phase:checkpoint"]);
  assertEquals(await (await PhaseCheckpoint.open(options)).latest(), { step: 2 });
});

Deno.test("a state that is no JSON is refused where it is given", async () => {
  const checkpoint = await PhaseCheckpoint.open(optionsOf().options);
  const error = await assertRejects(() => checkpoint.save({ at: new Map() }), EspalierError);
  assertEquals(error.code, "ERR_PHASE_MISUSE");
});

Deno.test("steps are saved as often as asked, epochs and stops always, with false nothing", async () => {
  const stop = new AbortController();
  const { options } = optionsOf({ interval: { steps: 3 }, signal: stop.signal });
  const checkpoint = await PhaseCheckpoint.open(options);
  const due = () => checkpoint.due("step");
  assertEquals([due(), due(), due()], [false, false, true]);
  await checkpoint.save({});
  assertEquals(due(), false);
  assert((await PhaseCheckpoint.open(options)).due("epoch"));
  stop.abort();
  assertEquals(due(), true);
  const never = await PhaseCheckpoint.open({ ...options, interval: false });
  assertEquals([never.due("step"), never.due("epoch")], [false, false]);
  await never.save({});
  assertEquals(await (await PhaseCheckpoint.open(optionsOf().options)).latest(), undefined);
});

/** Time that a test lets pass. */
async function withClock(fn: (pass: (ms: number) => void) => Promise<void>): Promise<void> {
  const { now } = performance;
  let clock = 0;
  performance.now = () => clock;
  try {
    await fn((ms) => clock += ms);
  } finally {
    performance.now = now;
  }
}

Deno.test("saving after epochs costs by how long the work stands still, not by how long it is written", () =>
  withClock(async (pass) => {
    const written = Promise.withResolvers<void>();
    const store = { ...memoryStore(), write: () => written.promise };
    const checkpoint = await PhaseCheckpoint.open(optionsOf({ store }).options);
    assert(checkpoint.due("epoch"));
    pass(1000); // The state is read.
    await checkpoint.save({ step: 1 });
    pass(50_000);
    written.resolve();
    await checkpoint.settle();
    assert(!checkpoint.due("epoch"));
    pass(50_000);
    assert(checkpoint.due("epoch"));
  }));

Deno.test("a state is on the disk when save() returns, if that takes a hundredth of the time", () =>
  withClock((pass) =>
    withFolder(async (folder) => {
      const { options } = optionsOf({ store: folderStore(folder) });
      const checkpoint = await PhaseCheckpoint.open(options);
      pass(1e7);
      await checkpoint.save({ step: 1 });
      assertEquals(await (await PhaseCheckpoint.open(options)).latest(), { step: 1 });
    })
  ));
