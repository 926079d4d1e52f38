import { importModel } from "@espalier/import";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { unzipSync } from "fflate";
import { dirname } from "node:path";
import process from "node:process";
import { withFolder } from "../core/testing.ts";
import { inSearch, toyRun } from "../run-folders/testing.ts";
import { espalier, MODELS } from "./testing.ts";

const prune = (out: string) => [
  ...["prune", "model", "--target", "50%", "--out", out, "--engine", "wasm", "--epochs", "1"],
  ...["--data", "synthetic:train=60,test=40", "--method", "uniform"],
];

/** A folder to be in, with a copy of a model in `model/`. */
async function inFolder(fn: (folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/model`);
    for await (const { name } of Deno.readDir(`${MODELS}vgg_bn_dense`)) {
      await Deno.copyFile(`${MODELS}vgg_bn_dense/${name}`, `${folder}/model/${name}`);
    }
    const before = process.cwd();
    process.chdir(folder);
    try {
      await fn(await Deno.realPath(folder));
    } finally {
      process.chdir(before);
    }
  });
}

/** Forget what the last two phases made, as if the run had died before. */
async function forgetTheEnd(run: string, store: string): Promise<void> {
  const { phases } = JSON.parse(await Deno.readTextFile(`${run}/result.json`));
  for (const { key } of phases.slice(-2)) await Deno.remove(`${store}/${key}.artifact`);
  await Deno.remove(`${run}/result.json`);
  await Deno.remove(`${run}/model`, { recursive: true });
}

const weightsIn = async (run: string) => (await importModel(`${run}/model/model.json`)).weights;

Deno.test("espalier status, archive and resume take a run of espalier prune elsewhere", () =>
  inFolder(async (folder) => {
    const pruned = await espalier(...prune("smaller"));
    assertEquals(pruned.code, 0, pruned.err);
    const weights = await weightsIn("smaller");
    const done = await espalier("status", "smaller", "--json");
    assertEquals([done.code, done.err], [0, ""]);
    const { state, phases, starts } = JSON.parse(done.out);
    assertEquals([state, starts], ["done", 1]);
    assertEquals(phases.map(({ saved }: { saved: number }) => saved), phases.map(() => 1));
    assertEquals(
      (await espalier("gc", "smaller", "--dry-run")).out,
      "0 files, 0 B, would be removed\n",
    );

    await forgetTheEnd("smaller", "smaller/artifacts");
    const archived = await espalier("archive", "smaller", "--out", "smaller.zip");
    assertEquals([archived.code, archived.err], [0, ""]);
    assertMatch(archived.out, /^smaller\.zip: \d+ files, .*B\n$/);
    for (const [name, bytes] of Object.entries(unzipSync(await Deno.readFile("smaller.zip")))) {
      await Deno.mkdir(`${folder}/else/${dirname(name)}`, { recursive: true });
      await Deno.writeFile(`${folder}/else/${name}`, bytes);
    }
    process.chdir("else"); // "model" and "smaller" of the command are not here.
    const resumed = await espalier("resume", "smaller");
    assertEquals(resumed.code, 0, resumed.err);
    assertEquals(resumed.err.match(/already in the store/g)?.length, phases.length - 2);
    assertEquals(process.cwd(), `${folder}/else`);
    assertEquals(await weightsIn("smaller"), weights);
    assert(resumed.out.includes(`Model     ${folder}/else/smaller/model/`));
    const again = JSON.parse((await espalier("status", "smaller", "--json")).out);
    assertEquals([again.state, again.starts], ["done", 2]);
  }));

Deno.test("espalier resume refuses a run that a program began, and says what to do", () =>
  withFolder(async (folder) => {
    await toyRun(`${folder}/run`, { stopAt: inSearch });
    const { code, out, err } = await espalier("resume", `${folder}/run`);
    assertEquals([code, out], [1, ""]);
    assertMatch(
      err,
      /^error: Cannot resume .* Start the program .*again.* \[ERR_CONFIG_INVALID\]\n$/,
    );

    const status = await espalier("status", `${folder}/run`);
    assertEquals([status.code, status.err], [0, ""]);
    assertMatch(status.out, /^Run +.*: toy on .*, seed 1, started once\nState +stopped; /);
    assertMatch(
      status.out,
      /^Phases +pretrain +done, .*B\n(.*\n)? +search +begun: 50 % done, 50 % on the /m,
    );
    assertMatch(status.out, /^ +derive +later\n/m);
    assertMatch(status.out, /^Size +.* kB in all\nWritten +2\d\d\d-.* ago\n$/m);

    await toyRun(`${folder}/run`);
    await Deno.remove(`${folder}/run`, { recursive: true });
    const shown = await espalier("gc", folder, "--dry-run");
    assertMatch(shown.out, /^.*\.artifact {2}.*B\n(.*\n)*7 files, .* would be removed\n$/);
    const removed = await espalier("gc", folder);
    assertStringIncludes(removed.out, "7 files, ");
    assertEquals([...Deno.readDirSync(`${folder}/artifacts`)], []);
  }));

Deno.test("espalier prune that is refused does not change how a run is resumed", () =>
  inFolder(async () => {
    const command = () => Deno.readTextFile("smaller/command.json");
    assertEquals((await espalier(...prune("smaller"))).code, 0);
    const before = await command();
    assertEquals((await espalier(...prune("smaller"), "--seed", "2")).code, 1);
    assertEquals(await command(), before);
    await Deno.writeTextFile("smaller/command.json", "{");
    assertMatch(
      (await espalier("resume", "smaller")).err,
      /is damaged.* \[ERR_CONFIG_INVALID\]\n$/,
    );
  }));
