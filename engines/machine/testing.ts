/**
 * What the tests of the machine passes share.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { machinePassesAvailable, openMachinePasses, type Rows } from "./mod.ts";

const isAvailable = machinePassesAvailable();

/** Test something that needs the instructions; without them the reason is printed once. */
export function testMachine(name: string, run: () => void): void {
  Deno.test({ name, ignore: !isAvailable, fn: run });
}

if (!isAvailable) {
  // deno-lint-ignore no-console -- a skipped test says why
  console.log("skipped, as there is no AVX-512, Linux on x86-64 or permission to use FFI");
}

/** The passes that the tests use. */
export const passes = isAvailable ? openMachinePasses() : undefined!;

const PAGE = 4096;
const READ_WRITE = 3;
const PRIVATE_ANONYMOUS = 0x22;
const CANARY = 0xa5;

const libc = isAvailable
  ? Deno.dlopen("libc.so.6", {
    mmap: { parameters: ["u64", "usize", "i32", "i32", "i32", "i64"], result: "u64" },
    mprotect: { parameters: ["u64", "usize", "i32"], result: "i32" },
    munmap: { parameters: ["u64", "usize"], result: "i32" },
  }).symbols
  : undefined!;

/** Rows that end where a page begins that nobody may touch. */
export interface GuardedRows extends Rows, Disposable {
  /** The numbers. */
  readonly values: Float32Array<ArrayBuffer>;
  /** Fail if something was written before the first of them. */
  assertIntact(): void;
}

/** Put rows before a forbidden page: a routine that goes beyond them ends the process. */
export function guardedRows(values: Float32Array, channels: number): GuardedRows {
  const bytes = 4 * values.length;
  const size = PAGE * (1 + Math.ceil(bytes / PAGE));
  const start = libc.mmap(0n, BigInt(size + PAGE), READ_WRITE, PRIVATE_ANONYMOUS, -1, 0n);
  assertEquals(libc.mprotect(start + BigInt(size), BigInt(PAGE), 0), 0);
  const memory = Deno.UnsafePointerView.getArrayBuffer(Deno.UnsafePointer.create(start)!, size);
  const before = new Uint8Array(memory, 0, size - bytes).fill(CANARY);
  const own = new Float32Array(memory, size - bytes, values.length);
  own.set(values);
  return {
    ...{ address: start + BigInt(size - bytes), channels, values: own },
    assertIntact: () => assert(before.every((byte) => byte === CANARY)),
    [Symbol.dispose]: () => assertEquals(libc.munmap(start, BigInt(size + PAGE)), 0),
  };
}

/** Gives arrays of numbers between -1 and 1, always the same ones for a seed. */
export function numbersOf(seed: number): (size: number) => Float32Array<ArrayBuffer> {
  let state = seed;
  return (size) =>
    Float32Array.from({ length: size }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 31 - 1;
    });
}

/** Half a unit in the last place of 1: the relative error of one rounding. */
const ROUNDING = 2 ** -24;

/** A sum made in doubles, and how large its terms are. */
export interface Reference {
  /** The sums. */
  readonly sums: Float64Array<ArrayBuffer>;
  /** Sums of the terms' absolute values. */
  readonly sizes: Float64Array<ArrayBuffer>;
  /** Add a term. */
  add(at: number, term: number): void;
}

/** Sums of 0. */
export function reference(size: number): Reference {
  const [sums, sizes] = [new Float64Array(size), new Float64Array(size)];
  return {
    sums,
    sizes,
    add(at, term) {
      sums[at]! += term;
      sizes[at]! += Math.abs(term);
    },
  };
}

/**
 * Assert that float32 sums are right.
 *
 * A sum of n terms is off by at most (n − 1)·u·Σ|terms| with u = 2⁻²⁴, and each term, a product, by
 * u·|term|; 1 % more covers the higher orders in u.
 */
export function assertSums(
  actual: Float32Array | Float64Array,
  { sums, sizes }: Reference,
  terms: number,
): void {
  assertEquals(actual.length, sums.length);
  actual.forEach((value, at) => {
    const bound = 1.01 * ROUNDING * terms * sizes[at]!;
    assert(Math.abs(value - sums[at]!) <= bound, `${at}: ${value}, not ${sums[at]} ± ${bound}`);
  });
}
