import { EspalierError } from "@espalier/core";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { channelCost, DATA, stemSpace, TOY, withFolder } from "../../core/testing.ts";
import { createStudy } from "../study.ts";
import { CONFIG, drawing, greedy, thorough, tune } from "../testing.ts";
import { readStudy, studyFromData } from "./from_data.ts";
import { studyJsonSchema } from "./json_schema.ts";
import { factoriesOf, type Registry } from "./registry.ts";

const REGISTRY: Registry = {
  plugin: factoriesOf({ greedy, thorough, tune, stemSpace, channelCost, other: () => 1 }),
  network: { toy: () => TOY },
  data: { toy: () => Promise.resolve(DATA) },
  base: { plain: () => CONFIG.base },
  phase: Object.fromEntries(drawing().phases.map((phase) => [phase.name, () => phase])),
};

const STUDY = {
  $schema: "./study.schema.json",
  network: "toy",
  data: { use: "toy" },
  budgets: [{ cost: "channels", target: 0.5 }],
  base: "plain",
  seeds: [1, 2, 3],
  axes: {
    strategy: { greedy: "greedy", thorough: { use: "thorough", options: { gain: 0.1 } } },
    tuning: { no: [], yes: [{ use: "tune", options: { gain: 0.05 } }] },
  },
  baseline: { strategy: "greedy" },
  phases: ["teach", "find", "evaluate"],
};
const read = (changes: object = {}) =>
  studyFromData({ ...STUDY, ...changes }, { registry: REGISTRY });

Deno.test("a study as data is the same as in code", async () => {
  const study = await read();
  const code = createStudy({ ...CONFIG, pipeline: drawing() });
  assertEquals(study.cells, code.cells);
  assertEquals(study.baseline, code.baseline);
  const digests = async (some: Pick<typeof study, "plan">) =>
    (await some.plan()).runs.map(({ digest, folder }) => [digest, folder]);
  assertEquals(await digests(study), await digests(code as unknown as typeof study));
});

Deno.test("cells are left out, and parts are axes", async () => {
  const { cells } = await read({ leaveOut: [{ strategy: "thorough", tuning: "yes" }] });
  assertEquals(cells.length, 3);
  const { budgets, base, network: _, ...rest } = STUDY;
  const study = await studyFromData({
    ...rest,
    base: ["stem-space", "channel-cost", "greedy"],
    axes: {
      ...rest.axes,
      budget: { half: { budget: budgets[0] } },
      network: { toy: { network: "toy" } },
      engine: { cpu: { engine: { name: "cpu" } } },
    },
  }, { registry: REGISTRY });
  assertEquals(study.cells.length, 4);
  assertEquals(study.variant(study.cells[0]!).engine, { name: "cpu" });
  assertEquals(base, "plain");
});

Deno.test("a module's plugin is named by the module", () =>
  withFolder(async (folder) => {
    const url = new URL("../testing.ts", import.meta.url).href;
    await Deno.writeTextFile(`${folder}/mine.ts`, `export * from ${JSON.stringify(url)};`);
    const path = `${folder}/study.json`;
    const strategy = { own: { use: "thorough", from: "./mine.ts", options: { gain: 0.2 } } };
    await Deno.writeTextFile(path, JSON.stringify({ ...STUDY, axes: { strategy }, baseline: {} }));
    const study = await readStudy(path, REGISTRY);
    const { plugins } = study.variant(study.cells[0]!);
    assertEquals(plugins.at(-1)!.options, { gain: 0.2 });
  }));

/** What is refused, and what the message says. */
const REFUSED: readonly (readonly [object, string])[] = [
  [{ axes: { s: { a: "gredy" } } }, 'Did you mean "greedy"? Known: channel-cost, greedy'],
  [{ axes: { s: { a: { use: "greedy", options: { gan: 1 } } } } }, 'did you mean "gain"?'],
  [{ network: "tory" }, 'network must be known by its name: "tory" is not. Did you mean "toy"?'],
  [{ data: "cifar" }, "Known: toy"],
  [{ base: "tas" }, "Known: plain"],
  [{ phases: ["teach", "fnd"] }, 'Did you mean "find"?'],
  [{ seed: [1] }, 'did you mean "seeds"?'],
  [{ budgets: [{ cost: "channels" }] }, "budgets[0].target"],
  [{ axes: { s: { a: { use: "x", from: "./missing.ts" } } } }, "missing.ts"],
];

Deno.test("unknown names are answered with the known ones, wrong forms with the place", async () => {
  for (const [changes, text] of REFUSED) {
    const error = await assertRejects(() => read(changes), EspalierError);
    assertStringIncludes(error.message, text);
  }
  const missing = await assertRejects(() => readStudy("/nowhere.json", REGISTRY), EspalierError);
  assertStringIncludes(missing.message, "no such file");
});

Deno.test("the schema for editors has the names, and the options of each plugin", () => {
  const { $defs } = studyJsonSchema(REGISTRY) as { $defs: Record<string, { anyOf: object[] }> };
  const [names, ...forms] = $defs.plugin!.anyOf as { enum: string[]; properties: object }[];
  assertEquals(names!.enum, ["channel-cost", "greedy", "stem-space", "thorough", "tune"]);
  const one = forms.find(({ properties }) => JSON.stringify(properties).includes('"greedy"'));
  assertStringIncludes(JSON.stringify(one), '"gain"');
  assert(!JSON.stringify(forms).includes("$schema"));
});
