/**
 * A product of rows with bias, sum and relu, as a single op where TensorFlow has one.
 *
 * @module
 */
import type { RowMap } from "@espalier/supernet/engine";
import type { Attributes } from "../ffi/attribute.ts";
import type { TensorId } from "../ffi/eager_context.ts";
import { attributes, encode, pixelsOf, type TensorFeature, type Tensors } from "./tensors.ts";

/** What is multiplied, and what is added besides the bias. */
export interface ProductOptions extends Pick<RowMap, "matrix" | "bias" | "relu"> {
  /** [batch, height, width, C]. */
  readonly x: TensorFeature;
  /** [batch, height, width, D]. */
  readonly added?: TensorFeature | undefined;
}

/** relu?(x·matrix + bias + added), [batch, height, width, D]. */
export type Product = (options: ProductOptions) => TensorFeature;

/** oneDNN's fused convolution, an op that is private to TensorFlow. */
const FUSED = "_MklNativeFusedConv2D";

function fusedAttributes(...fused: readonly string[]): Attributes {
  const extra = fused.includes("Add") ? 2 : 1;
  return encode(
    { name: "T", kind: "type", value: "float32" },
    { name: "strides", kind: "int[]", value: [1, 1, 1, 1] },
    { name: "padding", kind: "string", value: "VALID" },
    { name: "data_format", kind: "string", value: "NHWC" },
    { name: "num_args", kind: "int", value: extra },
    { name: "TArgs", kind: "type[]", value: Array.from({ length: extra }, () => "float32") },
    { name: "fused_ops", kind: "string[]", value: fused },
    { name: "filter_format", kind: "string", value: "HWIO" },
    { name: "_kernel", kind: "string", value: "MklNameChangeOp" },
  );
}

/** Made when first needed: lists of texts take pointers, which not every runtime may or can. */
const products = once(() => ({
  plain: fusedAttributes("BiasAdd"),
  relu: fusedAttributes("BiasAdd", "Relu"),
  sum: fusedAttributes("BiasAdd", "Add"),
  sumRelu: fusedAttributes("BiasAdd", "Add", "Relu"),
}));

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => made ??= make();
}

function wide({ shape: [batch, height, width] }: TensorFeature, channels: number) {
  return [batch, height, width, channels] as const;
}

/** The product as one private op. */
export function fusedProduct(tensors: Tensors): Product {
  const { context } = tensors;
  return ({ x, matrix, bias, added, relu }) => {
    const kernel = tensors.floats(matrix, 1, 1, x.shape[3], bias.length);
    const offset = tensors.floats(bias, bias.length);
    const attributes = added
      ? relu ? products().sumRelu : products().sum
      : relu
      ? products().relu
      : products().plain;
    try {
      const id = tensors.op(FUSED, attributes, x.id, kernel, offset, ...(added ? [added.id] : []));
      return tensors.feature(id, wide(x, bias.length));
    } finally {
      context.dispose(kernel, offset);
    }
  };
}

/** The product by public ops. */
export function composedProduct(tensors: Tensors): Product {
  const { context, op } = { context: tensors.context, op: tensors.op.bind(tensors) };
  return ({ x, matrix, bias, added, relu }) => {
    const rows = tensors.reshape(x.id, pixelsOf(x), x.shape[3]);
    const factor = tensors.floats(matrix, x.shape[3], bias.length);
    const offset = tensors.floats(bias, bias.length);
    const made: TensorId[] = [op("MatMul", attributes.product, rows, factor)];
    made.push(op("BiasAdd", attributes.nhwc, made[0]!, offset));
    made.push(tensors.reshape(made[1]!, ...wide(x, bias.length)));
    if (added) made.push(op("AddV2", attributes.float, made.at(-1)!, added.id));
    if (relu) made.push(op("Relu", attributes.float, made.at(-1)!));
    const id = made.pop()!;
    context.dispose(rows, factor, offset, ...made);
    return tensors.feature(id, wide(x, bias.length));
  };
}

/** The private op where it runs and gives the correct result, otherwise public ones. */
export function chooseProduct(tensors: Tensors): Product {
  const { context } = tensors, fused = fusedProduct(tensors);
  const one = Float32Array.of(1);
  const x = tensors.feature(tensors.floats(one, 1, 1, 1, 1), [1, 1, 1, 1]);
  try {
    const y = fused({ x, matrix: one, bias: Float32Array.of(2), added: x, relu: true });
    return tensors.take(y.id)[0] === 4 ? fused : composedProduct(tensors);
  } catch {
    return composedProduct(tensors); // Another version of the library may lack the private op.
  } finally {
    context.dispose(x.id);
  }
}
