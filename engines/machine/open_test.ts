import { EspalierError } from "@espalier/core";
import { assertEquals, assertThrows } from "@std/assert";
import { hasInstructions } from "./available.ts";
import { openMachinePasses } from "./open.ts";
import { guardedRows, testMachine } from "./testing.ts";

Deno.test("hasInstructions() needs all of them on the line of flags", () => {
  const cpu = (flags: string) => `processor\t: 0\nmodel name\t: x\nflags\t\t: fpu ${flags} sse\n`;
  assertEquals(hasInstructions(cpu("avx512f avx512dq avx512vl")), true);
  assertEquals(hasInstructions(cpu("avx512f")), false);
  assertEquals(hasInstructions(cpu("avx2")), false);
  assertEquals(hasInstructions("processor : 0\nFeatures : asimd avx512f avx512vl\n"), false);
});

Deno.test("openMachinePasses() says what is missing where it is not allowed", async () => {
  const code = `import { machinePassesAvailable, openMachinePasses } from "./mod.ts";
try { openMachinePasses(); } catch ({ code }) { console.log(machinePassesAvailable(), code); }`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--no-prompt", "--allow-read", "-"],
    cwd: import.meta.dirname!,
    env: { NO_COLOR: "1" },
    ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(code));
  await input.close();
  const { stdout } = await child.output();
  assertEquals(new TextDecoder().decode(stdout), "false ERR_ENGINE_UNAVAILABLE\n");
});

testMachine("openMachinePasses() gives passes that do not depend on each other", () => {
  using x = guardedRows(Float32Array.of(1, 2, 3), 1);
  using first = openMachinePasses();
  const second = openMachinePasses();
  assertEquals([...second.moments(x, { rows: 3 }).sums], [6]);
  assertEquals([...first.moments(x, { rows: 3 }).sums], [6]);
  second[Symbol.dispose]();
  assertThrows(() => second.moments(x, { rows: 3 }), EspalierError, "was disposed");
  assertEquals([...first.moments(x, { rows: 3 }).sums], [6]);
});
