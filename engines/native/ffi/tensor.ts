/**
 * Copies of numbers and strings to TensorFlow's memory and back.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";
import { valueBytes } from "./bytes.ts";
import {
  bytesPerNumber,
  type DType,
  DTYPES,
  type NumericArray,
  type TensorValues,
  toNumbers,
} from "./dtype.ts";
import type { Pointer, TensorFlow } from "./symbols.ts";

/** Size of TensorFlow's string object; part of its stable interface. */
const TSTRING_BYTES = 24;

function invalid(rule: string): EspalierError {
  return new EspalierError("ERR_ENGINE_FAILED", `Cannot make a tensor as ${rule}`);
}

function isStrings(values: TensorValues): values is readonly Uint8Array[] {
  return Array.isArray(values);
}

/** The address `offset` bytes after a pointer. */
function at(pointer: Deno.PointerValue, offset: number): Deno.PointerValue {
  return Deno.UnsafePointer.offset(pointer as Deno.PointerObject, offset);
}

function writeStrings(
  library: TensorFlow,
  data: Deno.PointerValue,
  strings: readonly Uint8Array[],
): void {
  strings.forEach((string, i) => {
    const target = at(data, TSTRING_BYTES * i);
    const { bytes, length } = valueBytes(string);
    library.TF_StringInit(target);
    library.TF_StringCopy(target, bytes, length);
  });
}

function byteLength(dtype: DType, elements: number, values: TensorValues): number {
  const bytes = bytesPerNumber(dtype);
  if (dtype === "string") {
    if (!isStrings(values)) throw invalid("strings are given as byte arrays: found numbers");
    if (values.length === elements) return TSTRING_BYTES * elements;
    throw invalid(`the shape holds ${elements} strings: found ${values.length}`);
  }
  if (bytes === undefined) throw invalid(`a ${dtype} holds no values that can be given`);
  if (isStrings(values)) throw invalid(`a ${dtype} tensor holds numbers: found strings`);
  if (values.byteLength === bytes * elements) return values.byteLength;
  throw invalid(
    `${elements} numbers of ${dtype} take ${bytes * elements} bytes: found ${values.byteLength}`,
  );
}

function assertShape(shape: readonly number[]): void {
  if (shape.every((size) => Number.isSafeInteger(size) && size >= 0)) return;
  throw invalid(`a dimension is a whole number: found [${shape}]`);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function allocate(
  library: TensorFlow,
  shape: readonly number[],
  { dtype, length }: { readonly dtype: DType; readonly length: number },
): Pointer {
  const dims = BigInt64Array.from(shape, BigInt);
  const tensor = library.TF_AllocateTensor(DTYPES[dtype], dims, shape.length, BigInt(length));
  if (tensor === 0n) throw invalid(`there is no memory for it: ${length} bytes`);
  return tensor;
}

/**
 * Make a `TF_Tensor` with undefined values.
 *
 * @param library The library.
 * @param shape Its dimensions.
 * @param dtype Its dtype, which is numeric.
 * @returns The tensor; the caller deletes it.
 * @throws {EspalierError} `ERR_ENGINE_FAILED` when the shape is invalid or memory runs out.
 */
export function allocateTensor(
  library: TensorFlow,
  shape: readonly number[],
  dtype: "float32",
): Pointer {
  assertShape(shape);
  return allocate(library, shape, { dtype, length: bytesPerNumber(dtype)! * sizeOf(shape) });
}

/**
 * Copy values into a new `TF_Tensor`.
 *
 * @param library The library.
 * @param shape Its dimensions.
 * @param content dtype and values; the caller may change the values afterwards.
 * @returns The tensor; the caller deletes it.
 * @throws {EspalierError} `ERR_ENGINE_FAILED` when shape, dtype and values do not fit.
 */
export function newTensor(
  library: TensorFlow,
  shape: readonly number[],
  content: { dtype: DType; values: TensorValues },
): Pointer {
  const { dtype, values } = content;
  assertShape(shape);
  const length = byteLength(dtype, sizeOf(shape), values);
  const tensor = allocate(library, shape, { dtype, length });
  const data = library.TF_TensorData(tensor);
  if (isStrings(values)) writeStrings(library, data, values);
  else if (length > 0) {
    new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(data!, length))
      .set(new Uint8Array(values.buffer, values.byteOffset, length));
  }
  return tensor;
}

function readString(library: TensorFlow, string: Deno.PointerValue): Uint8Array {
  const length = Number(library.TF_StringGetSize(string));
  if (length === 0) return new Uint8Array();
  const data = library.TF_StringGetDataPointer(string)!;
  return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(data, length).slice(0));
}

/**
 * Copy the values out of a `TF_Tensor`.
 *
 * @param library The library.
 * @param tensor The tensor; stays the caller's.
 * @param dtype Its dtype.
 * @returns The values, in memory of their own.
 * @throws {EspalierError} `ERR_ENGINE_FAILED` for a resource or variant.
 */
export function readTensor(library: TensorFlow, tensor: Pointer, dtype: DType): TensorValues {
  const length = Number(library.TF_TensorByteSize(tensor));
  const data = library.TF_TensorData(tensor);
  if (dtype === "string") {
    return Array.from(
      { length: length / TSTRING_BYTES },
      (_, i) => readString(library, at(data, TSTRING_BYTES * i)),
    );
  }
  if (bytesPerNumber(dtype) === undefined) {
    throw new EspalierError(
      "ERR_ENGINE_FAILED",
      `Cannot read a tensor as a ${dtype} holds no values`,
    );
  }
  const bytes = length === 0
    ? new ArrayBuffer(0)
    : Deno.UnsafePointerView.getArrayBuffer(data!, length).slice(0);
  return toNumbers(bytes, dtype);
}

/**
 * Copy the numbers of a `TF_Tensor` into an existing array.
 *
 * @param library The library.
 * @param tensor The tensor; stays the caller's.
 * @param target As many bytes as the tensor has; may lie in shared memory.
 * @throws {EspalierError} `ERR_ENGINE_FAILED` when it is shorter or longer.
 */
export function readTensorInto(library: TensorFlow, tensor: Pointer, target: NumericArray): void {
  const length = Number(library.TF_TensorByteSize(tensor));
  if (target.byteLength !== length) {
    throw new EspalierError(
      "ERR_ENGINE_FAILED",
      `Cannot read a tensor as the array has its length, ${length} bytes: ` +
        `found ${target.byteLength}`,
    );
  }
  if (length === 0) return;
  new Uint8Array(target.buffer, target.byteOffset, length)
    .set(
      new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(
        library.TF_TensorData(tensor)!,
        length,
      )),
    );
}
