import {
  createRandom,
  type Decision,
  EspalierError,
  type Mixtures,
  type Network,
} from "@espalier/core";
import { lossGradients } from "@espalier/training";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { compile, type CompiledNetwork, type CompileOptions } from "./compile.ts";
import { softmaxCrossEntropy } from "./ops/softmax_cross_entropy.ts";
import { AVERAGING, TINY, TINY_DECISIONS } from "./testing.ts";

await tf.setBackend("cpu");

const random = createRandom(7);

function tensor(name: string, shape: number[]): tf.Tensor {
  const stream = random.stream(name);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(Float32Array.from({ length: size }, () => stream.normal()), shape);
}

const images = tensor("images", [4, 6, 5, 3]) as tf.Tensor4D;
const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 1], "int32"), 3).toFloat() as tf.Tensor2D;

/** Norms away from the identity, so that no term vanishes. */
function perturb(network: Network): void {
  const store = [...network.parameters, ...network.statistics];
  tf.tidy(() => {
    for (const [name, variable] of store) {
      if (!/norm|bias/.test(name)) continue;
      const noise = tensor(name, [...variable.shape]).mul(0.2);
      variable.assign(
        name.endsWith("variance") ? variable.add(tf.abs(noise)) : variable.add(noise),
      );
    }
  });
}

const slice = (layer: string, from: number, candidates: number[]): Decision => ({
  ...{ id: `${layer}[${from}:${from + 2}]`, space: "width", candidates, unpruned: 2 },
  effect: { kind: "channels", nodes: [{ layer, from, count: 2 }] },
});

/** Slices that grow, one channel between them, and slices of a layer without a norm. */
const SLICES: readonly Decision[] = [
  slice("stage0/block0/conv_a", 0, [1, 2, 3]),
  slice("stage0/block0/conv_a", 3, [1, 2, 4]),
  slice("down", 0, [1, 2, 3]),
  slice("down", 2, [1, 2, 3]),
];

function supernet(options: Partial<CompileOptions> = {}): Network {
  const network = compile(TINY, {
    random,
    decisions: TINY_DECISIONS,
    aggregator: AVERAGING,
    ...options,
  });
  perturb(network);
  return network;
}

const logits = new Map(
  [...TINY_DECISIONS, ...SLICES]
    .map(({ id, candidates }) => [id, tf.variable(tensor(id, [candidates.length]))]),
);

/** K candidates a width, all depths. */
function mixtures(count: number, decisions = TINY_DECISIONS): Mixtures {
  return new Map(decisions.map(({ id, candidates, effect }) => {
    const all = candidates.map((_, i) => i);
    const indices = effect.kind === "exit" ? all : all.slice(-count).reverse();
    const weights = tf.softmax(tf.gather(logits.get(id)!, tf.tensor1d(indices, "int32")));
    return [id, { indices, weights: weights as tf.Tensor1D }];
  }));
}

function lossOf(network: Network, count: number, training = true): tf.Scalar {
  const { decisions } = network as CompiledNetwork;
  const output = network.forward(images, { training, mixtures: mixtures(count, decisions) });
  return softmaxCrossEntropy(output.logits, labels);
}

function relativeError(a: tf.Tensor, b: tf.Tensor): number {
  return tf.tidy(() =>
    tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]! /
    Math.max(1e-9, tf.max(tf.abs(b)).dataSync()[0]!)
  );
}

for (const training of [true, false]) {
  for (
    const [count, decisions] of [1, 2, 3].flatMap((k) =>
      [[k, TINY_DECISIONS], [k, SLICES]] as const
    )
  ) {
    const what = decisions === SLICES ? "slices" : "layers";
    const how = `of ${what}, training ${training}`;
    Deno.test(`the fused path agrees with the generic one, ${count} candidates, ${how}`, () => {
      using fused = supernet({ decisions });
      using generic = supernet({ decisions, fused: false });
      const variables = (network: Network) =>
        new Map([
          ...network.parameters,
          ...decisions.map(({ id }) => [`alpha/${id}`, logits.get(id)!] as const),
        ]);
      const a = lossGradients(() => lossOf(fused, count, training), variables(fused));
      const b = lossGradients(() => lossOf(generic, count, training), variables(generic));
      assertAlmostEquals(a.loss.dataSync()[0]!, b.loss.dataSync()[0]!, 1e-5);
      assertEquals([...a.gradients.keys()].sort(), [...b.gradients.keys()].sort());
      for (const [name, gradient] of a.gradients) {
        const error = relativeError(gradient, b.gradients.get(name)!);
        assert(error < 1e-4, `${name}: ${error}`);
      }
      for (const [name, statistic] of fused.statistics) {
        assert(relativeError(statistic, generic.statistics.get(name)!) < 1e-5, name);
      }
    });
  }
}

