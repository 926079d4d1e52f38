import { assert, assertRejects } from "@std/assert";
import { EspalierError } from "@espalier/core";
import { useEngine } from "@espalier/engines";
import { casesOf, runCase } from "./oracle/mod.ts";

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
