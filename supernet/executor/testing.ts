/** Training with and without the executor, for the tests of this folder. */
import {
  type Blueprint,
  type BlueprintNode,
  createRandom,
  type Decision,
  type ForwardOptions,
  type Mixtures,
  type Network,
} from "@espalier/core";
import { referenceOps } from "@espalier/testing";
import { lossGradients } from "@espalier/training";
import * as tf from "@tensorflow/tfjs";
import { compile } from "../compile.ts";
import { softmaxCrossEntropy } from "../ops/softmax_cross_entropy.ts";
import { withServices } from "../testing.ts";
import { type CompleteOps, completeOps } from "./complete_ops.ts";
import type { Convolution, ExecutorOps, RowMap } from "./ops.ts";
import { matrix } from "./residual_testing.ts";

/** Source of all random numbers. */
export const random = createRandom(7);

/** Normal numbers, the same for a name. */
export function normal(name: string, shape: readonly number[]): tf.Tensor {
  const stream = random.stream(name);
  const size = tf.util.sizeFromShape([...shape]);
  return tf.tensor(Float32Array.from({ length: size }, () => stream.normal()), [...shape]);
}

/** What a test runs: a network, its decisions, and the options of the pass. */
export interface Trial {
  readonly blueprint: Blueprint;
  readonly decisions?: readonly Decision[];
  /** Candidates that are mixed, as indices; all by default. */
  readonly indices?: readonly number[];
  readonly options?: Partial<ForwardOptions>;
}

/** A network whose norms are not the identity, and weights of its mixtures. */
export class Trained implements Disposable {
  readonly network: Network;
  readonly alphas: ReadonlyMap<string, tf.Variable>;
  readonly #trial: Trial;

  constructor(trial: Trial) {
    this.#trial = trial;
    const { blueprint, decisions = [] } = trial;
    const aggregator = {
      matrix,
      resize: () => {
        throw new RangeError("it is linear");
      },
    };
    this.network = compile(blueprint, { random, decisions, aggregator });
    this.alphas = new Map(
      decisions.map(({ id, candidates }) => [
        id,
        tf.tidy(() => tf.variable(normal(`alpha/${id}`, [candidates.length]))),
      ]),
    );
    tf.tidy(() => {
      for (const [name, variable] of [...this.network.parameters, ...this.network.statistics]) {
        if (!/norm|bias|classifier/.test(name)) continue;
        const noise = normal(name, variable.shape).mul(0.3);
        variable.assign(variable.add(name.endsWith("variance") ? tf.abs(noise) : noise));
      }
    });
  }

  get mixtures(): Mixtures {
    const { decisions = [], indices } = this.#trial;
    return new Map(decisions.map(({ id, candidates }) => {
      const taken = indices?.filter((i) => i < candidates.length) ?? [...candidates.keys()];
      const weights = tf.gather(this.alphas.get(id)!, tf.tensor1d([...taken], "int32"));
      return [id, { indices: taken, weights: weights as tf.Tensor1D }];
    }));
  }

  get variables(): Map<string, tf.Variable> {
    const { frozen = false } = this.#trial.options ?? {};
    return new Map([
      ...frozen ? [] : this.network.parameters,
      ...[...this.alphas].map(([id, variable]) => [`alpha/${id}`, variable] as const),
    ]);
  }

  images(seed: number, count = 5): tf.Tensor4D {
    const [{ shape }] = this.network.blueprint.nodes as [Extract<BlueprintNode, { op: "input" }>];
    return normal(`images/${seed}`, [count, ...shape]) as tf.Tensor4D;
  }

