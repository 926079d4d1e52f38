/**
 * Ops on tensors without TensorFlow.js: the layer below both the engine's backend and its executor.
 *
 * How to think about it: only TensorFlow's eager C API is bound (symbols.ts). It makes tensors,
 * runs one op at a time and reads results; graphs, sessions and saved models are not bound. A
 * tensor is a number that a context issued. Its memory belongs to TensorFlow and lives until
 * `dispose`: nothing is freed by garbage collection. Everything is synchronous.
 *
 * @module
 */
import type { Attributes } from "./attribute.ts";
import type { DType, NumericArray, TensorValues } from "./dtype.ts";

/** A tensor of one context. No number is used twice, not even by another context. */
export type TensorId = number;

/** Something that TensorFlow computes on. */
export interface Device {
  /** TensorFlow's name for it. */
  readonly name: string;
  /** `"CPU"`, `"GPU"` … */
  readonly type: string;
}

/** TensorFlow's eager context and the tensors in it. */
export interface EagerContext extends Disposable {
  /** Version of the library. */
  readonly version: string;
  /** What the context computes on. */
  readonly devices: readonly Device[];
  /** Number of tensors that were not disposed. */
  readonly numTensors: number;

  /**
   * Run an op.
   *
   * @param op Its name, such as `"Conv2D"`.
   * @param attributes Its attributes.
   * @param inputs Its inputs, which stay the caller's. Lists of inputs are flattened; they need `N`
   * and `T` among the attributes.
   * @param outputs How many outputs it has; 1 by default.
   * @returns The outputs; the caller disposes them.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` with TensorFlow's message.
   */
  execute(
    op: string,
    attributes: Attributes,
    inputs: readonly TensorId[],
    outputs?: number,
  ): TensorId[];

  /**
   * Make a tensor.
   *
   * @param shape Its dimensions.
   * @param dtype Its type.
   * @param values Its values, which are copied.
   * @returns The tensor.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` when shape, dtype and values do not fit.
   */
  tensor(shape: readonly number[], dtype: DType, values: TensorValues): TensorId;

  /**
   * Make a float32 tensor with undefined values, to be written at its address.
   *
   * @param shape Its dimensions.
   * @returns The tensor; the caller disposes it.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` when there is no memory.
   */
  allocate(shape: readonly number[]): TensorId;

  /**
   * Address of a tensor's data, valid until it is disposed. On a GPU it is that of a copy.
   *
   * @param id The tensor.
   * @returns The address of the first.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` for a tensor that is not there.
   */
  address(id: TensorId): bigint;

  /**
   * Values of a tensor.
   *
   * @param id The tensor.
   * @returns A copy.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` for a tensor that is not there, or holds no values.
   */
  read(id: TensorId): TensorValues;

  /**
   * Copy the numbers of a tensor into an array. For large tensors this is far faster than `read`,
   * since fresh memory costs more than the copy.
   *
   * @param id The tensor.
   * @param target As many bytes as the tensor has; may lie in shared memory.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` when the tensor is not there or has another size.
   */
  readInto(id: TensorId, target: NumericArray): void;

  /**
   * Dimensions of a tensor.
   *
   * @param id The tensor.
   * @returns Its dimensions.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` for a tensor that is not there.
   */
  shape(id: TensorId): number[];

  /**
   * Type of a tensor.
   *
   * @param id The tensor.
   * @returns Its dtype.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` for a tensor that is not there, or whose type the
   * binding does not know.
   */
  dtype(id: TensorId): DType;

  /**
   * Free tensors.
   *
   * @param ids The tensors.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` for one that is not there.
   */
  dispose(...ids: readonly TensorId[]): void;

  /** Free all tensors and the context. It cannot be used afterwards. */
  close(): void;
}
