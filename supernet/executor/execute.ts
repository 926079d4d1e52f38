/**
 * The executor of one network: on TensorFlow.js's tape a whole training pass is one operation.
 *
 * @module
 */
import {
  type DecisionId,
  EspalierError,
  type ForwardOptions,
  type Mixtures,
  type Outputs,
} from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { engineServices } from "../engine_services.ts";
import { activeTape, runCustomOp } from "../ops/custom_op.ts";
import type { HostRanks } from "../ranks/host_ranks.ts";
import { type ExecutedNetwork, type ExecuteOptions, openPass, readsOnHost } from "./open_pass.ts";
import { imagesOf, joinRows, shapeOf, sizeOf, splitRows, tensorOf } from "./outputs.ts";
import { type Program, writeProgram } from "./program.ts";
import { readsOf } from "./reads.ts";
import { type ExecutedPass, type HostFeature, inferProgram, runProgram } from "./run_program.ts";
import type { ExecutorGradients } from "./state.ts";

const NONE: Mixtures = new Map();

/** The passes of one network. */
export class Executor implements Disposable {
  readonly #network: ExecutedNetwork;
  readonly #decisions: readonly DecisionId[];
  readonly #programs = new Map<string, Program>();
  #tape: WeakRef<object> | undefined;
  #last: ExecutedPass | undefined;

  /** @param network The network. */
  constructor(network: ExecutedNetwork) {
    this.#network = network;
    const { widths, exits } = network;
    this.#decisions = [...[...widths.values()].flat(), ...exits]
      .flatMap(({ decision }) => decision ? [decision.id] : []);
  }

  /** Free what a pass without a way back left. */
  [Symbol.dispose](): void {
    this.#last?.[Symbol.dispose]();
    this.#last = undefined;
  }

