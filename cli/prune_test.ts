import { costOf } from "@espalier/blueprint";
import { readJournal } from "@espalier/core";
import { importModel } from "@espalier/import";
import { macs, params } from "@espalier/plugin-flops";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { unzipSync } from "fflate";
import * as ort from "onnxruntime-web";
import { withFolder } from "../core/testing.ts";
import { ignore, startOnTerminal, suffix } from "../reports/pty_testing.ts";
import { METHODS } from "./methods.ts";
import { espalier, MODELS } from "./testing.ts";

/** Multiply-adds of the models, by their `expected.json`. */
const VGG = { name: "vgg_bn_dense", macs: 370_856 };
const RESNET = { name: "resnet_preact", macs: 1_390_752 };

const prune = ({ name }: typeof VGG, out: string, ...more: readonly string[]) => [
  ...["prune", MODELS + name, "--target", "50%", "--out", out, "--engine", "wasm"],
  ...["--data", "synthetic:train=120,test=40", "--epochs", "1", ...more],
];

async function macsIn(folder: string): Promise<number> {
  const { blueprint } = await importModel(`${folder}/model.json`);
  return costOf(blueprint, { name: "macs", unit: "multiply-adds", cost: macs }).total;
}

const exists = (path: string) => Deno.stat(path).then(() => true, () => false);

/** Numbers that a model in ONNX gives for one image of zeros. */
async function outputsOfOnnx(path: string): Promise<number> {
  const session = await ort.InferenceSession.create(await Deno.readFile(path));
  const [name] = session.inputNames as [string];
  const images = new ort.Tensor("float32", new Float32Array(16 * 16 * 3), [1, 16, 16, 3]);
  const outputs = await session.run({ [name]: images });
  await session.release();
  return outputs[session.outputNames[0]!]!.data.length;
}

const filesOfKeras = async (path: string) => Object.keys(unzipSync(await Deno.readFile(path)));

for (const method of METHODS) {
  Deno.test(`espalier prune --method ${method} ends inside the budget`, () =>
    withFolder(async (folder) => {
      const out = `${folder}/smaller`;
      const { code, err } = await espalier(...prune(RESNET, out, "--method", method));
      assertEquals(code, 0, err);
      const share = await macsIn(`${out}/model`) / RESNET.macs;
      assert(share >= 0.475 && share <= 0.525, `${share}`);
      // What starts is told after the plan.
      assertMatch(
        err,
        /^Network .*\nData .*\nTask .*\nBudget .*\nReachable .*\nMethod .*\nWhole +logits\n/,
      );
      assert(err.indexOf("Reachable") < err.indexOf("import "));
      assertMatch(err, /\nsearch +done in .*\n.*\nderive/s);
    }));
}

Deno.test("espalier prune --limit holds other costs, which the plan tells with what is reachable", () =>
  withFolder(async (folder) => {
    const out = `${folder}/smaller`;
    const limits = ["--limit", "params=45%", "--limit", "peakMemory=30kB", "--method", "uniform"];
    const { code, out: table, err } = await espalier(...prune(RESNET, out, ...limits));
    assertEquals(code, 0, err);
    assertMatch(
      err,
      /\nLimits +params at most [\d.]+ parameters \(45\.0 %; reachable from [\d.]+ % on\); peakMemory at most 30000 bytes /,
    );
    assertMatch(table, /^At most: parameters .* \(45\.0 %\), memory 30\.0 kB /m);
    const paramsIn = async (path: string) => {
      const { blueprint } = await importModel(path);
      return costOf(blueprint, { name: "params", unit: "parameters", cost: params }).total;
    };
    const share = await paramsIn(`${out}/model/model.json`) /
      await paramsIn(`${MODELS}${RESNET.name}/model.json`);
    assert(share <= 0.45, `${share}`);
    const refused = await espalier(...prune(RESNET, `${out}-2`, "--limit", "peakMemory=1kB"));
    assertEquals(refused.code, 1);
    assertMatch(
      refused.err,
      /Cannot hold the limit of peakMemory .* \[ERR_BUDGET_UNREACHABLE\]\n$/,
    );
  }));

Deno.test("espalier measure writes times, by which espalier prune reaches a budget of time", () =>
  withFolder(async (folder) => {
    const times = `${folder}/latency.json`;
    const few = ["--rounds", "1", "--engine", "cpu"];
    const measured = await espalier("measure", MODELS + RESNET.name, "--out", times, ...few);
    assertEquals(measured.code, 0, measured.err);
    assertMatch(
      measured.out,
      /^\d+\.\d{3} ms an image, spread \d+ %, \d+ kinds of layers on cpu, /,
    );
    const out = `${folder}/faster`, by = ["--method", "uniform", "--cost", "latency"];
    const { code, err } = await espalier(...prune(RESNET, out, ...by, "--latency", times));
    assertEquals(code, 0, err);
    assertMatch(err, /\nBudget +50\.0 % of [\d.]+ milliseconds \(latency\)/);
    await Deno.writeTextFile(times, "{}");
    const none = await espalier(...prune(RESNET, `${out}-2`, ...by, "--latency", times));
    assertMatch(none.err, /no engine|have several|There are: none/);
    await Deno.writeTextFile(times, "[]");
    const damaged = await espalier(...prune(RESNET, `${out}-2`, ...by, "--latency", times));
    assertMatch(damaged.err, /Cannot read times from .* \[ERR_CONFIG_INVALID\]\n$/);
  }));

