import { bytesOf, type Field, message } from "./protobuf.ts";

/** ONNX 1.8, of 2020: all that is written here is in it, and every later runtime reads it. */
const OPSET = 13;
const IR_VERSION = 7;

/** `TensorProto.DataType`. */
const FLOAT = 1;
const INT64 = 7;

/** A constant: weights, or indices. */
export interface Constant {
  /** Dimensions; none of a scalar. */
  readonly shape: readonly number[];
  /** Entries, row-major. */
  readonly values: Float32Array | BigInt64Array;
}

/** An attribute: an integer, some integers, one float, or a word. */
export type Attribute = number | readonly number[] | Float32Array | string;

/** What a step reads and writes. */
export interface Step {
  /** Names of values; empty for one that is left out. */
  readonly inputs: readonly string[];
  /** Name of its value. */
  readonly output: string;
  /** By name. */
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** An input or output of the model: float32, the batch of any size. */
export interface Port {
  /** Its name. */
  readonly name: string;
  /** Name of its value in the graph. */
  readonly value: string;
  /** Dimensions behind the batch. */
  readonly shape: readonly number[];
}

/** The name that a value has in the file. */
type Called = (value: string) => string;

/** Numbers of `AttributeProto`: 1 name, 2 f, 3 i, 4 s, 8 ints, 20 type. */
function attribute(name: string, value: Attribute): Uint8Array {
  const fields: Field[] = typeof value === "number"
    ? [[3, value], [20, 2]]
    : value instanceof Float32Array
    ? [[2, value], [20, 1]]
    : typeof value === "string"
    ? [[4, value], [20, 3]]
    : [...value.map((int): Field => [8, int]), [20, 7]];
  return message([[1, name], ...fields]);
}

/** Numbers of `TensorProto`: 1 dims, 2 type, 8 name, 9 raw data. */
function constant(name: string, { shape, values }: Constant): Uint8Array {
  const type = values instanceof Float32Array ? FLOAT : INT64;
  const dims = shape.map((size): Field => [1, size]);
  return message([...dims, [2, type], [8, name], [9, bytesOf(values)]]);
}

/** Numbers of `NodeProto`: 1 inputs, 2 output, 3 name, 4 op, 5 attributes. */
function step(op: string, { inputs, output, attributes = {} }: Step, called: Called): Uint8Array {
  return message([
    ...inputs.map((name): Field => [1, called(name)]),
    [2, called(output)],
    [3, called(output)],
    [4, op],
    ...Object.entries(attributes).map(([name, value]): Field => [5, attribute(name, value)]),
  ]);
}

/** Numbers of `ValueInfoProto`: 1 name, 2 type; of its type: 1 tensor (1 type, 2 shape). */
function port({ name, shape }: Port): Uint8Array {
  const batch = message([[2, "batch"]]);
  const sizes = shape.map((size) => message([[1, size]]));
  const dimensions = [batch, ...sizes].map((dimension): Field => [1, dimension]);
  const tensor = message([[1, FLOAT], [2, message(dimensions)]]);
  return message([[1, name], [2, message([[1, tensor]])]]);
}

/** What {@linkcode Graph.model} takes. */
interface ModelOptions {
  /** Name of the network. */
  readonly name: string;
  /** What enters. */
  readonly inputs: readonly Port[];
  /** What it gives. */
  readonly outputs: readonly Port[];
}

/** Collects the steps and constants of an ONNX graph. A value that is there is not written twice. */
export class Graph {
  readonly #constants = new Map<string, Constant>();
  readonly #steps = new Map<string, Step & { readonly op: string }>();

  /** Add a constant; returns its name. */
  constant(name: string, constant: Constant): string {
    if (!this.#constants.has(name)) this.#constants.set(name, constant);
    return name;
  }

  /** Add a step; returns the name of its value. */
  step(op: string, step: Step): string {
    if (!this.#steps.has(step.output)) this.#steps.set(step.output, { ...step, op });
    return step.output;
  }

  /**
   * The whole model; values that are ports are called as these. `GraphProto`: 1 steps, 2 name, 5
   * constants, 11 input, 12 output; `ModelProto`: 1 version of the format, 2 producer, 7 graph, 8
   * version of the operators.
   */
  model({ name, inputs, outputs }: ModelOptions): Uint8Array<ArrayBuffer> {
    const called = this.#called([...inputs, ...outputs]);
    const graph = message([
      ...[...this.#constants].map(([name, each]): Field => [5, constant(called(name), each)]),
      ...[...this.#steps.values()].map(({ op, ...each }): Field => [1, step(op, each, called)]),
      [2, name],
      ...inputs.map((each): Field => [11, port(each)]),
      ...outputs.map((each): Field => [12, port(each)]),
    ]);
    const operators = message([[2, OPSET]]);
    return message([[1, IR_VERSION], [2, "espalier"], [7, graph], [8, operators]]);
  }

  /** Names of values in the file. A value of two ports has a copy; others make way for the ports. */
  #called(ports: readonly Port[]): (name: string) => string {
    const names = new Map<string, string>();
    for (const { name, value } of ports) {
      if (names.has(value)) {
        this.step("Identity", { inputs: [value], output: `${value}/for/${name}` });
      }
      names.set(names.has(value) ? `${value}/for/${name}` : value, name);
    }
    const taken = new Set(names.values());
    return (name) => names.get(name) ?? (taken.has(name) ? `${name}/value` : name);
  }
}
