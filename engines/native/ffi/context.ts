/**
 * TensorFlow's eager context by FFI.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";
import { type Attributes, setAttributes } from "./attribute.ts";
import { cString, readCString } from "./bytes.ts";
import { encodeConfig } from "./config.ts";
import { type DType, dtypeName, type NumericArray, type TensorValues } from "./dtype.ts";
import type { Device, EagerContext, TensorId } from "./eager_context.ts";
import { openLibrary } from "./library.ts";
import { Status } from "./status.ts";
import type { Pointer, TensorFlow } from "./symbols.ts";
import { allocateTensor, newTensor, readTensor, readTensorInto } from "./tensor.ts";

let next: TensorId = 0;

/** Options of {@linkcode openContext}. */
interface ContextOptions {
  /** Threads of one op. The first context of a process decides for all of them. */
  readonly threads: number;
}

/**
 * Open a context.
 *
 * @param folder Folder of TensorFlow's two libraries, which have been verified.
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
  return new OpenContext(library, { context, status });
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

class OpenContext implements EagerContext {
  readonly version: string;
  readonly devices: readonly Device[];
  readonly #library: TensorFlow;
  readonly #context: Pointer;
  readonly #status: Status;
  readonly #tensors = new Map<TensorId, Pointer>();
  /** The GPU that new tensors are moved to; undefined: they stay in the host's memory. */
  readonly #gpu: string | undefined;
  readonly #count = new Int32Array(1);
  #outputs = new BigUint64Array(16);
  #isClosed = false;

  constructor(library: TensorFlow, handles: { context: Pointer; status: Status }) {
    this.#library = library;
    this.#context = handles.context;
    this.#status = handles.status;
    this.version = readCString(library.TF_Version());
    this.devices = listDevices(library, this.#context, this.#status);
    this.#gpu = this.devices.find(({ type }) => type === "GPU")?.name;
  }

  get numTensors(): number {
    return this.#tensors.size;
  }

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
      setAttributes(attributes, { library, op: pointer, status });
      if (outputs > this.#outputs.length) this.#outputs = new BigUint64Array(outputs);
      this.#count[0] = outputs;
      library.TFE_Execute(pointer, this.#outputs, this.#count, status.pointer);
      status.check("run", op);
    } finally {
      library.TFE_DeleteOp(pointer);
    }
    return Array.from({ length: this.#count[0]! }, (_, i) => this.#keep(this.#outputs[i]!));
  }

  tensor(shape: readonly number[], dtype: DType, values: TensorValues): TensorId {
    this.#assertOpen();
    const handle = this.#handleOf(newTensor(this.#library, shape, { dtype, values }));
    const isHostOnly = dtype === "int32" || dtype === "string";
    return this.#keep(this.#gpu === undefined || isHostOnly ? handle : this.#toGpu(handle));
  }

  allocate(shape: readonly number[]): TensorId {
    this.#assertOpen();
    return this.#keep(this.#handleOf(allocateTensor(this.#library, shape, "float32")));
  }

  address(id: TensorId): Pointer {
    return this.#resolved(
      id,
      (tensor) => BigInt(Deno.UnsafePointer.value(this.#library.TF_TensorData(tensor))),
    );
  }

  #handleOf(tensor: Pointer): Pointer {
    const handle = this.#library.TFE_NewTensorHandle(tensor, this.#status.pointer);
    this.#library.TF_DeleteTensor(tensor);
    this.#status.check("make", "a tensor");
    return handle;
  }

  /** Move a tensor to the GPU, as every op on it would otherwise copy it there again. */
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

  read(id: TensorId): TensorValues {
    const dtype = this.dtype(id);
    return this.#resolved(id, (tensor) => readTensor(this.#library, tensor, dtype));
  }

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

  dtype(id: TensorId): DType {
    return dtypeName(this.#library.TFE_TensorHandleDataType(this.#pointer(id)));
  }

  dispose(...ids: readonly TensorId[]): void {
    for (const id of ids) {
      this.#library.TFE_DeleteTensorHandle(this.#pointer(id));
      this.#tensors.delete(id);
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const id of this.#tensors.keys()) this.dispose(id);
    this.#library.TFE_DeleteContext(this.#context);
    this.#status.delete();
  }

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
