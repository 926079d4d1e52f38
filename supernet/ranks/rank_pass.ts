import { EspalierError } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { BatchSums } from "../ops/batch_sums.ts";
import { runCustomOp } from "../ops/custom_op.ts";
import type { AffineGradient, Moments } from "../ops/kernels.ts";
import type { Exchange } from "./exchange.ts";
import { HostRanks, type RankPlaceInPass } from "./host_ranks.ts";

/** The error of a gradient that the other ranks do not compute. */
export function refuse(what: string): never {
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot differentiate with respect to ${what} as ranks share the batch, and in this pass all of ` +
      "them must leave that out. Choose one rank: useEngine(engine, { ranks: 1 }).",
  );
}

/** One rank's part of one pass on the tape. */
export interface RankPassOptions extends RankPlaceInPass {
  /** A scalar that followers differentiate with respect to: the first rank has the parameters. */
  readonly root?: tf.Tensor;
}

const hostOf = (x: tf.Tensor): Float32Array => x.dataSync<"float32">();

/** What the operations of a pass exchange with the other ranks, up to its backward pass. */
export class RankPass {
  /** The same exchange, as numbers on the host. */
  readonly host: HostRanks;
  readonly #root: tf.Tensor | undefined;
  #operations = 0;

  /**
   * Take part in a pass.
   *
   * @param exchange The shared memory.
   * @param options The pass, this rank, and the shares of all.
   */
  constructor(exchange: Exchange, options: RankPassOptions) {
    this.host = new HostRanks(exchange, options);
    this.#root = options.root;
  }

  /** Whether this rank keeps statistics and gradients. */
  get isFirst(): boolean {
    return this.host.isFirst;
  }

  /** Where this rank's images lie in the batch. */
  get share(): HostRanks["share"] {
    return this.host.share;
  }

  /** The sums of a norm. */
  sumsOf(name: string): BatchSums {
    const place = ++this.#operations;
    const { own: images, all } = this.share;
    return {
      rows: (own) => own / images * all,
      moments: (own) => this.#moments(name, own),
      gradient: (own) => this.#gradient(name, own, place),
    };
  }

  /** x, which all ranks hold; in the backward pass the first rank gets the sum of all gradients. */
  shared(name: string, x: tf.Tensor): tf.Tensor {
    return this.#tracked(x, (dy) => {
      const total = this.host.collect(name, hostOf(dy));
      return total && tf.tensor(total, dy.shape);
    });
  }

  /** x, which no rank differentiates; asked for its gradient, the first rank throws. */
  constant(name: string, x: tf.Tensor): tf.Tensor {
    return this.isFirst ? this.#tracked(x, () => refuse(name)) : x;
  }

  /**
   * x, which only the first rank differentiates; the others run the same part of the backward pass.
   */
  tracked(x: tf.Tensor): tf.Tensor {
    return this.isFirst ? x : this.#tracked(x, () => undefined);
  }

  /** To the tape of a follower x depends on the root, the only input that it differentiates. */
  #tracked(x: tf.Tensor, gradient: (dy: tf.Tensor) => tf.Tensor | undefined): tf.Tensor {
    return runCustomOp({
      forward: () => tf.clone(x),
      backward: (dy) => [gradient(dy)],
    }, [this.#root ?? x]);
  }

  /**
   * Gather the logits of all ranks on the first.
   *
   * @param logits [images of this rank, …].
   * @returns [images, …] on the first rank. On the others a scalar, whose gradient is that of
   * the logits.
   */
  gather(logits: tf.Tensor): tf.Tensor {
    const [own, ...shape] = logits.shape as [number, ...number[]];
    const size = tf.util.sizeFromShape(shape);
    return runCustomOp({
      forward: ([x]) => {
        const all = this.host.gather(hostOf(x!));
        return all === undefined ? tf.scalar(0) : tf.tensor(all, [all.length / size, ...shape]);
      },
      backward: (dy) => [
        tf.tensor(
          this.host.scatter({ size, ...(this.isFirst && { all: hostOf(dy) }) }),
          [own, ...shape],
        ),
      ],
    }, [logits]);
  }

  #moments(name: string, { mean, variance }: Moments): Moments {
    const all = this.host.moments(name, { mean: hostOf(mean), variance: hostOf(variance) });
    return {
      mean: tf.tensor1d(Float32Array.from(all.mean)),
      variance: tf.tensor1d(Float32Array.from(all.variance)),
    };
  }

  #gradient(name: string, own: AffineGradient, place: number): AffineGradient {
    const total = Float32Array.from(
      this.host.sums(name, [hostOf(own.bias), hostOf(own.matrix)], place),
    );
    const { size } = own.bias;
    return {
      d: own.d,
      bias: tf.tensor1d(total.slice(0, size)),
      matrix: tf.tensor(total.slice(size), own.matrix.shape),
    };
  }
}
