import type { Exchange, Waiting } from "./exchange.ts";

/** One rank's part of one pass. */
export interface RankPlaceInPass extends Waiting {
  /** This rank. */
  readonly rank: number;
  /** Images of each rank. */
  readonly shares: readonly number[];
}

/** Sum of numbers. */
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/**
 * What ranks exchange in a pass, as numbers on the host.
 *
 * All ranks add in the order of the ranks and in double precision, so their sums are equal bit by
 * bit.
 */
export class HostRanks {
  readonly #exchange: Exchange;
  readonly #place: RankPlaceInPass;
  readonly #images: number;

  /**
   * Take part in a pass.
   *
   * @param exchange The shared memory.
   * @param place The pass, this rank, and the shares of all.
   */
  constructor(exchange: Exchange, place: RankPlaceInPass) {
    this.#exchange = exchange;
    this.#place = place;
    this.#images = sum(place.shares);
  }

  /** Whether this rank keeps statistics and gradients. */
  get isFirst(): boolean {
    return this.#place.rank === 0;
  }

  /** Where this rank's images lie in the batch. */
  get share(): { readonly first: number; readonly own: number; readonly all: number } {
    const { rank, shares } = this.#place;
    return { first: sum(shares.slice(0, rank)), own: shares[rank]!, all: this.#images };
  }

  /** Moments of the whole batch from those of this rank's images. */
  moments(
    name: string,
    { mean, variance }: {
      readonly mean: ArrayLike<number>;
      readonly variance: ArrayLike<number>;
    },
  ): { readonly mean: Float64Array; readonly variance: Float64Array } {
    const channels = mean.length;
    const own = new Float32Array(2 * channels);
    own.set(mean);
    own.set(variance, channels);
    const all = this.#all(`${name}/moments`, own);
    const parts = this.#place.shares.map((images) => images / this.#images);
    const means = new Float64Array(channels), variances = new Float64Array(channels);
    for (let c = 0; c < channels; c++) {
      for (const [r, values] of all.entries()) means[c]! += parts[r]! * values[c]!;
      for (const [r, values] of all.entries()) {
        variances[c]! += parts[r]! * (values[channels + c]! + (values[c]! - means[c]!) ** 2);
      }
    }
    return { mean: means, variance: variances };
  }

  /**
   * Sums over the whole batch from those over this rank's images.
   *
   * @param name What is summed.
   * @param own This rank's sums, in parts that are concatenated.
   * @param place Number of the sum in the backward pass, where the first rank may skip sums.
   * @returns The sums, in the order of `own`.
   */
  sums(name: string, own: readonly ArrayLike<number>[], place?: number): Float64Array {
    if (this.isFirst && place !== undefined) this.#exchange.position = place;
    const values = new Float32Array(sum(own.map(({ length }) => length)));
    let at = 0;
    for (const part of own) {
      values.set(part, at);
      at += part.length;
    }
    const total = new Float64Array(values.length);
    for (const rank of this.#all(`${name}/sums`, values, place)) {
      for (let i = 0; i < total.length; i++) total[i]! += rank[i]!;
    }
    return total;
  }

  /**
   * Gather the logits of all ranks on the first.
   *
   * @param own Those of this rank's images.
   * @returns Those of the batch; only the first rank has them.
   */
  gather(own: Float32Array): Float32Array | undefined {
    if (!this.isFirst) return void this.#give("logits", own);
    const { own: images, all } = this.share;
    const size = own.length / images;
    const logits = new Float32Array(all * size);
    logits.set(own);
    let at = own.length;
    for (const [i, others] of this.#place.shares.slice(1).entries()) {
      logits.set(this.#take("logits", i + 1).subarray(0, others * size), at);
      at += others * size;
    }
    return logits;
  }

  /**
   * Scatter the gradient of the logits to all ranks.
   *
   * @param options The gradient of the batch, on the first rank; numbers of one image.
   * @returns That of this rank's images.
   */
  scatter({ all, size }: { readonly all?: Float32Array; readonly size: number }): Float32Array {
    const { first, own } = this.share;
    if (all !== undefined) this.#give("logits/gradient", all);
    const values = all ?? this.#take("logits/gradient", 0);
    return values.slice(first * size, (first + own) * size);
  }

  /** The sum of all ranks' gradients of one array; only the first rank has it. */
  collect(name: string, own: Float32Array): Float32Array | undefined {
    if (!this.isFirst) return void this.#give(`${name}/gradient`, own);
    const total = own.slice();
    for (let r = 1; r < this.#place.shares.length; r++) {
      const other = this.#take(`${name}/gradient`, r);
      for (let i = 0; i < total.length; i++) total[i]! += other[i]!;
    }
    return total;
  }

  /** The values of all ranks, in their order, as views to be read before the next pass. */
  #all(name: string, values: Float32Array, place?: number): Float32Array[] {
    const { rank, shares } = this.#place;
    this.#give(name, values);
    // The first rank may differentiate less than the others. No one needs the sums that it skips.
    const gone = () => place !== undefined && this.#exchange.position < place;
    const waiting = { ...this.#place, gone };
    return shares.map((_, r) =>
      r === rank ? values : this.#exchange.take(name, r, waiting) ?? values
    );
  }

  #give(name: string, values: Float32Array): void {
    this.#exchange.give(name, values, this.#place);
  }

  #take(name: string, rank: number): Float32Array {
    return this.#exchange.take(name, rank, this.#place)!;
  }
}
