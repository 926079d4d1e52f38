/**
 * The executor of one network: on TensorFlow.js's tape a whole training pass is one operation.
 *
 * @module
 */
import {
  type Decision,
  type DecisionId,
  EspalierError,
  type ForwardOptions,
  type Mixtures,
  type NodeId,
} from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { engineServices } from "../engine_services.ts";
import type { LinearMatrices } from "../linear_matrices.ts";
import { activeTape, runCustomOp } from "../ops/custom_op.ts";
import type { HostRanks } from "../ranks/host_ranks.ts";
import type { HostMixture } from "../ranks/rank_pool.ts";
import { moveStatisticsOnHost } from "../statistics.ts";
import type { VariableStore } from "../store.ts";
import type { ExecutorOps } from "./ops.ts";
import { type Program, readsOf } from "./program.ts";
import { type ExecutedPass, type HostImages, inferProgram, runProgram } from "./run_program.ts";
import type { ExecutorGradients, ExecutorPass } from "./state.ts";

/** A network as the executor sees it. */
export interface ExecutedNetwork {
  /** What it does. */
  readonly program: Program;
  /** Decisions about widths, by node. */
  readonly widths: ReadonlyMap<NodeId, Decision>;
  /** What aligns its candidates, if it has any. */
  readonly matrices: LinearMatrices | undefined;
  /** Its variables. */
  readonly store: VariableStore;
}

/** A pass of one rank. */
export interface ExecuteOptions extends Pick<ForwardOptions, "training" | "frozen" | "momentum"> {
  /** The mixtures. */
  readonly mixtures: ReadonlyMap<DecisionId, HostMixture>;
  /** The other ranks. */
  readonly ranks: HostRanks | undefined;
  /** Values of a weight. */
  readonly weights: (name: string) => Float32Array;
}

const NONE: Mixtures = new Map();

/** The passes of one network. */
export class Executor implements Disposable {
  readonly #network: ExecutedNetwork;
  readonly #decisions: readonly DecisionId[];
  #tape: WeakRef<object> | undefined;
  #last: ExecutedPass | undefined;

