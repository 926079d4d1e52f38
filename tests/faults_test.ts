// The short form of `deno task faults`.
import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../core/testing.ts";
import { campaign, countsOf, faultTable } from "../tools/faults/campaign.ts";
import { FAULTS } from "../tools/faults/catalogue.ts";
import { start } from "../tools/faults/child.ts";
import { differences, outcomeOf } from "../tools/faults/outcome.ts";

Deno.test("a run that is killed, with damaged states too, ends as one that was not", async () => {
  const names = ["killed at a random time", "killed, its checkpoints damaged"];
  const faults = FAULTS.filter(({ name }) => names.includes(name));
  assertEquals(faults.length, names.length);
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const rows = await campaign({ engine: "wasm", ranks: 1, kills: 2, seed: 1, faults, say });
  const { passed, failed } = countsOf(rows);
  assertEquals(failed, 0, said.join("\n"));
  assert(passed >= 2, faultTable(rows));
});

Deno.test("the comparison sees another seed, another loss and a file too many", () =>
  withFolder(async (folder) => {
    const run = async (name: string, seed: number) => {
      const directory = `${folder}/${name}/run`;
      assertEquals((await start({ directory, engine: "wasm", ranks: 1, seed }).end).code, null);
      return directory;
    };
    const directory = await run("one", 1);
    const one = await outcomeOf(directory);
    const other = differences(one, await outcomeOf(await run("two", 2)));
    for (const name of ["weights.bin", "epochs", "stored"]) assert(other.includes(name), name);

    const journal = `${directory}/journal.jsonl`;
    const text = await Deno.readTextFile(journal);
    await Deno.writeTextFile(journal, text.replace(/("train:epoch".*?"loss":\d\.)/, "$11"));
    assertEquals(differences(one, await outcomeOf(directory)), ["epochs"]);
    await Deno.writeTextFile(journal, text);
    assertEquals(differences(one, await outcomeOf(directory)), []);
    await Deno.writeTextFile(`${folder}/one/artifacts/x.part`, "");
    assertEquals(differences(one, await outcomeOf(directory)), ["stored"]);
  }));

Deno.test("a campaign fails by what differs, dies or has a wrong code", () => {
  const good = { broken: 3, survived: true, differing: [], lost: [10, 30, 20], remarks: [] };
  const counts = (...results: (typeof good)[]) => countsOf([{ name: "x", results }]);
  assertEquals(counts(good, good), { passed: 6, failed: 0 });
  assertEquals(counts(good, { ...good, survived: false }), { passed: 3, failed: 3 });
  assertEquals(counts({ ...good, differing: ["epochs"] as never[] }), { passed: 0, failed: 3 });
  const odd = { ...good, broken: 0, remarks: ["ENOSPC"] as never[] };
  assertEquals(counts(good, odd), { passed: 3, failed: 1 });
  const rows = [{ name: "x", results: [good] }, { name: "y", results: undefined }];
  assertEquals(countsOf(rows), { passed: 3, failed: 0 });
  const [, x, y] = faultTable(rows).split("\n");
  assertEquals(x!.trim().split(/ {2,}/), ["x", "3", "1", "3", "3", "0.02 s", "0.03 s"]);
  assertEquals(y, "y      skipped: no C compiler on Linux");
});
