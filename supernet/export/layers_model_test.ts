import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { channelsName, conv, derive } from "@espalier/blueprint";
import type { Blueprint, BlueprintNode, HostTensor, PoolNode, Weights } from "@espalier/core";
import { createRandom, EspalierError } from "@espalier/core";
import { allDecisions, arbitraryBlueprint, arbitraryChoices } from "../../blueprint/testing.ts";
import { withFolder } from "../../core/testing.ts";
import { compile } from "../compile.ts";
import { inheritedWeights } from "../inherit.ts";
import { readersMasked } from "../readers_masked.ts";
import { stockLayersOf, toLayersModel } from "./layers_model.ts";
import { loadModel, loadNetwork, saveModel } from "./saved_model.ts";
import {
  arbitraryPool,
  assertClose,
  BLOCK_NETWORKS,
  ENDS,
  forward,
  imagesFor,
  inputsFor,
  isStock,
  network,
  predict,
  SEQUENCE,
  someWeights,
} from "./testing.ts";

await tf.setBackend("cpu");

async function assertSameLogits(blueprint: Blueprint, message?: string): Promise<void> {
  const weights = await someWeights(blueprint);
  const images = imagesFor(blueprint);
  assertClose(
    predict(blueprint, weights, images)[0]!,
    forward(blueprint, weights, images),
    message ?? blueprint.name,
  );
  images.dispose();
}

Deno.test("toLayersModel() computes what the compiled network does", async () => {
  const tensors = tf.memory().numTensors;
  await fc.assert(
    fc.asyncProperty(arbitraryBlueprint.filter(isStock), (each) => assertSameLogits(each)),
    { numRuns: 25 },
  );
  assertEquals(tf.memory().numTensors, tensors);
});

for (const blueprint of BLOCK_NETWORKS.filter(isStock)) {
  Deno.test(`toLayersModel() writes a block of ${blueprint.name}`, () =>
    assertSameLogits(blueprint));
}

Deno.test("toLayersModel() refuses the one activation that TensorFlow.js cannot load again", () => {
  const refused = BLOCK_NETWORKS.filter((blueprint) => !isStock(blueprint));
  assertEquals(refused.map(({ name }) => name), ["gelu-tanh"]);
  const error = assertThrows(() => stockLayersOf(refused[0]!), EspalierError, "gelu_new");
  assertEquals(error.code, "ERR_EXPORT_UNSUPPORTED");
});

Deno.test("toLayersModel() computes every operation on a sequence", async () => {
  const weights = await someWeights(SEQUENCE);
  const [words] = inputsFor(SEQUENCE);
  const images = words!.reshape([2, 1, 12, 3]) as tf.Tensor4D;
  assertClose(predict(SEQUENCE, weights, words!)[0]!, forward(SEQUENCE, weights, images));
  await withFolder(async (folder) => {
    await saveModel({ blueprint: SEQUENCE, weights }, folder);
    assertEquals((await loadNetwork(folder, SEQUENCE)).weights, weights);
  });
  tf.dispose([words, images]);
});

Deno.test("stockLayersOf() reshapes a sequence only where TensorFlow.js has no class for it", () => {
  const layers = stockLayersOf(SEQUENCE);
  const classes = layers.map(({ className }) => className);
  assertEquals(classes.filter((name) => name.endsWith("1D")), [
    ...["Conv1D", "Conv1D", "MaxPooling1D", "AveragePooling1D"],
    ...["GlobalAveragePooling1D", "GlobalMaxPooling1D"],
  ]);
  const reshapes = layers.filter(({ className }) => className === "Reshape");
  assertEquals(reshapes.map(({ name }) => name), [
    ...["causal.pad", "deep.pad", "most.pad", "back", "padded", "longer", "cut"]
      .flatMap((name) => [`${name}.rows`, `${name}.sequence`]),
    "folded",
  ]);
});

