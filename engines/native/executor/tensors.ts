/**
 * Features as tensors of TensorFlow, and the helpers that the executor's passes run ops with.
 *
 * @module
 */
import type { Feature, FeatureShape } from "@espalier/supernet/engine";
import { type Attribute, type Attributes, encodeAttributes } from "../ffi/attribute.ts";
import type { EagerContext, TensorId } from "../ffi/eager_context.ts";

/** A feature in TensorFlow's memory. */
export interface TensorFeature extends Feature {
  /** Its tensor. */
  readonly id: TensorId;
}

/** Attributes of ops, encoded once. */
export const attributes = {
  float: encode({ name: "T", kind: "type", value: "float32" }),
  shape: encode(
    { name: "T", kind: "type", value: "float32" },
    { name: "Tshape", kind: "type", value: "int32" },
  ),
  axes: encode(
    { name: "T", kind: "type", value: "float32" },
    { name: "Tidx", kind: "type", value: "int32" },
    { name: "keep_dims", kind: "bool", value: false },
  ),
  nhwc: encode(
    { name: "T", kind: "type", value: "float32" },
    { name: "data_format", kind: "string", value: "NHWC" },
  ),
  product: encode(
    { name: "T", kind: "type", value: "float32" },
    { name: "transpose_a", kind: "bool", value: false },
    { name: "transpose_b", kind: "bool", value: false },
  ),
  transposed: encode(
    { name: "T", kind: "type", value: "float32" },
    { name: "transpose_a", kind: "bool", value: true },
    { name: "transpose_b", kind: "bool", value: false },
  ),
} as const;

/** Encode attributes. */
export function encode(...list: readonly Attribute[]): Attributes {
  return encodeAttributes(...list);
}

/** Pixels of a feature. */
export function pixelsOf({ shape: [batch, height, width] }: Feature): number {
  return batch * height * width;
}

/** Tensors of one context. */
export class Tensors {
  /** The context. */
  readonly context: EagerContext;
  readonly #ints = new Map<string, TensorId>();

  /** @param context The context. */
  constructor(context: EagerContext) {
    this.context = context;
  }

  /** A vector of integers, cached as long as the context lives. */
  ints(...values: readonly number[]): TensorId {
    const key = values.join();
    let id = this.#ints.get(key);
    if (id === undefined) {
      id = this.context.tensor([values.length], "int32", Int32Array.from(values));
      this.#ints.set(key, id);
    }
    return id;
  }

  /** Numbers as a tensor. */
  floats(values: Float32Array, ...shape: readonly number[]): TensorId {
    return this.context.tensor(shape, "float32", values);
  }

  /** Run an op with one output. */
  op(name: string, attributes: Attributes, ...inputs: readonly TensorId[]): TensorId {
    return this.context.execute(name, attributes, inputs)[0]!;
  }

  /** A reshaped view of the same data. */
  reshape(id: TensorId, ...shape: readonly number[]): TensorId {
    return this.op("Reshape", attributes.shape, id, this.ints(...shape));
  }

  /** Read a tensor of numbers, and free it. */
  take(id: TensorId): Float32Array {
    const values = this.context.read(id) as Float32Array;
    this.context.dispose(id);
    return values;
  }

  /** A tensor as a feature. */
  feature(id: TensorId, shape: FeatureShape): TensorFeature {
    return { id, shape };
  }
}
