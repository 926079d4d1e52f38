import { createPruner, tas } from "@espalier/espalier";
import { toyData, toyNetwork } from "@espalier/testing";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { withFolder } from "../core/testing.ts";
import { espalier } from "./testing.ts";

await tf.setBackend("cpu");

const run = async (directory: string) => {
  await using pruner = createPruner({
    network: toyNetwork(),
    data: toyData(),
    budget: { cost: "macs", target: 0.6, tolerance: 0.2 },
    plugins: tas({ recipe: "quick", epochs: { pretrain: 1, search: 2, train: 1 } }),
  });
  await pruner.run({ seed: 1, directory }).result;
};

Deno.test("espalier report tells and draws a run of the library, as far as its files are there", () =>
  withFolder(async (folder) => {
    const directory = `${folder}/run`;
    await run(directory);
    const all = await espalier("report", directory);
    assertEquals([all.code, all.err], [0, ""]);
    for (const name of ["unpruned", "pruned, no teacher", "pruned, taught"]) {
      assertMatch(all.out, new RegExp(`^${name}, here  .*\\(.*\\)$`, "m"));
    }
    assertStringIncludes(all.out, `Pictures  ${directory}/widths.svg, ${directory}/search.svg\n`);
    const page = await Deno.readTextFile(`${directory}/report.html`);
    assertEquals(page.match(/<svg/g)?.length, 2);

    await Deno.remove(`${folder}/artifacts`, { recursive: true });
    const less = await espalier("report", directory);
    assertEquals([less.code, less.err], [0, ""]);
    assertStringIncludes(less.out, `Pictures  ${directory}/search.svg\n`);

    await Deno.writeTextFile(`${directory}/result.json`, "{");
    const damaged = await espalier("report", directory);
    assertEquals([damaged.code, damaged.out], [1, ""]);
    assert(/it is damaged.* \[ERR_REPORT_EMPTY\]\n$/.test(damaged.err), damaged.err);
  }));
