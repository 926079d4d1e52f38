/**
 * The sources of a new plugin.
 *
 * @module
 */
import type { Piece } from "./piece.ts";

/** Entry of the new plugin: written so that it is not taken for an import of this file. */
const ENTRY = "./mod.ts";

/** Functions of `@espalier/blueprint` that a service may call. */
const BLUEPRINT = ["channelsName", "isMaker", "layerOf", "sliceOf", "widthGroups"];

const uses = (text: string, name: string): boolean => new RegExp(`\\b${name}\\b`).test(text);

/** Whether a piece needs the package of networks. */
export const needsBlueprint = ({ service }: Piece): boolean =>
  BLUEPRINT.some((name) => uses(service, name));

/** Whether a text computes with tensors. */
const computes = (text: string): boolean => /\btf\./.test(text);

/** Whether a piece needs TensorFlow.js. */
export const needsTensors = ({ formula, service }: Piece): boolean => computes(formula + service);

/** A line that imports names, in order; empty without any. */
function importing(names: readonly string[], from: string): string {
  const bare = (name: string) => name.replace("type ", "");
  const sorted = [...names].sort((a, b) => bare(a).toLowerCase() < bare(b).toLowerCase() ? -1 : 1);
  if (sorted.length === 0) return "";
  const line = `import { ${sorted.join(", ")} } from "${from}";\n`;
  return line.length <= 101
    ? line
    : `import {\n${sorted.map((name) => `  ${name},\n`).join("")}} from "${from}";\n`;
}

/** Lines that import TensorFlow.js as far as a text needs it. */
function importingTensors(text: string): string {
  const types = ["Scalar", "Tensor"].filter((name) => new RegExp(`[:<(] ?${name}\\b`).test(text));
  const value = computes(text) ? 'import * as tf from "@tensorflow/tfjs";\n' : "";
  const list = types.length > 0
    ? `import type { ${types.join(", ")} } from "@tensorflow/tfjs";\n`
    : "";
  return value + list;
}

function optionsFile({ option: { name, doc, schema, fallback } }: Piece): string {
  return `import * as z from "zod";

/** Validated options of the plugin. */
export interface MyPluginOptions {
  /**
   * ${doc}
   *
   * @default {${fallback}}
   */
  readonly ${name}: number;
}

/** Options as the user writes them. */
export type MyPluginOptionsInput = { [K in keyof MyPluginOptions]?: MyPluginOptions[K] | undefined };

/** Schema of {@linkcode MyPluginOptions}. */
export const myPluginOptionsSchema: z.ZodType<MyPluginOptions, MyPluginOptionsInput> = z
  .strictObject({
    ${name}: z.${schema}.default(${fallback}).describe("${doc.replace(/\.$/, "")}"),
  });
`;
}

function setupOf({ provides, event, setup }: Piece): string {
  if (setup !== undefined) return setup;
  const emit = event === undefined ? "" : ", (event) => context.emit(event)";
  return `  setup(context, options) {
    context.provide(${provides}Token, () => createMyPlugin(options${emit}));
  },
`;
}

function modFile(piece: Piece): string {
  const { summary, provides, core = [], service, functions, event = "", makes = "" } = piece;
  const tokens = provides === undefined ? [] : [`type ${provides}`, `${provides}Token`];
  const more = [...event && ["MyPluginEvent"], ...makes && ["HasMyPlugin"]];
  const factory = ["MyPluginOptionsInput", ...more].join(", ");
  const definition = ["MyPluginOptions", "MyPluginOptionsInput", ...more].join(", ");
  return `/**
 * ${summary}.
 *
 * @module
 */
${importing(BLUEPRINT.filter((name) => uses(service, name)), "@espalier/blueprint")}${
    importing(["definePlugin", "type PluginFactory", ...tokens, ...core], "@espalier/core")
  }${importingTensors(service)}${importing(functions, "./my_plugin.ts")}import {
  type MyPluginOptions,
  type MyPluginOptionsInput,
  myPluginOptionsSchema,
} from "./options.ts";

export { ${functions.join(", ")} } from "./my_plugin.ts";
export type { MyPluginOptions, MyPluginOptionsInput } from "./options.ts";

${[event, makes, service].filter((text) => text !== "").join("\n")}
/** ${provides ? `Plugin that provides a \`${provides}\`. ` : ""}${summary}. */
export const myPlugin: PluginFactory<${factory}> = definePlugin<
  ${definition.split(", ").join(",\n  ")}
>({
  name: "my-plugin",
  version: "1",
  contracts: "^1",
  provides: [${provides === undefined ? "" : `${provides}Token`}],
  options: myPluginOptionsSchema,
${setupOf(piece)}});
`;
}

const RUNNER = `import assert from "node:assert/strict";\nimport { test } from "node:test";\n`;
const BACKEND = '\nawait tf.setBackend("cpu");\n';
const TENSORS = 'import * as tf from "@tensorflow/tfjs";\n';

function modTestFile({ kit, kitSetup, beside = [], option }: Piece): string {
  return `${importing(beside, "@espalier/espalier")}${
    importing([kit, "pluginConformance"], "@espalier/testing")
  }${TENSORS}import { test } from "node:test";
import { myPlugin } from "${ENTRY}";
${BACKEND}
const checks = [
  ...pluginConformance({
    factory: myPlugin,
    valid: [{ ${option.name}: ${option.fallback} }],
    invalid: [{ ${option.name}: ${option.refused} }],
  }),
  ...${kit}(${kitSetup}),
];
for (const { name, fn } of checks) test(name, fn);
`;
}

function formulaTestFile({ formulaTest, functions }: Piece): string {
  const tensors = computes(formulaTest);
  return `${tensors ? TENSORS : ""}${RUNNER}${importing(functions, "./my_plugin.ts")}${
    tensors ? BACKEND : ""
  }
${formulaTest}`;
}

const ROOT = ["createPruner", "reportTable", "resnet", "synthetic", "tas", "useEngine"];

function exampleFile({ plugins, uses, cost = "macs" }: Piece): string {
  return `// A small run with the plugin, of two epochs a phase.
${importing([...ROOT, ...uses], "@espalier/espalier")}import { myPlugin } from "${ENTRY}";

const PARTS = tas({ recipe: "quick", epochs: { pretrain: 2, search: 2, train: 2 } });

await useEngine();
const pruner = createPruner({
  network: resnet({ depth: 8, classes: 3, size: 8 }),
  data: synthetic({ classes: 3, shape: [8, 8, 3], train: 240, test: 60 }),
  budget: { cost: "${cost}", target: ${cost === "macs" ? 0.55 : 0.8} },
  plugins: ${plugins},
});
const { report } = await pruner.run({ seed: 1 }).result;
console.log(reportTable(report));
`;
}

/** Sources of a plugin by path, with `my-plugin` in the place of its name. */
export function sourcesOf(piece: Piece): Readonly<Record<string, string>> {
  return {
    "mod.ts": modFile(piece),
    "options.ts": optionsFile(piece),
    "my_plugin.ts": piece.formula,
    "mod_test.ts": modTestFile(piece),
    "my_plugin_test.ts": formulaTestFile(piece),
    "example.ts": exampleFile(piece),
  };
}