Deno.test("toLayersModel() takes and gives vectors, sequences and images", async () => {
  const weights = await someWeights(ENDS);
  const [words, facts] = inputsFor(ENDS);
  const [probabilities, tags, image] = predict(ENDS, weights, [words!, facts!]);
  using network = compile(ENDS, { random: createRandom(1) });
  network.write(weights);
  tf.tidy(() => {
    const entering = [words!.reshape([2, 1, 5, 3]), facts!.reshape([2, 1, 1, 4])] as tf.Tensor4D[];
    const options = { training: false, taps: ["tags", "image"] };
    const { logits, features } = network.forward(entering, options);
    const softmax = (x: tf.Tensor) => tf.softmax(x).dataSync() as Float32Array;
    assertClose(probabilities!, softmax(logits));
    assertClose(tags!, softmax(features.get("tags")!));
    assertClose(image!, features.get("image")!.dataSync() as Float32Array);
  });
  tf.dispose([words!, facts!]);
});

Deno.test("toLayersModel() writes every field of a convolution", async () => {
  const base = conv({ id: "a", input: "images", kernel: 3, channels: 4, activation: "relu6" });
  const uneven = { ...base, kernel: [3, 2], padding: [2, 0, 1, 3], bias: true } as const;
  await assertSameLogits(network({ ...uneven, strides: [2, 1] }), "strides");
  await assertSameLogits(network({ ...uneven, dilation: [2, 3] }), "dilation");
  const { channels: _, op: __, ...rest } = uneven;
  const depthwise = { ...rest, op: "depthwise-conv", strides: [2, 2] } as const;
  await assertSameLogits(network(depthwise), "depthwise");
});

Deno.test("toLayersModel() states epsilon, momentum and names", () => {
  const norm = { epsilon: 0.25, momentum: 0.75 };
  const blueprint = network({
    ...conv({ id: "s/b/a", input: "images", kernel: 1, channels: 1, norm, activation: "relu" }),
    padding: [1, 0, 0, 0],
  });
  const one = (length: number): HostTensor => ({
    shape: [length],
    values: new Float32Array(length).fill(1),
  });
  const model = toLayersModel(blueprint, {
    "s/b/a/kernel": { ...one(2), shape: [1, 1, 2, 1] },
    "s/b/a/norm/gamma": one(1),
    "s/b/a/norm/beta": one(1),
    "s/b/a/norm/mean": one(1),
    "s/b/a/norm/variance": one(1),
    "classifier/kernel": { ...one(49 * 3), shape: [49, 3] },
    "classifier/bias": one(3),
  });
  assertEquals(model.layers.map(({ name }) => name), [
    "images",
    "s.b.a.pad",
    "s.b.a",
    "s.b.a.norm",
    "s.b.a.activation",
    "flat",
    "classifier",
  ]);
  const { epsilon, momentum } = model.getLayer("s.b.a.norm").getConfig();
  assertEquals({ epsilon, momentum }, norm);
  model.dispose();
});

const identity: BlueprintNode = { id: "before", op: "dropout", inputs: ["images"], rate: 0 };

Deno.test("toLayersModel() writes a pool exactly or refuses it", async () => {
  const seen = { exact: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(arbitraryPool, async (pool) => {
      try {
        await assertSameLogits(network(identity, pool));
        seen.exact++;
      } catch (error) {
        if (!(error instanceof EspalierError)) throw error;
        assertEquals(error.code, "ERR_EXPORT_UNSUPPORTED");
        seen.refused++;
      }
    }),
    { seed: 5, numRuns: 120 },
  );
  assert(seen.exact > 10 && seen.refused > 10, JSON.stringify(seen));
});

Deno.test("toLayersModel() writes every padded maximum of what is not negative", async () => {
  const relu: BlueprintNode = {
    id: "before",
    op: "activation",
    inputs: ["images"],
    activation: "relu",
  };
  await fc.assert(
    fc.asyncProperty(
      arbitraryPool,
      (pool) => assertSameLogits(network(relu, { ...pool, pool: "max" })),
    ),
    { numRuns: 30 },
  );
});

