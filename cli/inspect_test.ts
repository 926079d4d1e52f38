import { conv } from "@espalier/blueprint";
import type { Blueprint, BlueprintNode } from "@espalier/core";
import { importModel } from "@espalier/import";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { howItRuns, type NetworkData, networkData } from "./network_data.ts";
import { espalier, MODELS } from "./testing.ts";

/** What is known of a model; `tests/fixtures/models/README.md`. */
interface Expected {
  readonly params: number;
  readonly macs: number;
  readonly groups: readonly { readonly members: readonly { readonly layer: string }[] }[];
  readonly frozen: readonly { readonly layer: string }[];
}

/** What a model's files say, as far as nobody has to import them. */
interface ModelFile {
  readonly weightsManifest: readonly {
    readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[];
  }[];
}

const json = (path: string) => JSON.parse(Deno.readTextFileSync(path));

const sizeOf = (shape: readonly number[]) => shape.reduce((size, n) => size * n, 1);

function statisticsOf({ weightsManifest }: ModelFile): number {
  return weightsManifest.flatMap(({ weights }) => weights)
    .filter(({ name }) => /moving_(mean|variance)$/.test(name))
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

const models = [...Deno.readDirSync(MODELS)].filter(({ isDirectory }) => isDirectory);
assertEquals(models.length, 15);

for (const { name } of models) {
  Deno.test(`espalier inspect tells costs, groups and what stays whole of ${name}`, async () => {
    const expected: Expected = json(`${MODELS}${name}/expected.json`);
    const { code, out, err } = await espalier("inspect", MODELS + name, "--json");
    assertEquals([code, err], [0, ""]);
    const { params, macs, groups, layers, notes }: NetworkData & { notes: string[] } = JSON.parse(
      out,
    );
    const statistics = statisticsOf(json(`${MODELS}${name}/model.json`));
    assertEquals([params, macs], [expected.params - statistics, expected.macs]);
    assertEquals(layers.reduce((sum, layer) => sum + layer.macs, 0), expected.macs);
    assertEquals(layers.reduce((sum, layer) => sum + layer.params, 0), params);

    const sorted = (sets: readonly (readonly string[])[]) =>
      sets.map((set) => [...set].sort().join(" + ")).sort();
    const wanted = expected.groups.map(({ members }) => members.map(({ layer }) => layer));
    assertEquals(sorted(groups), sorted(wanted));

    const whole = layers.filter((layer) => layer.whole !== undefined);
    const frozen = expected.frozen.map(({ layer }) => layer);
    assertEquals(whole.map(({ layer }) => layer).filter((layer) => !frozen.includes(layer)), []);
    assert(whole.length > 0 && whole.every((layer) => layer.whole !== ""));

    const table = await espalier("inspect", `${MODELS}${name}/model.json`);
    assertEquals([table.code, table.err], [0, notes.map((note) => `note: ${note}\n`).join("")]);
    for (const { layer, whole: why } of whole) {
      assert(
        table.out.includes(`- ${layer} (`) && table.out.includes(`: ${why}`),
        `${layer}: ${why}`,
      );
    }
    for (const { layer } of layers) assert(table.out.includes(`\n${layer} `), layer);
  });
}

Deno.test("networkData() says what an opaque layer keeps whole", async () => {
  await tf.setBackend("cpu");
  const { conv1d, dense, lstm } = tf.layers;
  const model = tf.sequential({
    layers: [
      conv1d({ name: "first", inputShape: [6, 2], filters: 4, kernelSize: 3 }),
      conv1d({ name: "second", filters: 3, kernelSize: 3 }),
      lstm({ name: "memory", units: 5 }),
      dense({ name: "last", units: 2 }),
    ],
  });
  const { blueprint } = await importModel(model);
  model.dispose();
  const { groups, layers } = networkData(blueprint);
  assertEquals(groups, [["first"]]);
  assertEquals(layers.map(({ layer, whole }) => [layer, whole]).slice(1), [
    ["first", undefined],
    ["second", '"memory" (LSTM) reads it'],
    ["memory", "TensorFlow.js runs it as it is"],
    ["last", "it is an output"],
  ]);
});

Deno.test("espalier inspect says what TensorFlow.js computes step by step", () => {
  const nodes: BlueprintNode[] = [
    { id: "images", op: "input", inputs: [], shape: [4, 4, 2] },
    conv({ id: "a", input: "images", channels: 3, kernel: 3, activation: "relu6" }),
    conv({ id: "b", input: "a", channels: 3, kernel: 3, activation: "swish" }),
    { id: "c", op: "concat", inputs: ["a", "b"] },
  ];
  const network = (count: number): Blueprint => ({
    ...{ name: "one", stages: [], nodes: nodes.slice(0, count), output: nodes[count - 1]!.id },
  });
  assertEquals(
    howItRuns(network(2)),
    "On native all nodes run by passes of the engine, without a tape.",
  );
  assertStringIncludes(howItRuns(network(4)), "2 of 4 nodes");
  assertStringIncludes(howItRuns(network(4)), "step by step: 1 conv, 1 concat;");
  const stepwise = networkData(network(4)).layers.filter(({ stepwise }) => stepwise);
  assertEquals(stepwise.map(({ layer }) => layer), ["b", "c"]);
});

Deno.test("networkData() tells the slices of a layer that meet different channels", async () => {
  await tf.setBackend("cpu");
  const { conv2d, concatenate, add, flatten, dense } = tf.layers;
  const input = tf.input({ name: "images", shape: [4, 4, 2] });
  const unit = (name: string, filters: number) =>
    conv2d({ name, filters, kernelSize: 1 }).apply(input) as tf.SymbolicTensor;
  const both = concatenate().apply([input, unit("a", 3)]) as tf.SymbolicTensor;
  const sum = add().apply([both, unit("c", 5)]) as tf.SymbolicTensor;
  const outputs = dense({ name: "last", units: 2 }).apply(flatten().apply(sum));
  const model = tf.model({ inputs: input, outputs: outputs as tf.SymbolicTensor });
  const { blueprint } = await importModel(model);
  model.dispose();
  const { groups, layers } = networkData(blueprint);
  assertEquals(groups, [["a", "c[2:5]"]]);
  const width = (name: string) => {
    const { group, whole, slices } = layers.find(({ layer }) => layer === name)!;
    return { group, whole, slices };
  };
  assertEquals(width("a"), { group: 1, whole: undefined, slices: undefined });
  assertEquals(width("c"), {
    ...{ group: undefined, whole: undefined },
    slices: [
      { from: 0, count: 2, whole: 'it meets the channels of "images" (input)' },
      { from: 2, count: 3, group: 1 },
    ],
  });
});
