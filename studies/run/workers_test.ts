import { readJournal } from "@espalier/core";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { withFolder } from "../../core/testing.ts";
import type { StudyTable } from "../results/table.ts";

const PROGRAM = new URL("./program_testing.ts", import.meta.url).pathname;

/** A line that the program wrote. */
interface Line {
  readonly type?: string;
  readonly cell?: Readonly<Record<string, string>>;
  readonly seed?: number;
  readonly table?: StudyTable;
  readonly event?: { readonly type: string; readonly phase?: string; readonly done?: number };
}

interface Program {
  readonly child: Deno.ChildProcess;
  /** Resolves to the first line that is one. */
  line(isOne: (line: Line) => boolean): Promise<Line>;
  /** Its table, as far as it does not depend on time; undefined if it wrote none. */
  end(): Promise<{ readonly code: number; readonly rows: unknown; readonly errors: string }>;
}

/** Start the program. */
function start(...args: readonly string[]): Program {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", PROGRAM, ...args],
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  const lines: Line[] = [];
  const errors = new Response(child.stderr).text();
  let isOver = false;
  let wake = Promise.withResolvers<void>();
  async function read(): Promise<void> {
    let rest = "";
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      const pieces = (rest + part).split("\n");
      rest = pieces.pop()!;
      lines.push(...pieces.map((piece) => JSON.parse(piece)));
      wake.resolve();
      wake = Promise.withResolvers();
    }
  }
  const over = read().finally(() => {
    isOver = true;
    wake.resolve();
  });
  return {
    child,
    async line(isOne) {
      for (;;) {
        const found = lines.find(isOne);
        if (found !== undefined) return found;
        if (isOver) throw new Error(`the program ended: ${await errors}`);
        await wake.promise;
      }
    },
    async end() {
      const [{ code }] = await Promise.all([child.status, over]);
      const table = lines.find(({ table }) => table !== undefined)?.table;
      return { code, rows: table?.rows.map(({ spent: _, ...row }) => row), errors: await errors };
    },
  };
}

const isHalfway = ({ event }: Line) =>
  event?.type === "phase:checkpoint" && event.phase === "count" && event.done === 0.5;

/** Steps that were done, by what they count for. */
async function steps(folder: string): Promise<readonly string[]> {
  return (await Deno.readTextFile(`${folder}.steps`)).trim().split("\n");
}

/** Runs at work, and the processes that have them. */
async function owners(folder: string): Promise<readonly { path: string; pid: number }[]> {
  const found: { path: string; pid: number }[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    const text = await Deno.readTextFile(`${path}/run.lock`).catch(() => "");
    if (text.trim() !== "") found.push({ path, pid: JSON.parse(text).pid });
  }
  return found;
}

/** Two strategies and two seeds, 8 steps each. */
const ALL_STEPS = 32;

/** Let programs of a folder go on beyond their half. */
const letGo = (folder: string) => Deno.writeTextFile(`${folder}.go`, "");

Deno.test("a study whose workers, then whose own process are killed goes on, and ends the same", () =>
  withFolder(async (base) => {
    await letGo(`${base}/whole`);
    const whole = await start(`${base}/whole`, "0").end();
    assertEquals([whole.code, (await steps(`${base}/whole`)).length], [0, ALL_STEPS]);

    // A worker dies: another one goes on from its checkpoint.
    const study = `${base}/study`;
    const first = start(study, "2");
    const { cell, seed } = await first.line(isHalfway);
    const folder = new RegExp(`/${cell!.strategy}-${cell!.tuning}-.*-seed${seed}$`);
    const victim = (await owners(study)).find(({ path }) => folder.test(path));

    Deno.kill(victim!.pid, "SIGKILL");
    await first.line(({ type }) => type === "study/worker-lost");
    await first.line(({ event, type }) => type === "study/event" && event!.type === "run:resume");
    const resumed = (await readJournal(victim!.path)).find(({ type }) => type === "run:resume");
    assert(Object(resumed).done > 0);

    // The study's process is killed: its workers save their work and end.
    first.child.kill("SIGKILL");
    await first.end();
    for (let tries = 0; (await owners(study)).length > 0; tries++) {
      assert(tries < 100, "workers outlive their study");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }

    // It goes on, is stopped by Ctrl-C, and goes on.
    const second = start(study, "2");
    await second.line(({ event }) => event?.type === "run:resume");
    second.child.kill("SIGINT");
    assertEquals((await second.end()).code, 130);
    assertEquals(await owners(study), []);
    await letGo(study);
    const last = await start(study, "2").end();
    assertEquals([last.code, last.rows], [0, whole.rows], last.errors);
    assertEquals((await steps(study)).length, ALL_STEPS, "no step is done twice");
  }));

Deno.test("a run that kills its workers stands in the table with what is known", () =>
  withFolder(async (base) => {
    await letGo(`${base}/study`);
    const program = start(`${base}/study`, "1", "deadly");
    const { code, rows, errors } = await program.end();
    assertEquals(code, 0, errors);
    const failed = (rows as StudyTable["rows"]).filter(({ failed }) => failed.length > 0);
    assertEquals(failed.map(({ cell }) => cell["strategy"]), ["deadly", "deadly"]);
    for (const { error } of failed.flatMap(({ failed }) => failed)) {
      assertEquals(error.code, "ERR_STUDY_WORKER");
      assertStringIncludes(error.message, "code 3");
    }
  }));

Deno.test("a worker that would compute something else is refused", () =>
  withFolder(async (base) => {
    await letGo(`${base}/study`);
    const { code, errors } = await start(`${base}/study`, "1", "different").end();
    assertEquals(code, 1);
    assertStringIncludes(errors, "must compute what the study planned");
  }));
