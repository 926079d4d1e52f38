/**
 * Helpers of the tests of this folder.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import type { WasmBackend } from "./heap.ts";

tf.enableProdMode();

/** Float32 rounding of sums, relative to the largest entry. */
export const ROUNDING = 1e-5;

/** Repeatable values in [-1, 1). */
export function noise(size: number, seed = 1): Float32Array {
  let state = seed * 2654435761 >>> 0;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Largest difference, relative to the largest expected entry. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, scale] = [actual.length === expected.length ? 0 : Infinity, 1e-30];
  for (let at = 0; at < expected.length; at++) {
    const gap = Math.abs(actual[at]! - expected[at]!);
    difference = Number.isNaN(gap) ? Infinity : Math.max(difference, gap);
    scale = Math.max(scale, Math.abs(expected[at]!));
  }
  return difference / scale;
}

/** Run a kernel on a backend over fresh tensors, and read its results. */
export async function runKernel(
  backend: "cpu" | "wasm",
  { name, inputs, attrs = {} }: {
    readonly name: string;
    readonly inputs: Readonly<Record<string, { values: Float32Array; shape: number[] }>>;
    readonly attrs?: object;
  },
): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([key, { values, shape }]) => [key, tf.tensor(values, shape)]),
  );
  const results = [tf.engine().runKernel(name, tensors, attrs as tf.NamedAttrMap)].flat();
  const read = (results as tf.Tensor[]).map((tensor) => tensor.dataSync<"float32">());
  tf.dispose([tensors, results]);
  return read;
}

const PAGE = 65536;
const GUARD = 64;

/** A kernel of this folder. */
export type Kernel<A> = (args: {
  readonly inputs: Readonly<Record<string, tf.TensorInfo>>;
  readonly attrs: A;
  readonly backend: WasmBackend;
}) => tf.TensorInfo | tf.TensorInfo[];

/** A backend over a small memory of its own, where every allocation lies between guards. */
class GuardedBackend implements WasmBackend {
  readonly #memory = new WebAssembly.Memory({ initial: 64 });
  readonly #offsets = new Map<unknown, number>();
  readonly #guards: number[] = [];
  #free = 16;
  #outputs = 0;
  readonly wasm = {
    asm: { memory: this.#memory },
    _malloc: (bytes: number): number => this.#allocate(bytes),
    _free: (): void => {},
  };
  readonly dataIdMap = {
    get: (id: unknown): { memoryOffset: number } => ({ memoryOffset: this.#offsets.get(id)! }),
  };

  /** @param atEnd Which input or output ends where the memory ends. */
  constructor(readonly atEnd: string | number) {}

  #allocate(bytes: number): number {
    const pointer = this.#free + GUARD;
    this.#free = Math.ceil((pointer + bytes + GUARD) / 16) * 16;
    this.#guard(pointer - GUARD);
    this.#guard(pointer + bytes);
    return pointer;
  }

  #guard(pointer: number): void {
    this.#guards.push(pointer);
    new Uint8Array(this.#memory.buffer, pointer, GUARD).fill(171);
  }

  #make(shape: number[], atEnd: boolean): tf.TensorInfo {
    const bytes = 4 * tf.util.sizeFromShape(shape);
    const dataId = {};
    const end = 64 * PAGE - bytes;
    if (atEnd) this.#guard(end - GUARD);
    this.#offsets.set(dataId, atEnd ? end : this.#allocate(bytes));
    return { dataId, shape, dtype: "float32" };
  }

  /** Make an input. */
  input(name: string, { values, shape }: { values: Float32Array; shape: number[] }): tf.TensorInfo {
    const made = this.#make(shape, name === this.atEnd);
    this.read(made).set(values);
    return made;
  }

  makeOutput(shape: number[]): tf.TensorInfo {
    return this.#make(shape, this.#outputs++ === this.atEnd);
  }

  incRef(): void {}

  /** The values of a tensor. */
  read({ dataId, shape }: tf.TensorInfo): Float32Array {
    const size = tf.util.sizeFromShape(shape);
    return new Float32Array(this.#memory.buffer, this.#offsets.get(dataId)!, size);
  }

  /** Whether no guard was written to. */
  intact(): boolean {
    return this.#guards.every((pointer) =>
      new Uint8Array(this.#memory.buffer, pointer, GUARD).every((byte) => byte === 171)
    );
  }
}

/**
 * Run a kernel with each of its inputs and outputs once at the very end of the memory, where an
 * access past it traps, and with guards around everything else.
 *
 * @returns What it computed, and the message of any failure.
 */
export function runGuarded<A>(
  kernel: Kernel<A>,
  { inputs, attrs, outputs }: {
    readonly inputs: Readonly<Record<string, { values: Float32Array; shape: number[] }>>;
    readonly attrs: A;
    readonly outputs: number;
  },
): { readonly results: Float32Array[][]; readonly damaged: (string | number)[] } {
  const damaged: (string | number)[] = [];
  const places = [...Object.keys(inputs), ...Array.from({ length: outputs }, (_, at) => at)];
  const results = places.map((atEnd) => {
    const backend = new GuardedBackend(atEnd);
    const made = Object.entries(inputs).map(([key, data]) => [key, backend.input(key, data)]);
    const values = [kernel({ inputs: Object.fromEntries(made), attrs, backend })].flat()
      .map((info) => backend.read(info));
    if (!backend.intact()) damaged.push(atEnd);
    return values;
  });
  return { results, damaged };
}