  /**
   * Why it leaves a pass to the tape; undefined: it runs it. Off the tape it runs inference, normalised
   * with the moving averages. On the tape it runs training that is differentiated with respect to weights
   * or mixtures, once a tape.
   */
  declines(
    { training, frozen = false, mixtures = NONE, taps = [] }: ForwardOptions,
  ): string | undefined {
    if (engineServices().executor === undefined) return "the engine has no executor";
    if (!this.#decisions.every((id) => mixtures.has(id))) return "a decision has no mixture";
    if (!taps.every((name) => this.#valueOf(name) !== undefined)) return "a tap is of no value";
    const tape = activeTape();
    if (!training) return tape && "no batch statistics are differentiated";
    if (tape === undefined) return "training is not differentiated";
    if (frozen && mixtures.size === 0) return "nothing of the network is differentiated";
    return tape === this.#tape?.deref() ? "it runs one pass a tape" : undefined;
  }

  /** Name of the value of a node, or of what leaves a stage. */
  #valueOf(name: string): string | undefined {
    const { plans, exits, ends } = this.#network;
    const isValue = exits.some(({ stage }) => stage.id === name) ||
      plans.some(({ node }) => node.id === name);
    return isValue ? name : ends.get(name);
  }

  /** What is run for some taps. */
  #programOf(taps: readonly string[] = []): Program {
    const key = taps.join(), { outputs } = this.#network;
    const program = this.#programs.get(key) ?? writeProgram({
      ...this.#network,
      outputs: [...outputs, ...taps.map((name) => this.#valueOf(name)!)],
    });
    this.#programs.set(key, program);
    return program;
  }

  /**
   * Run a pass that it does not decline.
   *
   * @param images Those of this rank, of each input.
   * @param options The pass.
   * @returns Logits of the batch, and tapped values.
   */
  forward(
    images: readonly tf.Tensor4D[],
    options: ForwardOptions & { readonly ranks: HostRanks | undefined },
  ): Outputs {
    const { taps = [], training, ranks, mixtures = NONE } = options;
    const program = this.#programOf(taps);
    const own = { ...options, ...readsOnHost(this.#network, mixtures) };
    const given = training
      ? this.#record(program, images, { ...own, given: mixtures })
      : this.#infer(program, images.map(valuesOf), own).map((output, i) =>
        tensorOf(ranks?.gather(output.values) ?? output.values, shapeOf(program, i, output))
      );
    const { length } = this.#network.outputs;
    return {
      logits: given[0]!,
      ...length > 1 && { all: given.slice(0, length) },
      features: new Map(taps.map((name, i) => [name, given[length + i]!])),
    };
  }

  /** A training pass, as one operation on the tape. */
  #record(
    program: Program,
    images: readonly tf.Tensor4D[],
    options: ExecuteOptions & { readonly given: Mixtures },
  ): readonly tf.Tensor[] {
    const { store, widths } = this.#network, { ranks, given, frozen = false } = options;
    this.#tape = new WeakRef(activeTape()!);
    const reads = readsOf(program, { widths, mixtures: given });
    const parameters = frozen ? [] : [...reads.own, ...reads.shared];
    let pass: ExecutedPass, shapes: readonly (readonly number[])[] = [];
    const joined = runCustomOp({
      forward: () => {
        pass = this.#run(program, images.map(valuesOf), options);
        shapes = pass.outputs.map((output, i) => shapeOf(program, i, output));
        const each = pass.outputs.map(({ values }, i) =>
          tensorOf(ranks?.gather(values) ?? values, shapes[i]!)
        );
        return joinRows(each);
      },
      backward: (dy) => {
        const dOutputs = splitRows(dy, shapes).map((part) => part.dataSync<"float32">());
        const found = pass.backward(
          ranks ? [ranks.scatter({ all: dOutputs[0]!, size: sizeOf(shapes[0]!) })] : dOutputs,
        );
        const gradients = this.#collect(program, found, options);
        return [
          ...images.map(() => undefined),
          ...parameters.map((name) => {
            const { shape } = store.get(name), values = gradients.weights.get(name);
            return values ? tf.tensor(values, shape) : tf.zeros(shape);
          }),
          ...reads.mixtures.map((id) => {
            const values = gradients.mixtures.get(id);
            return values ? tf.tensor1d(values) : tf.zerosLike(given.get(id)!.weights);
          }),
        ];
      },
    }, [
      ...images.map(constantOf),
      ...parameters.map((name) => store.get(name)),
      ...reads.mixtures.map((id) => given.get(id)!.weights),
    ]);
    return splitRows(joined, shapes);
  }

  /**
   * Follow a pass of the first rank, there and, in training, back.
   *
   * @param images Those of this rank.
   * @param options The pass; its ranks are given.
   */
  follow(images: Float32Array, options: ExecuteOptions & { readonly ranks: HostRanks }): void {
    const { ranks, training } = options;
    const program = this.#programOf();
    if (!training) return void ranks.gather(this.#infer(program, [images], options)[0]!.values);
    const pass = this.#run(program, [images], options);
    const { values, shape } = pass.outputs[0]!;
    ranks.gather(values);
    const found = pass.backward([ranks.scatter({ size: values.length / shape[0] })]);
    this.#collect(program, found, options);
  }

  #run(program: Program, values: readonly Float32Array[], options: ExecuteOptions): ExecutedPass {
    this.#last?.[Symbol.dispose]();
    const images = imagesOf(program, values);
    return this.#last = runProgram(program, images, {
      ops: engineServices().executor!,
      pass: openPass(this.#network, options),
    });
  }

  #infer(
    program: Program,
    values: readonly Float32Array[],
    options: ExecuteOptions,
  ): readonly HostFeature[] {
    return inferProgram(program, imagesOf(program, values), {
      ops: engineServices().executor!,
      pass: openPass(this.#network, options),
    });
  }

  /** The gradients of the whole batch; only the first rank has them. */
  #collect(
    program: Program,
    found: ExecutorGradients,
    { ranks, mixtures }: Pick<ExecuteOptions, "ranks" | "mixtures">,
  ): ExecutorGradients {
    if (ranks === undefined) return found;
    const sum = (name: string, gradients: Map<string, Float32Array>) => {
      const own = gradients.get(name);
      const total = own && ranks.collect(name, own);
      if (total !== undefined) gradients.set(name, total);
    };
    const { widths, exits } = this.#network;
    for (const name of readsOf(program, { widths, mixtures }).own) sum(name, found.weights);
    for (const { decision } of exits) sum(decision.id, found.mixtures);
    return found;
  }
}

const valuesOf = (x: tf.Tensor): Float32Array => x.dataSync<"float32">();

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
