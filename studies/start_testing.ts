/** Programs of their own that the tests start, listen to and kill. */
import type { StudyTable } from "./results/table.ts";

/** A line that the program wrote. */
export interface Line {
  readonly type?: string;
  readonly cell?: Readonly<Record<string, string>>;
  readonly seed?: number;
  readonly table?: StudyTable;
  readonly event?: { readonly type: string; readonly phase?: string; readonly done?: number };
}

export interface Program {
  readonly child: Deno.ChildProcess;
  /** Resolves to the first line that is one. */
  line(isOne: (line: Line) => boolean): Promise<Line>;
  /** Its table, as far as it does not depend on time; undefined if it wrote none. */
  end(): Promise<{ readonly code: number; readonly rows: unknown; readonly errors: string }>;
}

/** Start a program. */
export function startProgram(path: string, args: readonly string[]): Program {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", path, ...args],
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

export const isHalfway = ({ event }: Line) =>
  event?.type === "phase:checkpoint" && event.phase === "count" && event.done === 0.5;

/** Steps that were done, by what they count for. */
export async function steps(folder: string): Promise<readonly string[]> {
  return (await Deno.readTextFile(`${folder}.steps`)).trim().split("\n");
}

/** Runs at work, and the processes that have them. */
export async function owners(folder: string): Promise<readonly { path: string; pid: number }[]> {
  const found: { path: string; pid: number }[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    const text = await Deno.readTextFile(`${path}/run.lock`).catch(() => "");
    if (text.trim() !== "") found.push({ path, pid: JSON.parse(text).pid });
  }
  return found;
}

/** Let programs of a folder go on beyond their half. */
export const letGo = (folder: string) => Deno.writeTextFile(`${folder}.go`, "");

/** Who has the run that an event tells of. */
export async function ownerOf(folder: string, { cell, seed }: Line) {
  const name = new RegExp(`/${cell!["strategy"]}-${cell!["tuning"]}-.*-seed${seed}$`);
  return (await owners(folder)).find(({ path }) => name.test(path))!;
}
