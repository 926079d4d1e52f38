/**
 * Attributes of an op.
 *
 * @module
 */
import { addressOf, cString, valueBytes } from "./bytes.ts";
import { type DType, DTYPES, type TensorValues } from "./dtype.ts";
import type { Status } from "./status.ts";
import type { Pointer, TensorFlow } from "./symbols.ts";
import { newTensor } from "./tensor.ts";

/** A shape in an attribute: `-1` is an unknown dimension, `null` an unknown rank. */
type AttributeShape = readonly number[] | null;

/** A constant in an attribute. */
interface AttributeTensor {
  /** Its dimensions. */
  readonly shape: readonly number[];
  /** Its type. */
  readonly dtype: DType;
  /** Its values. */
  readonly values: TensorValues;
}

/** Kinds of attributes and what their values are. */
interface AttributeValues {
  /** Text, or bytes. */
  readonly string: string | Uint8Array;
  /** Texts, or bytes. */
  readonly "string[]": readonly (string | Uint8Array)[];
  /** An integer of 64 bits. */
  readonly int: number | bigint;
  /** Integers of 64 bits. */
  readonly "int[]": readonly (number | bigint)[];
  /** A number of 32 bits. */
  readonly float: number;
  /** Numbers of 32 bits. */
  readonly "float[]": readonly number[];
  /** A boolean. */
  readonly bool: boolean;
  /** Booleans. */
  readonly "bool[]": readonly boolean[];
  /** A dtype. */
  readonly type: DType;
  /** dtypes. */
  readonly "type[]": readonly DType[];
  /** A shape. */
  readonly shape: AttributeShape;
  /** Shapes. */
  readonly "shape[]": readonly AttributeShape[];
  /** A constant. */
  readonly tensor: AttributeTensor;
  /** Name of a function that the context knows. */
  readonly function: string;
}

/** An attribute of an op, such as `{ name: "T", kind: "type", value: "float32" }`. */
export type Attribute = {
  [Kind in keyof AttributeValues]: {
    readonly name: string;
    readonly kind: Kind;
    readonly value: AttributeValues[Kind];
  };
}[keyof AttributeValues];

/** An op that is being built. */
export interface OpenOp {
  readonly library: TensorFlow;
  readonly op: Pointer;
  readonly status: Status;
}

/** An attribute ready to be set on any number of ops. */
type EncodedAttribute = (target: OpenOp) => void;

/** Attributes of an op, encoded once by {@linkcode encodeAttributes}. */
export interface Attributes {
  /** Internal: the encoded values. */
  readonly encoded: readonly unknown[];
}

type Encoder<Kind extends keyof AttributeValues> = (
  name: Uint8Array<ArrayBuffer>,
  value: AttributeValues[Kind],
) => EncodedAttribute;

function encodeStrings(values: readonly (string | Uint8Array)[]) {
  const encoded = values.map(valueBytes);
  // `encoded` is returned to keep the buffers alive that the addresses point to.
  return {
    encoded,
    addresses: BigUint64Array.from(encoded, ({ bytes }) => addressOf(bytes)),
    lengths: BigUint64Array.from(encoded, ({ length }) => length),
  };
}

function encodeShapes(shapes: readonly AttributeShape[]) {
  const dims = shapes.map((shape) =>
    BigInt64Array.from(shape === null || shape.length === 0 ? [0] : shape, BigInt)
  );
  return {
    dims,
    addresses: BigUint64Array.from(dims, addressOf),
    ranks: Int32Array.from(shapes, (shape) => shape === null ? -1 : shape.length),
  };
}

const ENCODERS: { readonly [Kind in keyof AttributeValues]: Encoder<Kind> } = {
  string: (name, value) => {
    const { bytes, length } = valueBytes(value);
    return ({ library, op }) => library.TFE_OpSetAttrString(op, name, bytes, length);
  },
  "string[]": (name, value) => {
    const strings = encodeStrings(value);
    return ({ library, op }) =>
      library.TFE_OpSetAttrStringList(
        op,
        name,
        strings.addresses,
        strings.lengths,
        strings.encoded.length,
      );
  },
  int: (name, value) => {
    const int = BigInt(value);
    return ({ library, op }) => library.TFE_OpSetAttrInt(op, name, int);
  },
  "int[]": (name, value) => {
    const ints = BigInt64Array.from(value, BigInt);
    return ({ library, op }) => library.TFE_OpSetAttrIntList(op, name, ints, ints.length);
  },
  float: (name, value) => ({ library, op }) => library.TFE_OpSetAttrFloat(op, name, value),
  "float[]": (name, value) => {
    const floats = Float32Array.from(value);
    return ({ library, op }) => library.TFE_OpSetAttrFloatList(op, name, floats, floats.length);
  },
  bool: (name, value) => ({ library, op }) => library.TFE_OpSetAttrBool(op, name, value ? 1 : 0),
  "bool[]": (name, value) => {
    const bools = Uint8Array.from(value, Number);
    return ({ library, op }) => library.TFE_OpSetAttrBoolList(op, name, bools, bools.length);
  },
  type: (name, value) => ({ library, op }) => library.TFE_OpSetAttrType(op, name, DTYPES[value]),
  "type[]": (name, value) => {
    const types = Int32Array.from(value, (dtype) => DTYPES[dtype]);
    return ({ library, op }) => library.TFE_OpSetAttrTypeList(op, name, types, types.length);
  },
  shape: (name, value) => {
    const { dims: [dims], ranks } = encodeShapes([value]);
    return ({ library, op, status }) => {
      library.TFE_OpSetAttrShape(op, name, dims!, ranks[0]!, status.pointer);
      status.check("set", `shape [${value}]`);
    };
  },
  "shape[]": (name, value) => {
    const shapes = encodeShapes(value);
    return ({ library, op, status }) => {
      const { addresses, ranks, dims } = shapes;
      library.TFE_OpSetAttrShapeList(op, name, addresses, ranks, dims.length, status.pointer);
      status.check("set", `${dims.length} shapes`);
    };
  },
  tensor: (name, { shape, dtype, values }) => ({ library, op, status }) => {
    const tensor = newTensor(library, shape, { dtype, values });
    library.TFE_OpSetAttrTensor(op, name, tensor, status.pointer);
    library.TF_DeleteTensor(tensor);
    status.check("set", `a tensor of ${dtype}`);
  },
  function: (name, value) => {
    const { bytes, length } = valueBytes(value);
    return ({ library, op }) => library.TFE_OpSetAttrFunctionName(op, name, bytes, length);
  },
};

function encodeAttribute(attribute: Attribute): EncodedAttribute {
  const encode = ENCODERS[attribute.kind] as Encoder<typeof attribute.kind>;
  return encode(cString(attribute.name), attribute.value);
}

/**
 * Prepare the attributes of an op: values are converted once, however often the op runs.
 *
 * @param attributes The attributes; those that the op infers from its inputs may be left out.
 * @returns The attributes in TensorFlow's form, for any number of calls.
 */
export function encodeAttributes(...attributes: readonly Attribute[]): Attributes {
  return { encoded: attributes.map(encodeAttribute) };
}

/**
 * Set attributes on an op.
 *
 * @param attributes The attributes.
 * @param target The op.
 */
export function setAttributes(attributes: Attributes, target: OpenOp): void {
  for (const set of attributes.encoded as readonly EncodedAttribute[]) set(target);
}
