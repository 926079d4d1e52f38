import type { io } from "@tensorflow/tfjs";

/**
 * How weights are stored, as TensorFlow.js reads them: `float16` all of them in half the bytes; `uint8`
 * kernels and matrices in a quarter, vectors as they are, as those of norms are divided by.
 */
export type Quantization = "float16" | "uint8";

/** Weights as they are stored, and their entries in the manifest. */
export interface StoredWeights {
  /** Names, shapes, how they are stored. */
  readonly specs: io.WeightsManifestEntry[];
  /** Their bytes, one behind the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Largest number of 16 bits. */
const LARGEST_HALF = 65504;

/**
 * The nearest number of 16 bits: sign, 5 bits of exponent, 10 of fraction; ties to even.
 *
 * @param value At most 65504 from 0.
 * @returns Its bits.
 */
export function floatToHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  // Steps between neighbours: 2^-24 below 2^-14, else 2^-10 of the power of two.
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.max(size, 2 ** -24))));
  const steps = size / 2 ** (exponent - 10);
  const down = Math.floor(steps), rest = steps - down;
  const rounded = down + (rest > 0.5 || rest === 0.5 && down % 2 === 1 ? 1 : 0);
  // Fraction and exponent stand side by side, so that rounding up to the next power carries.
  return sign | ((exponent + 14) * 1024 + rounded);
}

const isHalf = (values: Float32Array): boolean =>
  values.every((value) => Math.abs(value) <= LARGEST_HALF);

/** 256 steps over the range of some values and 0, one of which is 0. */
function stepsOf(values: Float32Array): { readonly min: number; readonly scale: number } {
  const [low, high] = values.reduce(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [0, 0],
  );
  const scale = high > low ? (high - low) / 255 : 1;
  return { min: Math.round(low / scale) * scale, scale };
}

type Entry = Pick<io.WeightsManifestEntry, "quantization">;
type Stored = readonly [entry: Entry, bytes: Uint8Array];

const plain = (values: Float32Array): Stored => [
  {},
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
];

const FORMS: Readonly<Record<Quantization, (values: Float32Array, axes: number) => Stored>> = {
  float16(values) {
    if (!isHalf(values)) return plain(values);
    const halves = Uint16Array.from(values, floatToHalf);
    return [{ quantization: { dtype: "float16" } }, new Uint8Array(halves.buffer)];
  },
  uint8(values, axes) {
    if (axes < 2) return plain(values);
    const { min, scale } = stepsOf(values);
    const place = (value: number) => Math.min(255, Math.max(0, Math.round((value - min) / scale)));
    return [{ quantization: { dtype: "uint8", min, scale } }, Uint8Array.from(values, place)];
  },
};

/**
 * Store weights in fewer bytes: a number of `float16` is off by 2^-11 of itself at most, one of `uint8` by
 * half a step, 1/255 of its array's range. Arrays with numbers that 16 bits cannot hold stay as they are.
 *
 * @param weights Entries of 32-bit floats, and their bytes.
 * @param form How.
 * @returns Entries that say so, and bytes.
 */
export function quantizeWeights(
  { specs, bytes }: StoredWeights,
  form: Quantization,
): StoredWeights {
  let offset = 0;
  const stored = specs.map((spec) => {
    const { shape } = spec;
    const count = shape.reduce((a, b) => a * b, 1);
    const values = new Float32Array(bytes.slice(offset, offset += 4 * count).buffer);
    const [entry, own] = FORMS[form](values, shape.length);
    return { spec: { ...spec, ...entry }, own };
  });
  const joined = new Uint8Array(stored.reduce((sum, { own }) => sum + own.length, 0));
  stored.reduce((at, { own }) => (joined.set(own, at), at + own.length), 0);
  return { specs: stored.map(({ spec }) => spec), bytes: joined };
}
