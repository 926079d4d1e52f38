import type { RandomStream } from "@espalier/core";
import type { FeatureShape } from "@espalier/supernet/engine";

/** Widths: small ones, multiples of a SIMD width, and others. */
const CHANNELS = [1, 2, 3, 5, 7, 8, 12, 15, 16, 17, 20, 32];

const volume = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Draws random inputs, and records them for the message of a check. */
export class Draw {
  readonly #stream: RandomStream;
  readonly #drawn: string[] = [];

  /** @param stream Where they are drawn from. */
  constructor(stream: RandomStream) {
    this.#stream = stream;
  }

  /** One of a list. */
  one<T>(choices: readonly T[], name: string): T {
    const choice = choices[this.#stream.integer(choices.length)]!;
    this.#drawn.push(`${name} ${choice}`);
    return choice;
  }

  /** Channels. */
  channels(): number {
    return this.one(CHANNELS, "channels");
  }

  /** From 1 to n. */
  atMost(n: number): number {
    return this.one(Array.from({ length: n }, (_, i) => i + 1), "number");
  }

  /** A small feature. */
  shape(): FeatureShape {
    const side = () => 3 + this.#stream.integer(7);
    const shape = [1 + this.#stream.integer(5), side(), side(), this.channels()] as const;
    this.#drawn.push(`feature [${shape}]`);
    return shape;
  }

  /** Between -1 and 1, and 0.05 away from 0: relu has no gradient there. */
  values(shape: readonly number[]): Float32Array {
    return Float32Array.from({ length: volume(shape) }, () => {
      const value = 2 * this.#stream.next() - 1;
      return Math.sign(value) * (0.05 + 0.95 * Math.abs(value));
    });
  }

  /** All distinct, so that a maximum is unique. */
  distinct(shape: readonly number[]): Float32Array {
    const size = volume(shape);
    const values = Float32Array.from({ length: size }, (_, i) => 2 * i / size - 1);
    for (let i = size - 1; i > 0; i--) {
      const j = this.#stream.integer(i + 1);
      [values[i], values[j]] = [values[j]!, values[i]!];
    }
    return values;
  }

  /** A function that returns the same numbers at every call. */
  probe(): (size: number) => Float32Array {
    const start = this.#stream.integer(1000);
    return (size) => Float32Array.from({ length: size }, (_, i) => Math.sin(start + 1.7 * i));
  }

  /** What was drawn. */
  toString(): string {
    return this.#drawn.join(", ");
  }
}
