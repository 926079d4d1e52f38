import { assert, assertEquals, assertRejects } from "@std/assert";
import type { CoreEvent } from "@espalier/core";
import { EspalierError } from "@espalier/core";
import type { PlannedCellRun } from "../plan/planned_runs.ts";
import { drive, type Ending } from "./drive.ts";
import type { StudyEvent } from "./events.ts";
import type { Lane } from "./lanes.ts";
import { WorkerLost } from "./worker_process.ts";

/** Runs of three phases, of which all share the first. */
const runs = ["a", "b", "c"].map((name, seed): PlannedCellRun => ({
  ...{ cell: { name }, seed, folder: name, digest: name, engine: "cpu" },
  phases: [{ name: "teach", key: "shared" }, { name: "train", key: name }],
}));

/** Makes the phases of a run, one a turn of the event loop. */
async function make(
  { phases }: PlannedCellRun,
  onEvent: (event: CoreEvent) => void,
): Promise<object> {
  for (const { name: phase, key } of phases) {
    onEvent({ type: "phase:start", phase, key: key!, runId: "" });
    await new Promise((resolve) => setTimeout(resolve));
    onEvent({ type: "phase:end", phase, cached: false, elapsedMs: 1, runId: "" });
  }
  return {};
}

async function driven(lanes: readonly Partial<Lane>[]) {
  const endings = new Map<number, Ending>();
  const events: StudyEvent[] = [];
  await drive({
    ...{ runs, there: [], over: [], signal: new AbortController().signal, onEvent: () => {} },
    lanes: lanes.map((lane) => ({ run: make, stop: () => Promise.resolve(), ...lane } as Lane)),
    emit: (event) => void events.push(event),
    onEnding(run, ending) {
      assert(!endings.has(run), "a run ends once");
      endings.set(run, ending);
    },
  });
  return { endings, events };
}

Deno.test("a lane without memory waits for it, and says so once", async () => {
  let asked = 0;
  const shortOf = () => ++asked <= 3 ? { neededBytes: 2, freeBytes: 1 } : undefined;
  const { endings, events } = await driven([{}, { shortOf }]);
  assertEquals(endings.size, 3);
  assertEquals(events.filter(({ type }) => type === "study/memory").length, 1);
  assert(asked > 1);
});

Deno.test("a run whose worker is lost is done by another one, three times at most", async () => {
  let lost = 0;
  const dying: Lane["run"] = () => Promise.reject(new WorkerLost(`loss ${++lost}`));
  const { endings, events } = await driven([{
    run: (run, onEvent) => lost < 2 ? dying(run, onEvent) : make(run, onEvent),
  }]);
  assertEquals([...endings.values()].map((ending) => "made" in ending), [true, true, true]);
  assertEquals(events.filter(({ type }) => type === "study/worker-lost").length, 2);

  const never = await driven([{ run: dying }]);
  // All need the phase at which the first one's workers die.
  assertEquals(lost, 2 + 3);
  const errors = [...never.endings.values()].map((ending) => Object(ending).error.code);
  assertEquals(errors, new Array(3).fill("ERR_STUDY_WORKER"));
});

Deno.test("a worker of another program ends the study", async () => {
  const error = new EspalierError("ERR_STUDY_WORKER", "another");
  await assertRejects(
    () => driven([{ run: () => Promise.reject(error) }]),
    EspalierError,
    "another",
  );
});
