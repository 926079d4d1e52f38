import { readJournal } from "@espalier/core";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import process from "node:process";
import { withFolder } from "../core/testing.ts";
import { ignore, startOnTerminal, suffix, type Terminal } from "./pty_testing.ts";
import { stopOnSignal } from "./stop_on_signal.ts";

const CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Start the program of `terminal_testing.ts` on a terminal of its own. */
const start = (...args: readonly string[]): Terminal =>
  startOnTerminal(new URL("./terminal_testing.ts", import.meta.url), args);

for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test({
    name: `${name} on a terminal ends a run at its next step, with a clean journal${suffix}`,
    ignore,
    fn: () =>
      withFolder(async (folder) => {
        const terminal = start("steps", `${folder}/run`);
        await terminal.until("/10000");
        await terminal.send(name);
        assertEquals(await terminal.code, CODES[name]);
        const events = await readJournal(`${folder}/run`);
        assertEquals(events.at(-1)!.type, "run:abort");
        const text = terminal.text();
        // deno-lint-ignore no-control-regex -- what clears the bar, and what hides a cursor
        assert(!/\x1b\[\?(25|7)l/.test(text), "the terminal keeps its modes");
        const [, last] = text.split("STOPPING");
        assertStringIncludes(last!, "\x1b[2K");
        assertStringIncludes(last!.split("\x1b[2K").at(-1)!, "; the same command goes on\r\n");
        assert(!text.includes("NOT STOPPED"));
      }),
  });
}

Deno.test({
  name: `showProgress() alone swallows no signal${suffix}`,
  ignore,
  async fn() {
    const terminal = start("bare");
    await terminal.until("/10000");
    await terminal.send("SIGINT");
    assertEquals(await terminal.code, CODES.SIGINT);
  },
});

for (const way of ["deaf", "blocked"]) {
  Deno.test({
    name: `a second Ctrl-C ends a ${way} program at once${suffix}`,
    ignore,
    async fn() {
      const terminal = start(way);
      await terminal.until("/10000");
      await terminal.send("SIGINT");
      await terminal.until(way === "blocked" ? "BLOCKED" : "STOPPING");
      await terminal.send("SIGINT");
      assertEquals(await terminal.code, CODES.SIGINT);
      assert(!terminal.text().includes("NOT STOPPED"));
    },
  });
}

Deno.test("stopOnSignal() listens while the work goes on, and gives what it gives", async () => {
  const listeners = () => process.listenerCount("SIGINT");
  const before = listeners();
  const result = await stopOnSignal((signal) => Promise.resolve([signal.aborted, listeners()]));
  assertEquals(result, [false, before + 1]);
  const failure = new Error("no");
  assertEquals(await assertRejects(() => stopOnSignal(() => Promise.reject(failure))), failure);
  assertEquals(listeners(), before);
});
