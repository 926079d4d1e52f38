/**
 * Runs routines on panels of channels.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";
import { FLOAT, LANES, type Panel, vectorsOf } from "./columns.ts";
import { type EntryPoint, openExecutableMemory } from "./executable.ts";
import type { Routine } from "./routine.ts";
import type { Rows } from "./machine_passes.ts";
import { type Region, Scratch } from "./scratch.ts";

const MOST_ARGUMENTS = 16;

/** Keeps the machine code that was made, and the scratch memory that it works in. */
export class Runner implements Disposable {
  readonly #code = openExecutableMemory();
  readonly #entryPoints = new Map<string, EntryPoint>();
  readonly #scratch = new Scratch();
  readonly #arguments = new BigUint64Array(new ArrayBuffer(8 * MOST_ARGUMENTS));
  readonly #address: bigint = BigInt(
    Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#arguments)),
  );

  /** Room for so many bytes each, until the next call of `scratch`. */
  scratch(...sizes: readonly number[]): Region[] {
    return this.#scratch.regions(...sizes);
  }

  /** Run a routine for a shape; the first time, its code is made. */
  run<Shape, Argument extends string>(
    routine: Routine<Shape, Argument>,
    { shape, values }: {
      readonly shape: Shape;
      readonly values: Readonly<Record<Argument, bigint>>;
    },
  ): void {
    const key = routine.name + JSON.stringify(shape);
    let enter = this.#entryPoints.get(key);
    if (!enter) this.#entryPoints.set(key, enter = this.#code.load(routine.assemble(shape)));
    routine.parameters.forEach((name, index) => this.#arguments[index] = values[name]);
    enter(this.#address);
  }

  [Symbol.dispose](): void {
    this.#entryPoints.clear();
    this.#code[Symbol.dispose]();
  }
}

/** Refuse sizes that do not fit: a routine would write into foreign memory. */
export function requireFit(isFitting: boolean, rule: string): void {
  if (isFitting) return;
  throw new EspalierError("ERR_ENGINE_FAILED", `Cannot run a machine pass as ${rule}`);
}

/** Number of rows as an argument. */
export function countOf(rows: number): bigint {
  const isCount = Number.isInteger(rows) && rows >= 0 && rows < 2 ** 31;
  requireFit(isCount, `the number of rows is a whole number below 2 to the 31: found ${rows}`);
  return BigInt(rows);
}

/** Address of a panel's first channel. */
export const startOf = ({ address }: Rows, { first }: Panel): bigint =>
  address + BigInt(FLOAT * first);

/** Channels of a panel, filled up to whole vectors. */
export const paddedOf = ({ channels }: Panel): number => LANES * vectorsOf(channels);

/** A panel of a matrix. */
interface Part {
  /** Columns of the matrix. */
  readonly width: number;
  /** Those that count. */
  readonly panel: Panel;
}

/** Copy a panel of a matrix, its rows padded with zeros to whole vectors. */
export function pack(target: Float32Array, source: Float32Array, { width, panel }: Part): void {
  const { first, channels } = panel;
  const padded = paddedOf(panel);
  target.fill(0);
  for (let from = first, to = 0; from < source.length; from += width, to += padded) {
    target.set(source.subarray(from, from + channels), to);
  }
}

/** Copy sums out of padded rows into a panel of a matrix. */
export function unpack(target: Float64Array, source: Float64Array, { width, panel }: Part): void {
  const { first, channels } = panel;
  const padded = paddedOf(panel);
  for (let to = first, from = 0; to < target.length; to += width, from += padded) {
    target.set(source.subarray(from, from + channels), to);
  }
}

/** A region of `count` sums, all 0. */
export function sumsIn(runner: Runner, count: number): {
  readonly address: bigint;
  readonly sums: Float64Array;
} {
  const [{ address, floats }] = runner.scratch(count * 8) as [Region];
  return { address, sums: new Float64Array(floats.buffer, floats.byteOffset, count).fill(0) };
}
