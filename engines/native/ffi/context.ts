/**
 * Ops on tensors, without TensorFlow.js: the layer that the engine's backend stands on, and that a
 * faster executor can stand on as well.
 *
 * How to think about it: a tensor is a number that this context gave out, its memory is TensorFlow's
 * and lives until `dispose`; nothing is freed by garbage collection. Everything is synchronous.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";
import type { Attributes } from "./attribute.ts";
import { cString, readCString } from "./bytes.ts";
import { encodeConfig } from "./config.ts";
import { type DType, dtypeName, type NumericArray, type TensorValues } from "./dtype.ts";
import { openLibrary } from "./library.ts";
import { Status } from "./status.ts";
import type { Pointer, TensorFlow } from "./symbols.ts";
import { newTensor, readTensor, readTensorInto } from "./tensor.ts";

/** A tensor of one context; a number is never used twice, not by another context either. */
export type TensorId = number;

let next: TensorId = 0;

/** Something that TensorFlow computes on. */
export interface Device {
  /** TensorFlow's name for it. */
  readonly name: string;
  /** `"CPU"`, `"GPU"` … */
  readonly type: string;
}

/** Options of {@linkcode openContext}. */
export interface ContextOptions {
  /** Threads of one op. The first context of a process decides for all of them. */
  readonly threads: number;
}

/**
 * Open a context.
 *
 * @param folder Folder of TensorFlow's two libraries, proven before.
 * @param options Number of threads.
 * @returns The context; close it when a worker ends.
 * @throws {EspalierError} `ERR_ENGINE_UNAVAILABLE`, `ERR_PERMISSION` or `ERR_ENGINE_FAILED`.
 */
export function openContext(folder: string, options: ContextOptions): EagerContext {
  const library = openLibrary(folder);
  const status = new Status(library);
  const contextOptions = library.TFE_NewContextOptions();
  const config = encodeConfig(options.threads);
  library.TFE_ContextOptionsSetConfig(
    contextOptions,
    config,
    BigInt(config.length),
    status.pointer,
  );
  status.check("configure", "TensorFlow");
  const context = library.TFE_NewContext(contextOptions, status.pointer);
  library.TFE_DeleteContextOptions(contextOptions);
  status.check("start", "TensorFlow");
  return new EagerContext(library, { context, status });
}

function listDevices(library: TensorFlow, context: Pointer, status: Status): Device[] {
  const list = library.TFE_ContextListDevices(context, status.pointer);
  status.check("list", "devices");
  const count = library.TF_DeviceListCount(list);
  const devices = Array.from({ length: count }, (_, i) => ({
    name: readCString(library.TF_DeviceListName(list, i, status.pointer)),
    type: readCString(library.TF_DeviceListType(list, i, status.pointer)),
  }));
  library.TF_DeleteDeviceList(list);
  return devices;
}

/** TensorFlow's eager context and the tensors in it. */
export class EagerContext implements Disposable {
  /** Version of the library. */
  readonly version: string;
  /** What the context computes on. */
  readonly devices: readonly Device[];
  readonly #library: TensorFlow;
  readonly #context: Pointer;
  readonly #status: Status;
  readonly #tensors = new Map<TensorId, Pointer>();
  /** Where tensors go once they are made; nothing: they stay in the host's memory. */
  readonly #gpu: string | undefined;
  readonly #count = new Int32Array(1);
  #outputs = new BigUint64Array(16);
  #isClosed = false;