  /** @param network The network. */
  constructor(network: ExecutedNetwork) {
    this.#network = network;
    const { widths, program: { steps } } = network;
    this.#decisions = [
      ...[...widths.values()].map(({ id }) => id),
      ...steps.flatMap((step) => step.kind === "exit" ? [step.exit.decision.id] : []),
    ];
  }

  /** Free what a pass without a way back left. */
  [Symbol.dispose](): void {
    this.#last?.[Symbol.dispose]();
    this.#last = undefined;
  }

  /**
   * Whether it runs a pass. Off the tape it runs inference, normalised with the moving averages. On
   * the tape it runs training that is differentiated with respect to weights or mixtures, once a tape.
   */
  takes({ training, frozen = false, mixtures = NONE, taps = [] }: ForwardOptions): boolean {
    const isMixed = this.#decisions.every((id) => mixtures.has(id));
    if (engineServices().executor === undefined || taps.length > 0 || !isMixed) return false;
    const tape = activeTape();
    if (tape === undefined || !training) return tape === undefined && !training;
    return (!frozen || mixtures.size > 0) && tape !== this.#tape?.deref();
  }

  /**
   * Run a pass that it takes.
   *
   * @param images Those of this rank.
   * @param options The pass.
   * @returns [batch, classes].
   */
  forward(
    images: tf.Tensor4D,
    options: ForwardOptions & { readonly ranks: HostRanks | undefined },
  ): tf.Tensor2D {
    const { store, program, widths } = this.#network;
    const { ranks, training, frozen = false, mixtures = NONE } = options;
    const classes = program.classifier.channels;
    const asTensor = (own: Float32Array) => {
      const logits = ranks?.gather(own) ?? own;
      return tf.tensor2d(logits, [logits.length / classes, classes]);
    };
    const values = images.dataSync<"float32">();
    const own = { ...options, ranks, ...this.#readsOf(mixtures) };
    if (!training) return asTensor(this.#infer(values, own));
    this.#tape = new WeakRef(activeTape()!);
    const reads = readsOf(program, { widths, mixtures });
    const parameters = frozen ? [] : reads.weights;
    let pass: ExecutedPass;
    return runCustomOp({
      forward: () => {
        pass = this.#run(values, own);
        return asTensor(pass.logits);
      },
      backward: (dy) => {
        const all = dy.dataSync<"float32">();
        const found = pass.backward(ranks?.scatter({ all, size: classes }) ?? all);
        const gradients = this.#collect(found, ranks);
        return [
          undefined,
          ...parameters.map((name) =>
            tf.tensor(gradients.weights.get(name)!, store.get(name).shape)
          ),
          ...reads.mixtures.map((id) => tf.tensor1d(gradients.mixtures.get(id)!)),
        ];
      },
    }, [
      constantOf(images),
      ...parameters.map((name) => store.get(name)),
      ...reads.mixtures.map((id) => mixtures.get(id)!.weights),
    ]) as tf.Tensor2D;
  }

  /**
   * Follow a pass of the first rank, there and, in training, back.
   *
   * @param images Those of this rank.
   * @param options The pass; its ranks are given.
   */
  follow(images: Float32Array, options: ExecuteOptions & { readonly ranks: HostRanks }): void {
    const { ranks, training } = options;
    if (!training) return void ranks.gather(this.#infer(images, options));
    const pass = this.#run(images, options);
    ranks.gather(pass.logits);
    const { channels: size } = this.#network.program.classifier;
    this.#collect(pass.backward(ranks.scatter({ size })), ranks);
  }

  #readsOf(mixtures: Mixtures): Pick<ExecuteOptions, "mixtures" | "weights"> {
    const { store } = this.#network;
    return {
      mixtures: new Map(
        [...mixtures].map(([id, { indices, weights }]) =>
          [id, { indices, weights: weights.dataSync<"float32">() }] as const
        ),
      ),
      weights: (name) => store.get(name).dataSync<"float32">(),
    };
  }

  #run(values: Float32Array, options: ExecuteOptions): ExecutedPass {
    this.#last?.[Symbol.dispose]();
    return this.#last = runProgram(
      this.#network.program,
      this.#imagesOf(values),
      this.#placeOf(options),
    );
  }

  #infer(values: Float32Array, options: ExecuteOptions): Float32Array {
    return inferProgram(this.#network.program, this.#imagesOf(values), this.#placeOf(options));
  }

  #imagesOf(values: Float32Array): HostImages {
    const { shape } = this.#network.program.input;
    return { values, shape: [values.length / (shape[0] * shape[1] * shape[2]), ...shape] };
  }

  #placeOf(
    { ranks, mixtures, weights, training, frozen = false, momentum }: ExecuteOptions,
  ): { readonly ops: ExecutorOps; readonly pass: ExecutorPass } {
    const { widths, store, matrices } = this.#network;
    const pass: ExecutorPass = {
      ...{ weights, mixtures, widths, training, frozen, ranks },
      aggregation: (from, to) => matrices!.values(from, to),
      onMoments: (moments, { prefix, spec, count }) => {
        if (ranks?.isFirst === false) return;
        const pace = momentum ?? spec.momentum;
        moveStatisticsOnHost(store, moments, { prefix, momentum: pace, count });
      },
    };
    return { ops: engineServices().executor!, pass };
  }

  /** The gradients of the whole batch; only the first rank has them. */
  #collect(found: ExecutorGradients, ranks: HostRanks | undefined): ExecutorGradients {
    if (ranks === undefined) return found;
    const { program: { classifier, steps } } = this.#network;
    const sum = (name: string, gradients: Map<string, Float32Array>) => {
      const own = gradients.get(name);
      const total = own && ranks.collect(name, own);
      if (total !== undefined) gradients.set(name, total);
    };
    for (const step of steps) {
      if (step.kind === "conv") sum(`${step.node.id}/kernel`, found.weights);
      if (step.kind === "exit") sum(step.exit.decision.id, found.mixtures);
    }
    for (const name of ["kernel", "bias"]) sum(`${classifier.id}/${name}`, found.weights);
    return found;
  }
}

/** Stands for the images on the tape: a scalar, as an input's gradient must have the input's shape. */
function constantOf(images: tf.Tensor4D): tf.Tensor {
  return runCustomOp({
    forward: () => tf.scalar(0),
    backward: () => {
      throw new EspalierError(
        "ERR_CONFIG_INVALID",
        "Cannot differentiate with respect to images as the executor goes back to weights and " +
          'mixtures only. Use an engine without one: useEngine("cpu").',
      );
    },
  }, [images]);
}