for (
  const [what, decisions, names] of [
    ["", TINY_DECISIONS, ["stage0/block0/conv_b/norm/1/gamma", "alpha/stage0", "alpha/stem"]],
    [" of slices", SLICES, [
      "stage0/block0/conv_a/norm/3:5/2/gamma",
      "stage0/block0/conv_a/norm/2:3/beta",
      "alpha/stage0/block0/conv_a[0:2]",
      "alpha/down[2:4]",
    ]],
  ] as const
) {
  Deno.test(`a supernet's gradients${what} agree with finite differences`, () => {
    using network = supernet({ decisions });
    const variableOf = (name: string) =>
      network.parameters.get(name) ?? logits.get(name.replace("alpha/", ""))!;
    const probes = ["stem/kernel", "down/bias", ...names].map((name) =>
      [name, variableOf(name), 0] as const
    );
    const variables = new Map(probes.map(([name, variable]) => [name, variable]));
    const { gradients } = lossGradients(() => lossOf(network, 2), variables);
    for (const [name, variable, index] of probes) {
      const values = variable.dataSync().slice();
      const at = (delta: number) => {
        const moved = values.slice();
        moved[index]! += delta;
        tf.tidy(() => variable.assign(tf.tensor(moved, variable.shape)));
        return tf.tidy(() => lossOf(network, 2).dataSync()[0]!);
      };
      const slope = (at(2e-3) - at(-2e-3)) / 4e-3;
      at(0);
      const gradient = gradients.get(name)!.dataSync()[index]!;
      assertAlmostEquals(gradient, slope, 2e-3 * Math.max(0.1, Math.abs(slope)), name);
    }
  });
}

Deno.test("a layer of slices is as wide as all, with zeros where a slice is narrower", () => {
  using network = supernet({ decisions: SLICES });
  const place = "stage0/block0/conv_a";
  const onehot = (index: number): Mixtures =>
    new Map(SLICES.map(({ id }) => [id, { indices: [index], weights: tf.tensor1d([1]) }]));
  const channelsAt = (index: number) =>
    tf.tidy(() => {
      const options = { training: false, mixtures: onehot(index), taps: [place] };
      const value = network.forward(images, options).features.get(place)!;
      return [...tf.any(value.reshape([-1, value.shape[3]!]).cast("bool"), 0).dataSync()];
    });
  // 0 and 1, the one between, 3 and 4, then what the first has more, and the second.
  assertEquals(channelsAt(0), [1, 0, 1, 1, 0, 0, 0, 0]);
  assertEquals(channelsAt(1), [1, 1, 1, 1, 1, 0, 0, 0]);
  assertEquals(channelsAt(2), [1, 1, 1, 1, 1, 1, 1, 1]);
});

Deno.test("a one-hot mixture computes the subnet: the first channels, the cut stage", () => {
  using network = supernet();
  const choice: Record<string, number> = { stage0: 0, stem: 1 };
  const onehot: Mixtures = new Map(
    TINY_DECISIONS.map(({ id }) => [id, { indices: [choice[id] ?? 2], weights: tf.tensor1d([1]) }]),
  );
  const { logits, features } = network.forward(images, {
    training: false,
    mixtures: onehot,
    taps: ["stem", "stage0", "stage0/block0/add"],
  });
  assertEquals(features.get("stem")!.shape, [4, 6, 5, 4]);
  assertEquals(features.get("stage0")!.shape, [4, 6, 5, 6]);
  assertEquals(relativeError(features.get("stage0")!, features.get("stage0/block0/add")!), 0);
  assertEquals(logits.shape, [4, 3]);
});

Deno.test("a frozen pass gives the same gradients of the mixtures", () => {
  using network = supernet();
  const gradientsOf = (frozen: boolean) =>
    lossGradients(() => {
      const { logits } = network.forward(images, { training: true, mixtures: mixtures(2), frozen });
      return softmaxCrossEntropy(logits, labels);
    }, logits).gradients;
  const [frozen, full] = [gradientsOf(true), gradientsOf(false)];
  for (const [id, gradient] of full) assertEquals(relativeError(frozen.get(id)!, gradient), 0);
});

