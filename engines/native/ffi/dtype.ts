/**
 * TensorFlow's types of numbers, and the arrays that hold them here.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";

/** Name of a dtype. */
export type DType =
  | "float32"
  | "float64"
  | "int32"
  | "uint8"
  | "int16"
  | "int8"
  | "string"
  | "complex64"
  | "int64"
  | "bool"
  | "bfloat16"
  | "uint16"
  | "complex128"
  | "float16"
  | "resource"
  | "variant"
  | "uint32"
  | "uint64";

/** TensorFlow's number of every dtype that a tensor of the binding may have. */
export const DTYPES: Readonly<Record<DType, number>> = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  int16: 5,
  int8: 6,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  uint16: 17,
  complex128: 18,
  float16: 19,
  resource: 20,
  variant: 21,
  uint32: 22,
  uint64: 23,
};

/**
 * An array of numbers. Complex numbers are pairs of numbers; float16 and bfloat16 are raw bits in a
 * `Uint16Array`; bool is 0 or 1 in a `Uint8Array`.
 */
export type NumericArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint8Array
  | Int16Array
  | Int8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** The values of a tensor: numbers, or one byte array per string. */
export type TensorValues = NumericArray | readonly Uint8Array[];

type NumericConstructor = new (buffer: ArrayBuffer) => NumericArray;

/** The array of a dtype, and how many of its elements make one number. */
const ARRAYS: Readonly<Partial<Record<DType, readonly [NumericConstructor, number, number]>>> = {
  float32: [Float32Array, 4, 1],
  float64: [Float64Array, 8, 1],
  int32: [Int32Array, 4, 1],
  uint8: [Uint8Array, 1, 1],
  int16: [Int16Array, 2, 1],
  int8: [Int8Array, 1, 1],
  complex64: [Float32Array, 4, 2],
  int64: [BigInt64Array, 8, 1],
  bool: [Uint8Array, 1, 1],
  bfloat16: [Uint16Array, 2, 1],
  uint16: [Uint16Array, 2, 1],
  complex128: [Float64Array, 8, 2],
  float16: [Uint16Array, 2, 1],
  uint32: [Uint32Array, 4, 1],
  uint64: [BigUint64Array, 8, 1],
};

const NAMES = new Map<number, DType>(
  (Object.keys(DTYPES) as DType[]).map((name) => [DTYPES[name], name]),
);

/**
 * Name of TensorFlow's number of a dtype.
 *
 * @param code The number.
 * @returns The name.
 * @throws {EspalierError} `ERR_ENGINE_FAILED` for a dtype that the binding does not know.
 */
export function dtypeName(code: number): DType {
  const name = NAMES.get(code);
  if (name !== undefined) return name;
  throw new EspalierError(
    "ERR_ENGINE_FAILED",
    `Cannot use a tensor as its dtype is not supported: TensorFlow's number ${code}. ` +
      `Cast it to one of ${Object.keys(DTYPES).join(", ")}.`,
  );
}

/**
 * Bytes that one number of a dtype takes.
 *
 * @param dtype The dtype.
 * @returns The bytes; undefined for strings, resources and variants, which have no fixed size.
 */
export function bytesPerNumber(dtype: DType): number | undefined {
  const array = ARRAYS[dtype];
  return array && array[1] * array[2];
}

/**
 * The bytes of a tensor as numbers.
 *
 * @param buffer The bytes, not shared with anyone.
 * @param dtype The dtype; with a fixed size.
 * @returns A view.
 */
export function toNumbers(buffer: ArrayBuffer, dtype: DType): NumericArray {
  return new ARRAYS[dtype]![0](buffer);
}
