/**
 * The object that the backend of `@tensorflow/tfjs-node-gpu` calls, implemented by a context. It
 * takes the place of the package's compiled addon.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";
import { type Attribute, encodeAttributes } from "./attribute.ts";
import type { EagerContext, TensorId } from "./eager_context.ts";
import { type DType, dtypeName, DTYPES, type TensorValues } from "./dtype.ts";

/** An attribute as the kernels of tfjs-node give it. */
export interface BindingAttribute {
  /** Its name. */
  readonly name: string;
  /** `TF_ATTR_STRING` … `TF_ATTR_SHAPE`. */
  readonly type: number;
  /** One value or a list. */
  readonly value: unknown;
}

/** A tensor as the backend of tfjs-node expects it. */
export interface BindingTensor {
  /** Its number. */
  readonly id: TensorId;
  /** Its dimensions. */
  readonly shape: number[];
  /** TensorFlow's number of its dtype. */
  readonly dtype: number;
}

/** The part of the addon that the backend of tfjs-node uses. */
export interface Binding {
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_UINT8: number;
  readonly TF_STRING: number;
  readonly TF_COMPLEX64: number;
  readonly TF_INT64: number;
  readonly TF_BOOL: number;
  readonly TF_RESOURCE: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  /** Version of the library. */
  readonly "TF_Version": string;
  /** Make a tensor; the dtype is TensorFlow's number for it. */
  createTensor(
    shape: readonly number[],
    dtype: number,
    values: TensorValues | readonly number[],
  ): TensorId;
  /** Free a tensor. */
  deleteTensor(id: TensorId): void;
  /** Values of a tensor. */
  tensorDataSync(id: TensorId): TensorValues;
  /** Run an op. */
  executeOp(
    name: string,
    attributes: readonly BindingAttribute[],
    inputs: readonly TensorId[],
    outputs: number,
  ): BindingTensor[];
  /** Number of tensors that were not deleted. */
  getNumOfTensors(): number;
  /** Whether TensorFlow found a GPU. */
  isUsingGpuDevice(): boolean;
  /** Saved models are not supported: always 0. */
  getNumOfSavedModels(): number;
  /** Saved models are not supported: throws. */
  loadSavedModel(folder: string): never;
}

const KINDS = ["string", "int", "float", "bool", "type", "shape"] as const;

/** tfjs-node's number for a kind of attribute is its index in {@linkcode KINDS}. */
function toAttribute({ name, type, value }: BindingAttribute): Attribute {
  const kind = KINDS[type];
  if (kind === undefined) {
    throw new EspalierError(
      "ERR_ENGINE_FAILED",
      `Cannot set attribute ${name} as its type is one of TF_ATTR_*: found ${type}`,
    );
  }
  const isList = Array.isArray(value) && (kind !== "shape" || Array.isArray(value[0]));
  const named = kind === "type"
    ? isList ? (value as number[]).map(dtypeName) : dtypeName(value as number)
    : value;
  return { name, kind: isList ? `${kind}[]` : kind, value: named } as Attribute;
}

/** The values of a tensor; a few kernels pass plain lists of numbers. */
function toValues(dtype: DType, values: TensorValues | readonly number[]): TensorValues {
  const isList = Array.isArray(values) && dtype !== "string" && typeof values[0] !== "object";
  if (!isList) return values as TensorValues;
  if (dtype === "float32") return Float32Array.from(values);
  return dtype === "int32" ? Int32Array.from(values) : Uint8Array.from(values);
}

/**
 * Make the binding of a context.
 *
 * @param context The context.
 * @returns The binding.
 */
export function createBinding(context: EagerContext): Binding {
  const describe = (id: TensorId): BindingTensor => ({
    id,
    shape: context.shape(id),
    dtype: DTYPES[context.dtype(id)],
  });
  return {
    TF_FLOAT: DTYPES.float32,
    TF_INT32: DTYPES.int32,
    TF_UINT8: DTYPES.uint8,
    TF_STRING: DTYPES.string,
    TF_COMPLEX64: DTYPES.complex64,
    TF_INT64: DTYPES.int64,
    TF_BOOL: DTYPES.bool,
    TF_RESOURCE: DTYPES.resource,
    TF_ATTR_STRING: KINDS.indexOf("string"),
    TF_ATTR_INT: KINDS.indexOf("int"),
    TF_ATTR_FLOAT: KINDS.indexOf("float"),
    TF_ATTR_BOOL: KINDS.indexOf("bool"),
    TF_ATTR_TYPE: KINDS.indexOf("type"),
    TF_ATTR_SHAPE: KINDS.indexOf("shape"),
    "TF_Version": context.version,
    createTensor(shape, dtype, values) {
      const name = dtypeName(dtype);
      return context.tensor(shape, name, toValues(name, values));
    },
    deleteTensor: (id) => context.dispose(id),
    tensorDataSync: (id) => context.read(id),
    executeOp: (name, attributes, inputs, outputs) =>
      context.execute(
        name,
        encodeAttributes(...attributes.map(toAttribute)),
        inputs,
        outputs,
      ).map(describe),
    getNumOfTensors: () => context.numTensors,
    isUsingGpuDevice: () => context.devices.some(({ type }) => type === "GPU"),
    getNumOfSavedModels: () => 0,
    loadSavedModel(folder) {
      throw new EspalierError(
        "ERR_ENGINE_FAILED",
        `Cannot load ${folder} as this binding reads no SavedModel. ` +
          "Convert it to a TensorFlow.js model first.",
      );
    },
  };
}
