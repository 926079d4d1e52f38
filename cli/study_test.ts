import { synthetic } from "@espalier/datasets";
import { studyFromData } from "@espalier/studies";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { withFolder } from "../core/testing.ts";
import { REGISTRY } from "./study_registry.ts";
import { espalier } from "./testing.ts";

const STUDY = {
  network: { use: "resnet", options: { depth: 8, classes: 2, size: 8 } },
  data: {
    use: "synthetic",
    options: { classes: 2, shape: [8, 8, 3], train: 64, test: 32, subset: { trainPerClass: 16 } },
  },
  budgets: [{ cost: "macs", target: "50%" }],
  base: { use: "tas", options: { recipe: "quick", epochs: { pretrain: 1, search: 1, train: 1 } } },
  seeds: [1],
  axes: { strategy: { uniform: "uniform", l1: ["importance-pruning", "l1-norm"] } },
  baseline: { strategy: "uniform" },
  phases: ["pretrain", "search", "derive", "train", "evaluate"],
  engine: { name: "wasm", ranks: 1 },
};

const withStudy = (changes: object, fn: (file: string) => Promise<void>) =>
  withFolder(async (folder) => {
    const file = `${folder}/widths.json`;
    await Deno.writeTextFile(file, JSON.stringify({ ...STUDY, ...changes }));
    await fn(file);
  });
const run = (file: string, ...more: readonly string[]) =>
  espalier("study", "run", file, "--engine", "wasm", ...more);

Deno.test("espalier study run tells the plan, does the study, and then has it", () =>
  withStudy({}, async (file) => {
    const before = await run(file, "--plan");
    assertEquals(before.code, 0, before.err);
    assertMatch(before.out, /^2 cells × 1 seeds: 2 runs\n[^]*\npretrain +2 +1 +0 +\? +\?\n/);
    const { code, out, err } = await run(file, "--workers", "0");
    assertEquals(code, 0, err);
    assertMatch(err, /\n2\/2 {2}strategy=(l1|uniform), seed 1: /);
    assertStringIncludes(out, "| l1 | ");
    assert((await Deno.stat(file.replace(".json", "/study.html"))).size > 0);
    const after = await run(file, "--plan");
    assertMatch(after.out, /\npretrain +2 +1 +1 +\d[^]*Everything is there/);
  }));

Deno.test("espalier study run refuses names that it does not know, in one line", () =>
  withStudy({ network: "resnet20" }, async (file) => {
    const { code, err } = await run(file, "--plan");
    assertEquals(code, 1);
    assertMatch(
      err,
      /"resnet20" is not\. Did you mean "resnet"\? Known: .*\[ERR_CONFIG_INVALID\]\n$/,
    );
  }));

Deno.test("espalier study schema describes every plugin", async () => {
  const { code, out } = await espalier("study", "schema");
  assertEquals(code, 0);
  const names = JSON.parse(out).$defs.plugin.anyOf[0].enum as string[];
  for (const name of ["kd", "differentiable-search", "onnx-file"]) assert(names.includes(name));
});

Deno.test("the study in docs/studies.md is one", async () => {
  const text = await Deno.readTextFile(new URL("../docs/studies.md", import.meta.url));
  const data = JSON.parse(/```json\n([^]*?)```/.exec(text)![1]!);
  delete data.axes.strategy.mine; // of a module that is not there
  const cifar10 = () => synthetic({ classes: 10, shape: [32, 32, 3], train: 5000, test: 10 });
  const registry = { ...REGISTRY, data: { cifar10 } };
  const { cells } = await studyFromData(data, { registry });
  assertEquals(cells.length, 2 * 2 * 2);
});

Deno.test("espalier study without a command is wrong usage", async () => {
  assertEquals((await espalier("study", "rnu")).code, 2);
});