const stemPool: PoolNode = {
  id: "pool",
  op: "pool",
  inputs: ["before"],
  pool: "max",
  size: [3, 3],
  strides: [2, 2],
  padding: [1, 1, 1, 1],
};

Deno.test("toLayersModel() leaves nothing behind when it refuses", async () => {
  const tensors = tf.memory().numTensors;
  const blueprint = network(
    conv({ id: "before", input: "images", kernel: 1, channels: 2 }),
    stemPool,
  );
  for (const refused of [toLayersModel, stockLayersOf]) {
    const error = assertThrows(() => refused(blueprint, {}), EspalierError, '"pool"');
    assertEquals(error.code, "ERR_EXPORT_UNSUPPORTED");
  }
  const fine = network(identity);
  const weights = await someWeights(fine);
  const { "classifier/bias": _, ...rest } = weights;
  for (
    const [wrong, state] of [
      [rest, "it is missing"],
      [{ ...weights, "classifier/bias": { shape: [2], values: new Float32Array(2) } }, "it is [2]"],
      [{ ...weights, "classifier/bias": { shape: [3], values: new Float32Array(2) } }, "2 values"],
    ] as const
  ) {
    const error = assertThrows(() => toLayersModel(fine, wrong), EspalierError, state);
    assertEquals(error.code, "ERR_CONFIG_INVALID");
  }
  assertEquals(tf.memory().numTensors, tensors);
});

Deno.test("a derived network computes what the unpruned one does whose readers are masked", async () => {
  const cases = arbitraryBlueprint.filter(isStock).chain((blueprint) => {
    const decisions = allDecisions(blueprint, "tie").filter(({ space }) => space === "width");
    return arbitraryChoices(decisions).chain((choices) =>
      fc.record(Object.fromEntries(decisions.map(({ id, candidates }) => [
        id,
        fc.shuffledSubarray(candidates.map((c) => c - 1), {
          minLength: choices[id]!,
          maxLength: choices[id]!,
        }).map((set) => set.toSorted((a, b) => a - b)),
      ]))).map((sets) => ({ blueprint, decisions, choices, sets }))
    );
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ blueprint, decisions, choices, sets }) => {
      const kept = Object.fromEntries(
        decisions.flatMap(({ id, effect }) =>
          effect.kind === "channels"
            ? effect.nodes.map((some) => [channelsName(some), sets[id]!])
            : []
        ),
      );
      const derived = derive(blueprint, { decisions, choices, kept });
      const teacher = { blueprint, weights: await someWeights(blueprint) };
      const images = imagesFor(blueprint);
      assertClose(
        predict(derived, inheritedWeights(derived, teacher), images)[0]!,
        predict(blueprint, readersMasked(derived, teacher), images)[0]!,
      );
      images.dispose();
    }),
    { numRuns: 100 },
  );
});

interface Folder extends AsyncDisposable {
  readonly path: string;
}

async function temporaryFolder(): Promise<Folder> {
  const path = await Deno.makeTempDir();
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }).catch(() => {}),
  };
}

const saved = network(conv({ id: "before", input: "images", kernel: 3, channels: 4 }));

Deno.test("saveModel() writes a folder that loadModel() reads", async () => {
  await using parent = await temporaryFolder();
  const folder = `${parent.path}/model`;
  const weights = await someWeights(saved);
  const images = imagesFor(saved);
  const tensors = tf.memory().numTensors;
  const { path, bytes } = await saveModel({ blueprint: saved, weights }, folder);
  assertEquals(path, folder);
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  assertEquals(files, ["model.json", "weights.bin"]);
  const sizes = files.map((name) => Deno.statSync(`${folder}/${name}`).size);
  assertEquals(sizes[0]! + sizes[1]!, bytes);
  assertEquals(sizes[1], 4 * (3 * 3 * 2 * 4 + 6 * 7 * 4 * 3 + 3));

  const model = await loadModel(folder);
  const logits = tf.tidy(() => (model.predict(images) as tf.Tensor).dataSync() as Float32Array);
  model.dispose();
  assertEquals(tf.memory().numTensors, tensors);
  assertEquals(logits, predict(saved, weights, images)[0]!);
  images.dispose();
});