Deno.test("espalier prune writes a folder that the other commands read, and goes on in it", () =>
  withFolder(async (folder) => {
    const out = `${folder}/smaller`;
    const command = prune(VGG, out, "--format", "onnx,keras", "--method", "uniform");
    const { code, out: table, err } = await espalier(...command);
    assertEquals(code, 0, err);
    assertMatch(table, /^unpruned .* 370\.9 k \(100\.0 %\)/m);
    assertMatch(table, /^pruned +\d+\.\d\d % .* \(\d\d\.\d %\) .* kB /m);
    for (const file of ["report.html", "widths.svg", "unpruned/model.json", "journal.jsonl"]) {
      assert(await exists(`${out}/${file}`), file);
    }
    assertEquals(await macsIn(`${out}/unpruned`), VGG.macs);
    assertEquals(await outputsOfOnnx(`${out}/model/model.onnx`), 10);
    assert((await filesOfKeras(`${out}/model/model.keras`)).includes("model.weights.h5"));

    await Deno.remove(`${out}/report.html`);
    const report = await espalier("report", out);
    assertEquals(report.code, 0, report.err);
    assertStringIncludes(table, report.out);
    assert(await exists(`${out}/report.html`));

    const again = await espalier(...command);
    assertEquals(again, { ...again, code: 0, out: table });
    assertEquals(again.err.match(/already in the store/g)?.length, 6);
    const other = await espalier(...command, "--seed", "2");
    assertEquals(other.code, 1);
    assertMatch(other.err, /seed \(1 there, 2 here\).* \[ERR_RUN_OTHER\]\n$/);
    assertEquals(await macsIn(`${out}/unpruned`), VGG.macs);

    const { rows } = JSON.parse(await Deno.readTextFile(`${out}/result.json`)).result.report;
    const data = ["--data", "synthetic:train=120,test=40", "--engine", "wasm"];
    const measured = await espalier("evaluate", `${out}/model`, ...data, "--json");
    assertEquals(measured.code, 0, measured.err);
    const { metrics, costs, testImages } = JSON.parse(measured.out);
    assertEquals([metrics, costs, testImages], [rows[1].metrics, rows[1].costs, 40]);
    const shown = await espalier("evaluate", `${out}/model`, ...data);
    assertMatch(shown.out, /^vgg_bn_dense +\d+\.\d\d % /m);
    assert(!shown.out.includes("Budget"));
  }));

Deno.test("espalier convert writes what others read", () =>
  withFolder(async (folder) => {
    const model = `${MODELS}vgg_bn_dense`;
    const convert = async (to: string, out: string) => {
      const { code, out: told, err } = await espalier("convert", model, "--to", to, "--out", out);
      assertEquals([code, told, err], [0, `${out}\n`, ""]);
      return out;
    };
    assertEquals(await outputsOfOnnx(await convert("onnx", `${folder}/model.onnx`)), 10);
    const keras = await filesOfKeras(await convert("keras", `${folder}/model.keras`));
    assertEquals(keras.sort(), ["config.json", "metadata.json", "model.weights.h5"]);
    const tfjs = await convert("tfjs", `${folder}/model`);
    const [{ weights }, original] = await Promise.all(
      [tfjs, model].map((path) => importModel(`${path}/model.json`)),
    ) as [Awaited<ReturnType<typeof importModel>>, Awaited<ReturnType<typeof importModel>>];
    assertEquals(weights, original.weights);
  }));

Deno.test({
  name: `Ctrl-C ends espalier prune with 130, and the same command goes on${suffix}`,
  ignore,
  fn: () =>
    withFolder(async (folder) => {
      const out = `${folder}/smaller`;
      const long = prune(VGG, out, "--method", "uniform", "--epochs", "5000");
      const start = () => startOnTerminal(new URL("./main.ts", import.meta.url), long);
      const first = start();
      await first.until("/5000");
      await first.send("SIGINT");
      assertEquals(await first.code, 130);
      assertStringIncludes(first.text(), "; the same command goes on\r\n");
      assertEquals((await readJournal(out)).at(-1)!.type, "run:abort");
      const second = start();
      await second.until("already in the store");
      await second.until("/5000");
      await second.send("SIGINT");
      assertEquals(await second.code, 130);
    }),
});
