/**
 * Helpers of the tests of this folder.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { assert, assertEquals } from "@std/assert";
import { registerWasmKernels } from "../register.ts";

/** A function of tensors whose output and gradients are compared. */
export type Subject = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Input of a subject: its shape, and its values (default: {@linkcode wave}). */
export interface Input {
  /** Shape. */
  readonly shape: number[];
  /** Values, or the phase of their {@linkcode wave}; the input's index by default. */
  readonly values?: Float32Array | number;
}

/** Numbers in (-1, 1) that do not repeat, so that a wrong index gives another number. */
export function wave(length: number, phase = 0): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * phase));
}

const sizeOf = (shape: number[]): number => shape.reduce((size, length) => size * length, 1);

function dataOf({ shape, values }: Input, index: number): Float32Array {
  return values instanceof Float32Array ? values : wave(sizeOf(shape), values ?? index);
}

/** Output, and gradients of `sum(output · wave)` with respect to every input. */
export interface Evaluated {
  /** Shape of the output. */
  readonly shape: number[];
  /** The output. */
  readonly output: Float32Array;
  /** One gradient for each input. */
  readonly gradients: Float32Array[];
}

/** Use a backend, with the kernels registered. */
export async function use(backend: "wasm" | "cpu"): Promise<void> {
  tf.enableProdMode();
  await tf.setBackend(backend);
  registerWasmKernels();
}

const held = () => [
  tf.memory().numTensors,
  (tf.backend() as unknown as { numDataIds(): number }).numDataIds(),
];

/**
 * Evaluate on a backend, and check that no tensor leaks and no input is freed or changed.
 * The gradients are left out where TensorFlow.js has none (`forwardOnly`).
 */
export async function evaluate(
  backend: "wasm" | "cpu",
  subject: Subject,
  { inputs, forwardOnly = false }: { inputs: Input[]; forwardOnly?: boolean },
): Promise<Evaluated> {
  await use(backend);
  const data = inputs.map(dataOf);
  const tensors = inputs.map(({ shape }, i) => tf.tensor(data[i]!, shape));
  const before = held();
  const result = tf.tidy(() => {
    const output = subject(...tensors);
    const weights = tf.tensor(wave(output.size, 7), output.shape);
    const loss = (...x: tf.Tensor[]) => tf.sum(tf.mul(subject(...x), weights));
    const gradients = forwardOnly ? [] : tf.grads(loss)(tensors);
    return {
      shape: output.shape,
      output: output.dataSync() as Float32Array,
      gradients: gradients.map((gradient) => gradient.dataSync() as Float32Array),
    };
  });
  assertEquals(held(), before, "tensors, data");
  tensors.forEach((tensor, i) => assertEquals(tensor.dataSync(), data[i]!, `input ${i}`));
  tf.dispose(tensors);
  return result;
}

/** Assert that every number is within `tolerance`, relative to the largest. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { message, tolerance = 2e-5 }: { message: string; tolerance?: number },
): void {
  assertEquals(actual.length, expected.length, `${message}: length`);
  const scale = Array.from(expected).reduce((max, value) => Math.max(max, Math.abs(value)), 1);
  for (let i = 0; i < expected.length; i++) {
    const off = Math.abs(actual[i]! - expected[i]!);
    assert(
      off <= tolerance * scale,
      `${message} at ${i}: ${actual[i]} is not ${expected[i]} (scale ${scale})`,
    );
  }
}

/** Assert that the wasm backend's output and gradients are those of the cpu backend. */
export async function assertLikeCpu(
  subject: Subject,
  { message, ...options }: { inputs: Input[]; message: string; forwardOnly?: boolean },
): Promise<void> {
  const expected = await evaluate("cpu", subject, options);
  const actual = await evaluate("wasm", subject, options);
  assertEquals(actual.shape, expected.shape, message);
  assertClose(actual.output, expected.output, { message: `${message}: output` });
  actual.gradients.forEach((gradient, i) =>
    assertClose(gradient, expected.gradients[i]!, { message: `${message}: gradient ${i}` })
  );
}

/** Assert that the wasm backend's gradients are the central differences of its output. */
export async function assertGradients(
  subject: Subject,
  { inputs, message, step = 0.25 }: { inputs: Input[]; message: string; step?: number },
): Promise<void> {
  const { gradients } = await evaluate("wasm", subject, { inputs });
  const data = inputs.map(dataOf);
  const loss = (): number =>
    tf.tidy(() => {
      const output = subject(...data.map((values, i) => tf.tensor(values, inputs[i]!.shape)));
      const weights = wave(output.size, 7);
      return (output.dataSync() as Float32Array).reduce(
        (sum, value, i) => sum + value * weights[i]!,
        0,
      );
    });
  data.forEach((values, k) => {
    const differences = Array.from(values, (value, i) => {
      values[i] = value + step;
      const above = loss(), up = values[i]!;
      values[i] = value - step;
      const below = loss(), down = values[i]!;
      values[i] = value;
      return (above - below) / (up - down);
    });
    assertClose(gradients[k]!, differences, {
      message: `${message}: gradient ${k} against differences`,
      tolerance: 1e-4,
    });
  });
}
