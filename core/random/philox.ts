// The constants of the paper: two multipliers, and the steps of the key from round to round.
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** The upper 32 bits of `a * b`; every partial product stays below 2^53, so doubles are exact. */
function multiplyHigh(a: number, b: number): number {
  const low = (a & 0xffff) * b;
  return Math.floor(((a >>> 16) * b + Math.floor(low / 65536)) / 65536);
}

/**
 * Philox4x32-10: scramble a 128-bit counter under a 64-bit key into 128 random bits, in place.
 *
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
 *
 * @param counter Four words; replaced by the result.
 * @param key Two words.
 */
export function philox(counter: Uint32Array, key: ArrayLike<number>): void {
  let [x0, x1, x2, x3] = counter as unknown as [number, number, number, number];
  let [key0, key1] = key as unknown as [number, number];
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(x0, MULTIPLIER_0);
    const high1 = multiplyHigh(x2, MULTIPLIER_1);
    const low0 = Math.imul(x0, MULTIPLIER_0);
    const low1 = Math.imul(x2, MULTIPLIER_1);
    x0 = (high1 ^ x1 ^ key0) >>> 0;
    x2 = (high0 ^ x3 ^ key1) >>> 0;
    x1 = low1 >>> 0;
    x3 = low0 >>> 0;
    key0 = (key0 + WEYL_0) >>> 0;
    key1 = (key1 + WEYL_1) >>> 0;
  }
  counter[0] = x0;
  counter[1] = x1;
  counter[2] = x2;
  counter[3] = x3;
}