const script = `
import * as tf from "npm:@tensorflow/tfjs@4.22.0";
tf.enableProdMode();
await tf.setBackend("cpu");
const model = await tf.loadLayersModel(Deno.args[0]);
console.log(JSON.stringify([...model.predict(tf.ones([2, 6, 7, 2])).dataSync()]));
`;

Deno.test("saveModel() writes what plain TensorFlow.js loads in a clean process", async () => {
  await using temporary = await temporaryFolder();
  const folder = temporary.path;
  const norm = { epsilon: 0.1, momentum: 0.9 };
  const blueprint = network(
    conv({
      id: "s/a",
      input: "images",
      kernel: 3,
      stride: 2,
      channels: 4,
      norm,
      activation: "relu",
    }),
    conv({ id: "s/b", input: "s/a", kernel: 3, channels: 4, norm, activation: "relu6" }),
    { id: "s/add", op: "add", inputs: ["s/b", "s/a"], projection: { norm: true } },
  );
  const weights = await someWeights(blueprint);
  await saveModel({ blueprint, weights }, folder);
  await Deno.writeTextFile(`${folder}/load.js`, script);
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    return new Response(await Deno.readFile(`${folder}${pathname}`));
  });
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-lock",
      `${folder}/load.js`,
      `http://127.0.0.1:${server.addr.port}/model.json`,
    ],
  }).output();
  await server.shutdown();
  assert(success, new TextDecoder().decode(stderr));
  const logits = new Float32Array(JSON.parse(new TextDecoder().decode(stdout)));
  const images = tf.ones<tf.Rank.R4>([2, 6, 7, 2]);
  assertClose(logits, predict(blueprint, weights, images)[0]!);
  images.dispose();
});

Deno.test("saveModel() replaces a model", async () => {
  await using temporary = await temporaryFolder();
  const folder = temporary.path;
  const weights = await someWeights(saved);
  const other = { ...weights, "classifier/bias": { shape: [3], values: new Float32Array(3) } };
  await saveModel({ blueprint: saved, weights }, folder);
  const old = await Deno.readFile(`${folder}/weights.bin`);
  await saveModel({ blueprint: saved, weights: other }, folder);
  (await loadModel(folder)).dispose();
  // As if the process had died between the two files.
  await Deno.writeFile(`${folder}/weights.bin`, old);
  await assertRejects(() => loadModel(folder), EspalierError, "of another model");
});

const damages: [state: string, damage: (folder: string) => Promise<void>][] = [
  ["there is no model.json", (folder) => Deno.remove(`${folder}/model.json`)],
  ["there is no weights.bin", (folder) => Deno.remove(`${folder}/weights.bin`)],
  ["there is no model.json", (folder) => Deno.remove(folder, { recursive: true })],
  ["weights.bin is cut", (folder) => Deno.truncate(`${folder}/weights.bin`, 100)],
  ["model.json is no file", async (folder) => {
    await Deno.remove(`${folder}/model.json`);
    await Deno.mkdir(`${folder}/model.json`);
  }],
  ["model.json is no JSON", (folder) => Deno.truncate(`${folder}/model.json`, 100)],
  ["describes no model", (folder) => Deno.writeTextFile(`${folder}/model.json`, "{}")],
  ["Unknown layer: Flattern", async (folder) => {
    const text = await Deno.readTextFile(`${folder}/model.json`);
    await Deno.writeTextFile(`${folder}/model.json`, text.replace('"Flatten"', '"Flattern"'));
  }],
];
/** A model file whose first weight is changed, in a folder without a digest. */
function changed(change: object | null) {
  return async (folder: string): Promise<void> => {
    const file = JSON.parse(await Deno.readTextFile(`${folder}/model.json`));
    delete file.userDefinedMetadata;
    const [group] = file.weightsManifest;
    group.weights[0] = change && { ...group.weights[0], ...change };
    await Deno.writeTextFile(`${folder}/model.json`, JSON.stringify(file));
  };
}
damages.push(
  ["null describes no weight", changed(null)],
  ["describes no weight", changed({ shape: [-1, 4] })],
  ["describes no weight", changed({ shape: undefined })],
  ["describes no weight", changed({ shape: [0.5] })],
  ["describes no weight", changed({ dtype: "constructor" })],
  ["bytes, and weights.bin has", changed({ shape: [1e6, 1e6] })],
  ["bytes, and weights.bin has", changed({ shape: [0] })],
);
for (const [state, damage] of damages) {
  Deno.test(`loadModel() refuses a damaged folder: ${state}`, async () => {
    await using temporary = await temporaryFolder();
    const folder = temporary.path;
    await saveModel({ blueprint: saved, weights: await someWeights(saved) }, folder);
    const tensors = tf.memory().numTensors;
    await damage(folder);
    const error = await assertRejects(() => loadModel(folder), EspalierError, state);
    assertEquals(error.code, "ERR_MODEL_CORRUPT");
    assertEquals(tf.memory().numTensors, tensors);
  });
}