  forward(images: tf.Tensor4D, options: Partial<ForwardOptions> = {}): tf.Tensor2D {
    const all = { training: true, ...this.#trial.options, ...options };
    return this.network.forward(images, { mixtures: this.mixtures, ...all }).logits as tf.Tensor2D;
  }

  /** Loss, logits, all gradients, and the statistics behind the pass. */
  step(seed: number, loss = (images: tf.Tensor4D) => lossOf(this.forward(images))) {
    const { value, gradients } = tf.tidy(() => {
      const images = this.images(seed);
      const found = lossGradients(() => loss(images), this.variables);
      return { value: found.loss, gradients: Object.fromEntries(found.gradients) };
    });
    const statistics = Object.fromEntries(
      [...this.network.statistics].map(([name, variable]) => [name, tf.clone(variable)]),
    );
    return { loss: value, gradients, statistics };
  }

  [Symbol.dispose](): void {
    this.network[Symbol.dispose]();
    tf.dispose([...this.alphas.values()]);
  }
}

const LABELS = [0, 1, 2, 1, 0];

/** Cross entropy with fixed labels. */
export const lossOf = (logits: tf.Tensor2D): tf.Scalar => {
  const classes = tf.tensor1d(LABELS.slice(0, logits.shape[0]), "int32");
  return softmaxCrossEntropy(logits, tf.oneHot(classes, 3).toFloat() as tf.Tensor2D);
};

/** Run with an executor, or on the tape. */
export const using = <T>(executor: ExecutorOps | undefined, run: () => T): T =>
  withServices({ executor }, run);

/** What a counting executor counts. */
export interface Counted {
  /** The passes. */
  readonly ops: ExecutorOps;
  /** Passes that it ran. */
  readonly passes: number;
  /** Features that were not freed. */
  readonly live: number;
  /** The smallest distance of a relu's input from 0. */
  readonly margin: number;
}

/** Reference passes that count. */
export function counted(): Counted {
  const reference = referenceOps();
  const calls: string[] = [];
  const found = { margin: Infinity };
  const ops = watched(reference, (name) => calls.push(name));
  const affine = (x: Parameters<ExecutorOps["affine"]>[0], map: RowMap) => {
    if (map.relu) {
      const before = reference.affine(x, { ...map, relu: false });
      // An exact 0 is a sum of values that other relus set to 0.
      const inputs = reference.read(before).filter((value) => value !== 0);
      found.margin = inputs.reduce((a, b) => Math.min(a, Math.abs(b)), found.margin);
      reference.free(before);
    }
    return ops.affine(x, map);
  };
  return {
    ops: { ...ops, affine },
    get passes() {
      return calls.filter((name) => name === "read").length;
    },
    get live() {
      return reference.live;
    },
    get margin() {
      return found.margin;
    },
  };
}

/** Passes that call `told` with their name before they run, and throw what it throws. */
export function watched(engine: ExecutorOps, told: (name: string) => void): CompleteOps {
  const ops = completeOps(engine);
  const after =
    <A extends readonly unknown[], R>(name: string, run: (...args: A) => R) => (...args: A): R => {
      told(name);
      return run(...args);
    };
  const watchedRun = (run: Convolution): Convolution => ({
    output: run.output,
    inputGradient: after("inputGradient", run.inputGradient.bind(run)),
    kernelGradient: after("kernelGradient", run.kernelGradient.bind(run)),
    [Symbol.dispose]: run[Symbol.dispose].bind(run),
  });
  return {
    upload: after("upload", ops.upload.bind(ops)),
    read: after("read", ops.read.bind(ops)),
    free: ops.free.bind(ops),
    moments: after("moments", ops.moments.bind(ops)),
    affine: after("affine", ops.affine.bind(ops)),
    affineGradient: after("affineGradient", ops.affineGradient.bind(ops)),
    convolve: after("convolve", (x, options) => watchedRun(ops.convolve(x, options))),
    depthwise: after("depthwise", (x, options) => watchedRun(ops.depthwise(x, options))),
    view: after("view", ops.view),
    toTensor: after("toTensor", ops.toTensor),
    fromTensor: after("fromTensor", ops.fromTensor),
    pool: after("pool", (x, options) => {
      const run = ops.pool(x, options);
      return {
        output: run.output,
        gradient: after("gradient", run.gradient.bind(run)),
        [Symbol.dispose]: run[Symbol.dispose].bind(run),
      };
    }),
  };
}

/** Logits off the tape. */
export function evaluate(trained: Trained): Float32Array {
  return tf.tidy(() => trained.forward(trained.images(0, 4)).dataSync<"float32">().slice());
}