  /**
   * Use {@linkcode openContext}.
   *
   * @param library The library.
   * @param handles What was opened.
   */
  constructor(library: TensorFlow, handles: { context: Pointer; status: Status }) {
    this.#library = library;
    this.#context = handles.context;
    this.#status = handles.status;
    this.version = readCString(library.TF_Version());
    this.devices = listDevices(library, this.#context, this.#status);
    this.#gpu = this.devices.find(({ type }) => type === "GPU")?.name;
  }

  /** Number of tensors that were not disposed. */
  get numTensors(): number {
    return this.#tensors.size;
  }

  /**
   * Run an op.
   *
   * @param op Its name, such as `"Conv2D"`.
   * @param attributes Its attributes.
   * @param inputs Its inputs, which stay the caller's. Lists lie flat, with `N` as an attribute.
   * @param outputs How many outputs it has.
   * @returns The outputs; the caller disposes them.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` with TensorFlow's message.
   */
  execute(
    op: string,
    attributes: Attributes,
    inputs: readonly TensorId[],
    outputs = 1,
  ): TensorId[] {
    this.#assertOpen();
    const library = this.#library;
    const status = this.#status;
    const pointer = library.TFE_NewOp(this.#context, cString(op), status.pointer);
    status.check("run", op);
    try {
      for (const input of inputs) {
        library.TFE_OpAddInput(pointer, this.#pointer(input), status.pointer);
        status.check("run", op);
      }
      const target = { library, op: pointer, status };
      for (const set of attributes) set(target);
      if (outputs > this.#outputs.length) this.#outputs = new BigUint64Array(outputs);
      this.#count[0] = outputs;
      library.TFE_Execute(pointer, this.#outputs, this.#count, status.pointer);
      status.check("run", op);
    } finally {
      library.TFE_DeleteOp(pointer);
    }
    return Array.from({ length: this.#count[0]! }, (_, i) => this.#keep(this.#outputs[i]!));
  }

  /**
   * Make a tensor.
   *
   * @param shape Its dimensions.
   * @param dtype Its type.
   * @param values Its values, which are copied.
   * @returns The tensor.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` when shape, dtype and values do not fit.
   */
  tensor(shape: readonly number[], dtype: DType, values: TensorValues): TensorId {
    this.#assertOpen();
    const library = this.#library;
    const tensor = newTensor(library, shape, { dtype, values });
    const handle = library.TFE_NewTensorHandle(tensor, this.#status.pointer);
    library.TF_DeleteTensor(tensor);
    this.#status.check("make", "a tensor");
    const isHostOnly = dtype === "int32" || dtype === "string";
    return this.#keep(this.#gpu === undefined || isHostOnly ? handle : this.#toGpu(handle));
  }

  /** Ops on a GPU would otherwise copy the tensor there again and again. */
  #toGpu(handle: Pointer): Pointer {
    const copy = this.#library.TFE_TensorHandleCopyToDevice(
      handle,
      this.#context,
      cString(this.#gpu!),
      this.#status.pointer,
    );
    this.#library.TFE_DeleteTensorHandle(handle);
    this.#status.check("copy", "a tensor to the GPU");
    return copy;
  }

  /**
   * Values of a tensor.
   *
   * @param id The tensor.
   * @returns A copy.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` for a tensor that is not there, or holds no values.
   */
  read(id: TensorId): TensorValues {
    const dtype = this.dtype(id);
    return this.#resolved(id, (tensor) => readTensor(this.#library, tensor, dtype));
  }

  /**
   * Copy the numbers of a tensor into an array.
   *
   * @param id The tensor.
   * @param target As many bytes as the tensor has; may lie in shared memory.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` when the tensor is not there or has another size.
   */
  readInto(id: TensorId, target: NumericArray): void {
    this.#resolved(id, (tensor) => readTensorInto(this.#library, tensor, target));
  }

  #resolved<R>(id: TensorId, use: (tensor: Pointer) => R): R {
    const tensor = this.#library.TFE_TensorHandleResolve(this.#pointer(id), this.#status.pointer);
    this.#status.check("read", `tensor ${id}`);
    try {
      return use(tensor);
    } finally {
      this.#library.TF_DeleteTensor(tensor);
    }
  }

  /**
   * Dimensions of a tensor.
   *
   * @param id The tensor.
   * @returns Its dimensions.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` for a tensor that is not there.
   */
  shape(id: TensorId): number[] {
    const handle = this.#pointer(id);
    const status = this.#status.pointer;
    const rank = this.#library.TFE_TensorHandleNumDims(handle, status);
    this.#status.check("read", `the shape of tensor ${id}`);
    return Array.from(
      { length: rank },
      (_, axis) => Number(this.#library.TFE_TensorHandleDim(handle, axis, status)),
    );
  }

  /**
   * Type of a tensor.
   *
   * @param id The tensor.
   * @returns Its dtype.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` for a tensor that is not there, or whose type the
   * binding does not know.
   */
  dtype(id: TensorId): DType {
    return dtypeName(this.#library.TFE_TensorHandleDataType(this.#pointer(id)));
  }

  /**
   * Free tensors.
   *
   * @param ids The tensors.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` for one that is not there.
   */
  dispose(...ids: readonly TensorId[]): void {
    for (const id of ids) {
      this.#library.TFE_DeleteTensorHandle(this.#pointer(id));
      this.#tensors.delete(id);
    }
  }

  /** Free all tensors and the context. It cannot be used afterwards. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.dispose(...this.#tensors.keys());
    this.#library.TFE_DeleteContext(this.#context);
    this.#status.delete();
  }

  /** {@linkcode close} for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #assertOpen(): void {
    if (!this.#isClosed) return;
    throw new EspalierError("ERR_ENGINE_FAILED", "Cannot use a context as it was closed");
  }

  #keep(handle: Pointer): TensorId {
    this.#tensors.set(next, handle);
    return next++;
  }

  #pointer(id: TensorId): Pointer {
    const handle = this.#tensors.get(id);
    if (handle !== undefined) return handle;
    throw new EspalierError(
      "ERR_ENGINE_FAILED",
      `Cannot use tensor ${id} as it is not there: it was disposed, or is of another context`,
    );
  }
}
