import * as tf from "@tensorflow/tfjs";
import { EspalierError } from "../../errors.ts";
import type { BatchSums } from "../ops/batch_sums.ts";
import { runCustomOp } from "../ops/custom_op.ts";
import type { AffineGradient, Moments } from "../ops/kernels.ts";
import type { Exchange, Waiting } from "./exchange.ts";

/** The error of a gradient that the other ranks do not compute. */
export function refuse(what: string): never {
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot differentiate with respect to ${what} as ranks share the batch, and in this pass all of ` +
      "them must leave that out. Choose one rank: useEngine(engine, { ranks: 1 }).",
  );
}

/** One rank's part of one pass. */
export interface RankPassOptions extends Waiting {
  /** This rank. */
  readonly rank: number;
  /** Images of each rank. */
  readonly shares: readonly number[];
  /** A scalar that followers differentiate with respect to: the first rank has the parameters. */
  readonly root?: tf.Tensor;
}

/** Sum of numbers. */
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function hostOf(tensors: readonly tf.Tensor[]): Float32Array {
  const packed = new Float32Array(sum(tensors.map(({ size }) => size)));
  let at = 0;
  for (const tensor of tensors) {
    packed.set(tensor.dataSync(), at);
    at += tensor.size;
  }
  return packed;
}

/**
 * What an operation of a pass needs of the other ranks. Operations keep it until the way back.
 *
 * All ranks add in the order of the ranks, in double precision, so they hold the same bits.
 */
export class RankPass {
  readonly #exchange: Exchange;
  readonly #options: RankPassOptions;
  readonly #images: number;
  #operations = 0;

  /**
   * Take part in a pass.
   *
   * @param exchange The shared memory.
   * @param options The pass, this rank, and the shares of all.
   */
  constructor(exchange: Exchange, options: RankPassOptions) {
    this.#exchange = exchange;
    this.#options = options;
    this.#images = sum(options.shares);
  }

  /** Whether this rank keeps statistics and gradients. */
  get isFirst(): boolean {
    return this.#options.rank === 0;
  }

  /** Where this rank's images lie in the batch. */
  get share(): { readonly first: number; readonly own: number; readonly all: number } {
    const { rank, shares } = this.#options;
    return { first: sum(shares.slice(0, rank)), own: shares[rank]!, all: this.#images };
  }

  /** The sums of a norm. */
  sumsOf(name: string): BatchSums {
    const place = ++this.#operations;
    return {
      rows: (own) => own / this.share.own * this.#images,
      moments: (own) => this.#moments(name, own),
      gradient: (own) => this.#gradient(name, own, place),
    };
  }

  /** x, which all ranks hold; on the way back the first rank's gradient is that of all. */
  shared(name: string, x: tf.Tensor): tf.Tensor {
    return this.#tracked(x, (dy) => this.#collect(`${name}/gradient`, dy));
  }

  /** x, which no rank differentiates; the first one says so if it is asked to. */
  constant(name: string, x: tf.Tensor): tf.Tensor {
    return this.isFirst ? this.#tracked(x, () => refuse(name)) : x;
  }

  /** x, which the first rank may differentiate by itself: others have to go back as far as it. */
  tracked(x: tf.Tensor): tf.Tensor {
    return this.isFirst ? x : this.#tracked(x, () => undefined);
  }

  /** Followers see x as made of the root, which is all that they differentiate with respect to. */
  #tracked(x: tf.Tensor, gradient: (dy: tf.Tensor) => tf.Tensor | undefined): tf.Tensor {
    return runCustomOp({
      forward: () => tf.clone(x),
      backward: (dy) => [gradient(dy)],
    }, [this.#options.root ?? x]);
  }

  /**
   * Bring the logits of all ranks to the first.
   *
   * @param logits [images of this rank, classes].
   * @returns [images, classes] on the first rank; a scalar on the others, whose gradient is that of the logits.
   */
  gather(logits: tf.Tensor): tf.Tensor {
    const { shares, rank } = this.#options;
    return runCustomOp({
      forward: ([own]) => {
        if (rank > 0) {
          this.#give("logits", own!);
          return tf.scalar(0);
        }
        const others = shares.slice(1).map((images, i) => {
          const size = images * own!.size / shares[0]!;
          return this.#tensor(this.#take("logits", i + 1), [images, size / images]);
        });
        return tf.concat([own!, ...others]);
      },
      backward: (dy) => {
        const { first, own } = this.share;
        if (rank === 0) {
          this.#give("logits/gradient", dy);
          return [tf.slice(dy, [0, 0], [own, -1])];
        }
        const classes = logits.shape[1]!;
        const values = this.#take("logits/gradient", 0).subarray(first * classes);
        return [this.#tensor(values, [own, classes])];
      },
    }, [logits]);
  }

  #moments(name: string, { mean, variance }: Moments): Moments {
    const channels = mean.size;
    const all = this.#all(`${name}/moments`, [mean, variance]);
    const parts = this.#options.shares.map((images) => images / this.#images);
    const means = new Float64Array(channels), variances = new Float64Array(channels);
    for (let c = 0; c < channels; c++) {
      means[c] = sum(all.map((own, r) => parts[r]! * own[c]!));
      variances[c] = sum(
        all.map((own, r) => parts[r]! * (own[channels + c]! + (own[c]! - means[c]!) ** 2)),
      );
    }
    return {
      mean: tf.tensor1d(Float32Array.from(means)),
      variance: tf.tensor1d(Float32Array.from(variances)),
    };
  }

  #gradient(name: string, own: AffineGradient, place: number): AffineGradient {
    if (this.isFirst) this.#exchange.position = place;
    const sums = this.#all(`${name}/sums`, [own.bias, own.matrix], place);
    const size = own.bias.size + own.matrix.size;
    const total = new Float32Array(size);
    for (let i = 0; i < size; i++) {
      let value = 0;
      for (const values of sums) value += values[i]!;
      total[i] = value;
    }
    return {
      d: own.d,
      bias: this.#tensor(total, [own.bias.size]) as tf.Tensor1D,
      matrix: this.#tensor(total.subarray(own.bias.size), own.matrix.shape),
    };
  }

  /** What all ranks give, in their order. Only views: read them before the next pass. */
  #all(name: string, own: readonly tf.Tensor[], place?: number): Float32Array[] {
    const { rank, pass, shares } = this.#options;
    const values = hostOf(own);
    this.#exchange.give(name, values, { rank, pass });
    // What the first rank does not want, as it differentiates less than all, goes nowhere.
    const gone = () => place !== undefined && this.#exchange.position < place;
    const waiting = { ...this.#options, gone };
    return shares.map((_, r) =>
      r === rank ? values : this.#exchange.take(name, r, waiting) ?? values
    );
  }

  #collect(name: string, dy: tf.Tensor): tf.Tensor | undefined {
    if (!this.isFirst) return void this.#give(name, dy);
    return this.#options.shares.slice(1).reduce<tf.Tensor>(
      (total, _, i) => tf.add(total, this.#tensor(this.#take(name, i + 1), dy.shape)),
      dy,
    );
  }

  #give(name: string, x: tf.Tensor): void {
    this.#exchange.give(name, x.dataSync() as Float32Array, this.#options);
  }

  #take(name: string, rank: number): Float32Array {
    return this.#exchange.take(name, rank, this.#options)!;
  }

  /** A tensor of copied values: engines may hold on to what they are given. */
  #tensor(values: Float32Array, shape: number[]): tf.Tensor {
    return tf.tensor(values.slice(0, tf.util.sizeFromShape(shape)), shape);
  }
}
