import { assert, assertEquals, assertRejects } from "@std/assert";
import { EspalierError } from "@espalier/core";
import { useEngine } from "@espalier/engines";
import { Findings, TOLERANCES } from "./oracle/findings.ts";
import { casesOf, runCase, verdictsOf } from "./oracle/mod.ts";

await useEngine("wasm");
const folder = new URL("./fixtures/tas/", import.meta.url);

for (const { name: file } of Deno.readDirSync(folder)) {
  if (!file.endsWith(".json")) continue;
  Deno.test(`Espalier computes the numbers of the official implementation: ${file}`, async () => {
    const cases = await casesOf(new URL(file, folder).pathname);
    assert(cases.length > 0);
    for (const one of cases) {
      const { outcome, name, worst } = await runCase(file, one);
      assert(outcome !== "fail", `${name}: ${worst.what} is off by ${worst.error}`);
    }
  });
}

Deno.test("the oracle refuses a file of unknown kind", async () => {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(path, JSON.stringify({ kind: "horoscope" }));
  await assertRejects(() => casesOf(path), EspalierError, '"horoscope"');
  await Deno.remove(path);
});

Deno.test("the oracle takes an absent number or null as nothing to compare with", () => {
  const findings = new Findings();
  const compare = (actual: unknown, expected: unknown) =>
    findings.compare("x", { actual, expected, tolerance: TOLERANCES.value });
  compare(5, null);
  compare(5, undefined);
  assertEquals(findings.all.length, 0);
  compare([1, 7, 3], [1, null, 3]);
  assertEquals(findings.all[0]!.excess, 0);
  compare([1, 7], [1, null, 3]);
  assertEquals(findings.all[1]!.excess, Infinity);
});

Deno.test("the oracle names a case that it cannot read, and goes on with the others", async () => {
  const costs = JSON.parse(await Deno.readTextFile(new URL("costs.json", folder)));
  const path = await Deno.makeTempFile({ suffix: ".json" });
  const shapes = [{ ...costs.shapes[0], network: null }, costs.shapes[1]];
  await Deno.writeTextFile(path, JSON.stringify({ ...costs, shapes }));
  const outcomes = (await Array.fromAsync(verdictsOf(path))).map(({ outcome }) => outcome);
  await Deno.writeTextFile(path, "{");
  outcomes.push(...(await Array.fromAsync(verdictsOf(path))).map(({ outcome }) => outcome));
  await Deno.remove(path);
  assert(outcomes.includes("unreadable") && outcomes.at(-1) === "unreadable", outcomes.join());
  assert(outcomes.includes("pass"), outcomes.join());
});
