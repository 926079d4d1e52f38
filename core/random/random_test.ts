import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { EspalierError } from "../errors.ts";
import { createRandom, type RandomStream } from "./random.ts";

const MASK = 0xffffffffn;

/** Philox4x32-10 once more, by 64-bit products. */
function philoxBlock(counter: readonly bigint[], key: readonly bigint[]): bigint[] {
  let [a, b, c, d] = counter as [bigint, bigint, bigint, bigint];
  for (let round = 0n; round < 10n; round++) {
    const left = a * 0xd2511f53n;
    const right = c * 0xcd9e8d57n;
    const key0 = (key[0]! + round * 0x9e3779b9n) & MASK;
    const key1 = (key[1]! + round * 0xbb67ae85n) & MASK;
    [a, b, c, d] = [
      (right >> 32n) ^ b ^ key0,
      right & MASK,
      (left >> 32n) ^ d ^ key1,
      left & MASK,
    ];
  }
  return [a, b, c, d];
}

/** The first `count` numbers of a stream whose identity is spelt out as words. */
function referenceUniforms(identity: readonly bigint[], count: number): number[] {
  let state = [0n, 0n, 0n, 0n];
  for (let i = 0; i < identity.length; i += 2) state = philoxBlock(state, identity.slice(i, i + 2));
  const values: number[] = [];
  for (let block = 0n; values.length < count; block++) {
    const counter = [block & MASK, block >> 32n, state[2]!, state[3]!];
    const words = philoxBlock(counter, state.slice(0, 2));
    for (let i = 0; i < 4; i += 2) {
      values.push(Number(((words[i]! >> 5n) << 26n) | (words[i + 1]! >> 6n)) / 2 ** 53);
    }
  }
  return values.slice(0, count);
}

