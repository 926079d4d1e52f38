import { EspalierError } from "../errors.ts";
import { philox } from "./philox.ts";

const TWO_32 = 2 ** 32;
const TWO_52 = 2 ** 52;

/** An array whose entries can be swapped. */
export interface MutableArrayLike<T> {
  /** Number of entries. */
  readonly length: number;
  /** The entry at an index. */
  [index: number]: T;
}

/** A sequence of random numbers, read from its start. */
export interface RandomStream {
  /** Uniform in [0, 1), a multiple of 2^-53. */
  next(): number;
  /**
   * Uniform in 0..n-1; probabilities differ by less than n · 2^-53.
   *
   * @throws {EspalierError} ERR_CONFIG_INVALID if `n` is not an integer of 1..2^32.
   */
  integer(n: number): number;
  /** Standard normal (Box and Muller 1958, only the cosine branch); always finite. */
  normal(): number;
  /** Standard Gumbel, -log(-log(u)); always finite. */
  gumbel(): number;
  /** Shuffle in place (Fisher and Yates). */
  shuffle<T>(array: MutableArrayLike<T>): void;
  /** The next `n` numbers of {@linkcode RandomStream.next}. */
  uniforms(n: number): Float64Array;
}

/** A source of independent streams. */
export interface Random {
  /** Its seed. */
  readonly seed: number;
  /**
   * A stream from its start. The same seed, name and keys give the same numbers, whatever else was
   * drawn before.
   *
   * @param name What the numbers are for, `"search/noise"`.
   * @param keys Which of its kind, such as epoch and step: integers of 0..2^53-1.
   * @throws {EspalierError} ERR_CONFIG_INVALID if a key is not such an integer.
   */
  stream(name: string, ...keys: readonly number[]): RandomStream;
}

function checkCount(thing: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot draw random numbers as ${thing} must be an integer of 0..2^53-1: ${value}. ` +
      `Give a whole number.`,
  );
}

function halves(value: number): [low: number, high: number] {
  return [value % TWO_32, Math.floor(value / TWO_32)];
}

/** Words that differ for every distinct (seed, name, keys): the lengths precede the content. */
function identityWords(seed: number, name: string, keys: readonly number[]): number[] {
  const words = [...halves(seed), name.length, keys.length];
  for (let i = 0; i < name.length; i += 2) {
    const second = i + 1 < name.length ? name.charCodeAt(i + 1) : 0;
    words.push(name.charCodeAt(i) + second * 65536);
  }
  if (words.length % 2 === 1) words.push(0);
  for (const key of keys) words.push(...halves(key));
  return words;
}

/** Hash to 128 bits: from zeros, one Philox block per two words, which are its key. */
function identityHash(words: readonly number[]): Uint32Array {
  const state = new Uint32Array(4);
  for (let i = 0; i < words.length; i += 2) philox(state, words.slice(i, i + 2));
  return state;
}

/** The identity's 128 bits are the key and the upper counter; the lower counter counts blocks. */
function createStream(identity: Uint32Array): RandomStream {
  const key = identity.slice(0, 2);
  const block = new Uint32Array(4);
  let blocks = 0;
  let used = 4;

  function word(): number {
    if (used === 4) {
      [block[0], block[1]] = halves(blocks++);
      block[2] = identity[2]!;
      block[3] = identity[3]!;
      philox(block, key);
      used = 0;
    }
    return block[used++]!;
  }

  function next(): number {
    const high = word() >>> 5;
    return (high * 2 ** 26 + (word() >>> 6)) / 2 ** 53;
  }

  /** Uniform in the open interval (0, 1), so that logarithms are finite. */
  function inside(): number {
    return (Math.floor(next() * TWO_52) + 0.5) / TWO_52;
  }

  function integer(n: number): number {
    if (Number.isInteger(n) && n >= 1 && n <= TWO_32) return Math.floor(next() * n);
    throw new EspalierError(
      "ERR_CONFIG_INVALID",
      `Cannot draw an integer below n as n must be an integer of 1..2^32: ${n}. ` +
        `Give the number of values to choose from.`,
    );
  }

  return {
    next,
    integer,
    normal: () => Math.sqrt(-2 * Math.log(inside())) * Math.cos(2 * Math.PI * next()),
    gumbel: () => -Math.log(-Math.log(inside())),
    shuffle<T>(array: MutableArrayLike<T>): void {
      for (let last = array.length - 1; last > 0; last--) {
        const other = integer(last + 1);
        const kept = array[last]!;
        array[last] = array[other]!;
        array[other] = kept;
      }
    },
    uniforms(n: number): Float64Array {
      const values = new Float64Array(n);
      for (let i = 0; i < n; i++) values[i] = next();
      return values;
    },
  };
}

/**
 * Create a source of keyed random streams (counter-based: Philox4x32-10).
 *
 * @example A stream depends on its name and keys alone
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createRandom } from "@espalier/core";
 *
 * const random = createRandom(1);
 * const first = random.stream("search/noise", 3, 0).next();
 * random.stream("another plugin").uniforms(1000);
 * assertEquals(random.stream("search/noise", 3, 0).next(), first);
 * ```
 *
 * @param seed An integer of 0..2^53-1.
 * @returns The source.
 * @throws {EspalierError} ERR_CONFIG_INVALID if the seed is negative, fractional or too large.
 */
export function createRandom(seed: number): Random {
  checkCount("the seed", seed);
  return {
    seed,
    stream(name: string, ...keys: readonly number[]): RandomStream {
      for (const key of keys) checkCount(`a key of stream "${name}"`, key);
      return createStream(identityHash(identityWords(seed, name, keys)));
    },
  };
}