Deno.test("compile() of a plain network agrees with TensorFlow.js's own layers", () => {
  using network = compile(TINY, { random });
  perturb(network);
  const read = (name: string) => network.parameters.get(name) ?? network.statistics.get(name)!;
  const unit = (x: tf.Tensor, id: string) => {
    const o = tf.conv2d(x as tf.Tensor4D, read(`${id}/kernel`) as tf.Tensor4D, 1, "same");
    const norm = (name: string) => read(`${id}/norm/${name}`) as tf.Tensor1D;
    return tf.batchNorm(o, norm("mean"), norm("variance"), norm("beta"), norm("gamma"), 1e-5);
  };
  const block = (x: tf.Tensor, id: string) =>
    tf.relu(tf.add(unit(tf.relu(unit(x, `${id}/conv_a`)), `${id}/conv_b`), x));
  const expected = tf.tidy(() => {
    const stem = tf.relu(unit(images, "stem"));
    const body = block(block(stem, "stage0/block0"), "stage0/block1") as tf.Tensor4D;
    const down = tf.conv2d(
      tf.pad(body, [[0, 0], [1, 1], [1, 1], [0, 0]]),
      read("down/kernel") as tf.Tensor4D,
      2,
      "valid",
    );
    const flat = tf.relu(down.add(read("down/bias"))).reshape([4, -1]);
    return tf.matMul(flat, read("classifier/kernel")).add(read("classifier/bias"));
  });
  const { logits } = network.forward(images, { training: false });
  assert(relativeError(logits, expected) < 1e-5);
});

Deno.test("moving statistics keep 0.9 of the old and take the unbiased variance", () => {
  using network = compile(TINY, { random });
  const o = tf.conv2d(images, network.parameters.get("stem/kernel") as tf.Tensor4D, 1, "same");
  const { mean, variance } = tf.moments(o, [0, 1, 2]);
  const count = 4 * 6 * 5;
  tf.tidy(() => void network.forward(images, { training: true }));
  const moved = (name: string) => network.statistics.get(`stem/norm/${name}`)!;
  assert(relativeError(moved("mean"), mean.mul(0.1)) < 1e-5);
  assert(relativeError(moved("variance"), variance.mul(0.1 * count / (count - 1)).add(0.9)) < 1e-5);
});

Deno.test("a network leaves no tensor behind, and a pass only its outputs", () => {
  const start = tf.memory().numTensors;
  const network = supernet();
  const made = tf.memory().numTensors;
  tf.tidy(() => void lossOf(network, 2));
  const { loss, gradients } = tf.tidy(() => {
    const result = lossGradients(() => lossOf(network, 2), network.parameters);
    return { loss: tf.keep(result.loss), gradients: [...result.gradients.values()].map(tf.keep) };
  });
  tf.dispose([loss, gradients]);
  assertEquals(tf.memory().numTensors, made);
  network[Symbol.dispose]();
  assertEquals(tf.memory().numTensors, start);
});

Deno.test("Network.write() refuses names and shapes that are not there", async () => {
  using network = compile(TINY, { random });
  const weights = await network.read();
  network.write(weights);
  assertThrows(() => network.write({ nope: weights["stem/kernel"]! }), EspalierError, '"nope"');
  assertThrows(
    () => network.write({ "down/bias": weights["stem/kernel"]! }),
    EspalierError,
    "shape",
  );
});

Deno.test("compile() draws what no weights are given for, as without, and refuses strange ones", async () => {
  using network = compile(TINY, { random });
  const drawn = await network.read();
  const { shape, values } = drawn["stem/kernel"]!;
  const ones = { shape, values: values.map(() => 1) };
  using given = compile(TINY, { random, weights: { "stem/kernel": ones } });
  assertEquals(await given.read(), { ...drawn, "stem/kernel": ones });
  const { numTensors } = tf.memory();
  for (const name of ["nope", "down/bias"]) {
    const refused = () => compile(TINY, { random, weights: { [name]: ones } });
    assertThrows(refused, EspalierError, `"${name}"`);
  }
  assertEquals(tf.memory().numTensors, numTensors);
});

Deno.test("a supernet without aggregator, mixture or tap says what is missing", () => {
  using network = supernet();
  const run = (options: object) => () =>
    tf.tidy(() => network.forward(images, { training: false, ...options }).logits);
  assertThrows(run({}), EspalierError, '"stage0"');
  assertThrows(run({ mixtures: mixtures(2), taps: ["nowhere"] }), EspalierError, '"nowhere"');
  using blind = compile(TINY, { random, decisions: TINY_DECISIONS });
  assertThrows(
    () => tf.tidy(() => blind.forward(images, { training: false, mixtures: mixtures(2) }).logits),
    EspalierError,
    "aggregator",
  );
});
