import { inputsOf } from "@espalier/blueprint";
import { type Blueprint, createRandom } from "@espalier/core";
import { compile, initialWeights, parameterSpecs, toLayersModel } from "@espalier/supernet";
import { nextTurn } from "@espalier/training";
import * as tf from "@tensorflow/tfjs";
import type { LatencyTable } from "./table.ts";

/** Passes of a network in a round. */
const BURST = { warm: 2, timed: 3 };

interface Runner {
  readonly isExecuted: boolean;
  readonly run: (x: tf.Tensor4D | tf.Tensor4D[]) => tf.Tensor;
}

interface Timed {
  readonly pass: () => Promise<void>;
  readonly displace: () => void;
  readonly isExecuted: boolean;
  readonly ms: number[];
}

const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** Times passes of networks; each is prepared once. */
export class Stopwatch implements Disposable {
  readonly #owned = new DisposableStack();
  readonly #passes = new Map<string, Timed>();
  /** Memory to touch, by its number of floats. */
  readonly #touched = new Map<number, readonly [from: Float32Array, to: Float32Array]>();
  /** What is run. */
  readonly runs: LatencyTable["runs"];

  /** Nothing is prepared. */
  constructor(runs: LatencyTable["runs"]) {
    this.runs = runs;
  }

  /**
   * Prepare a network.
   *
   * @param blueprint The network.
   * @param options How many bytes are touched before each of its passes, as the other layers of a whole
   * network would, nothing by default; false to run it node by node as where engines have no executor.
   * @returns Whether the engine's executor runs it.
   */
  add(
    blueprint: Blueprint,
    { displaced = 0, fused = true }: {
      readonly displaced?: number;
      readonly fused?: boolean;
    } = {},
  ): boolean {
    const key = JSON.stringify(blueprint);
    const known = this.#passes.get(key);
    if (known !== undefined) return known.isExecuted;
    const { run, isExecuted } = this.#runOf(blueprint, fused);
    const inputs = inputsOf(blueprint).map(({ shape }) =>
      this.#owned.adopt(tf.zeros<tf.Rank.R4>([1, ...shape]), (x) => x.dispose())
    );
    const pass = async () => {
      const output = tf.tidy(() => run(inputs.length > 1 ? inputs : inputs[0]!));
      await output.data();
      output.dispose();
    };
    const half = Math.ceil(displaced / 8);
    const [from, to] = this.#touched.get(half) ?? [new Float32Array(half), new Float32Array(half)];
    this.#touched.set(half, [from, to]);
    this.#passes.set(key, { pass, displace: () => to.set(from), isExecuted, ms: [] });
    return isExecuted;
  }

  #runOf(blueprint: Blueprint, fused: boolean): Runner {
    const random = createRandom(0);
    if (this.runs === "network") {
      const network = this.#owned.use(compile(blueprint, { random, fused }));
      const isExecuted = (network as { executor?: unknown }).executor !== undefined;
      return { isExecuted, run: (x) => network.forward(x, { training: false }).logits };
    }
    const weights = initialWeights(parameterSpecs(blueprint), random);
    const model = this.#owned.adopt(toLayersModel(blueprint, weights), (own) => own.dispose());
    return { isExecuted: false, run: (x) => [model.predict(x)].flat()[0]! };
  }

  /** Pass everything in turn, each some times without and some with the clock: its caches are warm. */
  async measure(rounds: number, signal: AbortSignal | undefined): Promise<void> {
    for (let round = 0; round <= rounds; round++) {
      for (const { pass, displace, ms } of this.#passes.values()) {
        for (let i = 0; i < BURST.warm; i++) await pass();
        for (let i = 0; i < BURST.timed; i++) {
          displace();
          const start = performance.now();
          await pass();
          // The first round warms up.
          if (round > 0) ms.push(performance.now() - start);
        }
      }
      await nextTurn();
      signal?.throwIfAborted();
    }
  }

  #times(blueprint: Blueprint): readonly number[] {
    return this.#passes.get(JSON.stringify(blueprint))!.ms;
  }

  /** Median time of a network, in milliseconds. */
  median(blueprint: Blueprint): number {
    return medianOf(this.#times(blueprint));
  }

  /** Median distance of its times from their median, as a share of that. */
  spread(blueprint: Blueprint): number {
    const median = this.median(blueprint);
    return medianOf(this.#times(blueprint).map((ms) => Math.abs(ms - median))) / median;
  }

  [Symbol.dispose](): void {
    this.#owned[Symbol.dispose]();
  }
}