Deno.test("loadNetwork() refuses weights that are not finite", async () => {
  await using temporary = await temporaryFolder();
  const weights = await someWeights(saved);
  for (const value of [NaN, Infinity]) {
    const [[name, tensor]] = Object.entries(weights) as [[string, Weights[string]]];
    const values = tensor.values.map((own, i) => i === 1 ? value : own);
    const broken = { ...weights, [name]: { ...tensor, values } };
    await saveModel({ blueprint: saved, weights: broken }, temporary.path);
    const tensors = tf.memory().numTensors;
    const load = () => loadNetwork(temporary.path, saved);
    const error = await assertRejects(load, EspalierError, `holds ${value}`);
    assertEquals(error.code, "ERR_MODEL_CORRUPT");
    assertEquals(tf.memory().numTensors, tensors);
  }
});

Deno.test("loadModel() leaves nothing behind of a model whose weights do not fit, whichever it is", async () => {
  await using temporary = await temporaryFolder();
  const folder = temporary.path;
  await saveModel({ blueprint: saved, weights: await someWeights(saved) }, folder);
  const file = JSON.parse(await Deno.readTextFile(`${folder}/model.json`));
  delete file.userDefinedMetadata; // no digest
  const { weights } = file.weightsManifest[0];
  const tensors = tf.memory().numTensors;
  const odd = ([first = 1, ...rest]: readonly number[]) => [
    [first + 1, ...rest],
    [first, ...rest, 2],
    [1e9],
    [-1],
    undefined,
  ];
  for (const [i, spec] of weights.entries()) {
    const others = [
      ...odd(spec.shape).map((shape) => ({ ...spec, shape })),
      { ...spec, name: `${spec.name}x` },
      undefined,
    ];
    for (const other of others) {
      const changed = weights.with(i, other).filter((one: unknown) => one !== undefined);
      const manifest = { ...file, weightsManifest: [{ paths: ["weights.bin"], weights: changed }] };
      await Deno.writeTextFile(`${folder}/model.json`, JSON.stringify(manifest));
      const error = await assertRejects(() => loadModel(folder), EspalierError);
      assertEquals(error.code, "ERR_MODEL_CORRUPT");
      assertEquals(tf.memory().numTensors, tensors, `${spec.name}: ${JSON.stringify(other)}`);
    }
  }
});

Deno.test({
  name: "saveModel() and loadModel() say which permission is missing",
  permissions: { read: false, write: false },
  async fn() {
    const network = { blueprint: saved, weights: await someWeights(saved) };
    for (const call of [() => saveModel(network, "model"), () => loadModel("model")]) {
      const error = await assertRejects<EspalierError>(call, EspalierError, '"model');
      assertEquals(error.code, "ERR_PERMISSION");
    }
  },
});