/** The sum of (seen - expected)² / expected over equally likely bins. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((a, b) => a + b, 0) / counts.length;
  return counts.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
}

function draw(stream: RandomStream, count: number, of: (s: RandomStream) => number): number[] {
  return Array.from({ length: count }, () => of(stream));
}

function moments(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  return { mean, variance };
}

// The 0.1 % and 99.9 % quantiles of chi-square with 99 degrees of freedom.
const CHI_SQUARE_99 = [61.1, 148.2] as const;

function assertUniform(counts: readonly number[]): void {
  const statistic = chiSquare(counts);
  assert(statistic > CHI_SQUARE_99[0] && statistic < CHI_SQUARE_99[1], `chi-square ${statistic}`);
}

Deno.test("createRandom() gives the numbers of its definition", () => {
  // "abc" is 0x61, 0x62, 0x63; two code units a word, filled up to an even number of words.
  const identity = [7n, 0n, 3n, 2n, 0x00620061n, 0x63n, 5n, 0n, 9n, 1n];
  const stream = createRandom(7).stream("abc", 5, 2 ** 32 + 9);
  assertEquals([...stream.uniforms(7)], referenceUniforms(identity, 7));
  const odd = [1n, 2n ** 21n - 1n, 1n, 1n, 0x78n, 0n, 0n, 0n];
  const seed = (2 ** 21 - 1) * 2 ** 32 + 1;
  assertEquals([...createRandom(seed).stream("x", 0).uniforms(4)], referenceUniforms(odd, 4));
});

Deno.test("createRandom() gives a stream the same numbers whatever else was drawn", () => {
  fc.assert(fc.property(
    fc.maxSafeNat(),
    fc.string(),
    fc.array(fc.maxSafeNat(), { maxLength: 3 }),
    fc.nat(20),
    (seed, name, keys, others) => {
      const expected = createRandom(seed).stream(name, ...keys).uniforms(5);
      const random = createRandom(seed);
      const other = random.stream("other", 1);
      const stream = random.stream(name, ...keys);
      const values = Array.from({ length: 5 }, () => {
        other.uniforms(others);
        return stream.next();
      });
      assertEquals(values, [...expected]);
    },
  ));
});

Deno.test("createRandom() tells apart seeds, names and keys that lie close", () => {
  const firsts = new Set<number>();
  const seeds = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 2, 2 ** 53 - 1];
  for (const seed of seeds) firsts.add(createRandom(seed).stream("a").next());
  const { stream } = createRandom(3);
  const names = ["", "a", "b", "aa", "ab", "ba", "a\0", "\0a"];
  for (const name of names) firsts.add(stream(name).next());
  const keys = [[0], [1], [0, 0], [0, 1], [1, 0], [2 ** 32], [2 ** 53 - 1]];
  for (const key of keys) firsts.add(stream("a", ...key).next());
  assertEquals(firsts.size, seeds.length + names.length + keys.length);
});

Deno.test("createRandom() refuses seeds and keys that are no natural numbers", () => {
  for (const bad of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
    const error = assertThrows(() => createRandom(bad), EspalierError, `${bad}`);
    assertEquals(error.code, "ERR_CONFIG_INVALID");
    assertThrows(() => createRandom(1).stream("noise", 0, bad), EspalierError, `"noise"`);
  }
});

Deno.test("next() is uniform in its leading and in its trailing bits", () => {
  const leading = new Array(100).fill(0);
  const trailing = new Array(100).fill(0);
  for (const value of createRandom(11).stream("uniform").uniforms(100_000)) {
    assert(value >= 0 && value < 1);
    leading[Math.floor(value * 100)]++;
    trailing[Math.floor((value * 2 ** 40 % 1) * 100)]++;
  }
  assertUniform(leading);
  assertUniform(trailing);
});

Deno.test("next() is uniform and independent across neighbouring keys", () => {
  const random = createRandom(5);
  const firsts = Array.from({ length: 40_000 }, (_, key) => random.stream("step", key).next());
  const counts = new Array(100).fill(0);
  const pairs = new Array(100).fill(0);
  firsts.forEach((value, i) => {
    counts[Math.floor(value * 100)]++;
    const before = firsts[i - 1];
    if (before !== undefined) pairs[Math.floor(before * 10) * 10 + Math.floor(value * 10)]++;
  });
  assertUniform(counts);
  assertUniform(pairs);
});

Deno.test("integer() reaches every value below n equally and refuses other n", () => {
  const stream = createRandom(2).stream("integer");
  const counts = new Array(100).fill(0);
  for (let i = 0; i < 50_000; i++) counts[stream.integer(100)]++;
  assertUniform(counts);
  assertEquals(stream.integer(1), 0);
  for (const bad of [0, -3, 1.5, NaN, 2 ** 32 + 1]) {
    assertThrows(() => stream.integer(bad), EspalierError, `${bad}`);
  }
});

Deno.test("normal() has mean 0, variance 1 and the normal's tails", () => {
  const values = draw(createRandom(4).stream("normal"), 100_000, (s) => s.normal());
  const { mean, variance } = moments(values);
  assertAlmostEquals(mean, 0, 4 / Math.sqrt(values.length));
  assertAlmostEquals(variance, 1, 4 * Math.sqrt(2 / values.length));
  // P(|x| > 1.96) = 0.05, with four standard errors.
  const tails = values.filter((x) => Math.abs(x) > 1.959964).length / values.length;
  assertAlmostEquals(tails, 0.05, 4 * Math.sqrt(0.05 * 0.95 / values.length));
});

Deno.test("gumbel() is finite with mean Euler's constant and variance π²/6", () => {
  const values = draw(createRandom(8).stream("gumbel"), 100_000, (s) => s.gumbel());
  const { mean, variance } = moments(values);
  assert(values.every(Number.isFinite));
  assertAlmostEquals(mean, 0.5772156649, 4 * Math.sqrt(Math.PI ** 2 / 6 / values.length));
  // The fourth central moment is 14.6114, so the variance's standard error is √(11.9056 / n).
  assertAlmostEquals(variance, Math.PI ** 2 / 6, 4 * Math.sqrt(11.9056 / values.length));
});

Deno.test("shuffle() keeps the entries and gives every order the same chance", () => {
  const random = createRandom(6);
  const orders = new Map<string, number>();
  for (let key = 0; key < 12_000; key++) {
    const entries = [0, 1, 2, 3];
    random.stream("shuffle", key).shuffle(entries);
    const order = entries.join("");
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  assertEquals(orders.size, 24);
  assert([...orders.keys()].every((order) => [...order].sort().join("") === "0123"));
  // The 0.1 % and 99.9 % quantiles of chi-square with 23 degrees of freedom.
  const statistic = chiSquare([...orders.values()]);
  assert(statistic > 7.5 && statistic < 49.7, `chi-square ${statistic}`);
});
