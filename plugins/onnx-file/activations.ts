import type { Activation, ActivationName } from "@espalier/core";
import type { Attribute, Graph } from "./graph.ts";

/** Steps that lead to one value. Those before the last one, and numbers, are counted behind its name. */
export class Formula {
  readonly #graph: Graph;
  readonly #output: string;
  #parts = 0;

  /**
   * @param graph Collects what is written.
   * @param output Name of the value.
   */
  constructor(graph: Graph, output: string) {
    this.#graph = graph;
    this.#output = output;
  }

  /** A number; returns its name. */
  number(value: number): string {
    const values = Float32Array.of(value);
    return this.#graph.constant(this.#part(), { shape: [], values });
  }

  /** A number, or one a channel with some axes behind; returns its name. */
  numbers(value: number | readonly number[], axes: number): string {
    if (typeof value === "number") return this.number(value);
    const shape = [value.length, ...new Array<number>(axes).fill(1)];
    return this.#graph.constant(this.#part(), { shape, values: Float32Array.from(value) });
  }

  /** A step; returns the name of its value. */
  step(op: string, ...inputs: readonly string[]): string {
    return this.#graph.step(op, { inputs, output: this.#part() });
  }

  /** The last step; returns the name of the value. */
  last(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    return this.#graph.step(op, { inputs, output: this.#output, attributes });
  }

  #part(): string {
    return `${this.#output}/${this.#parts++}`;
  }
}

type Write = (x: string, formula: Formula) => string;

const one = (op: string, attributes = {}): Write => (x, formula) =>
  formula.last(op, [x], attributes);

/** x · (y + 1) / 2. */
const half = (x: string, y: string, f: Formula): string =>
  f.last("Mul", [f.step("Mul", x, f.step("Add", y, f.number(1))), f.number(0.5)]);

/** From activation to its formula. Channels are the axis behind the batch. */
const NAMED: Readonly<Record<ActivationName, Write>> = {
  "relu": one("Relu"),
  "relu6": (x, f) => f.last("Clip", [x, f.number(0), f.number(6)]),
  "elu": one("Elu"),
  "selu": one("Selu"),
  "sigmoid": one("Sigmoid"),
  "hard-sigmoid": one("HardSigmoid"),
  "softplus": one("Softplus"),
  "softsign": one("Softsign"),
  "tanh": one("Tanh"),
  "swish": (x, f) => f.last("Mul", [x, f.step("Sigmoid", x)]),
  "mish": (x, f) => f.last("Mul", [x, f.step("Tanh", f.step("Softplus", x))]),
  "gelu": (x, f) => half(x, f.step("Erf", f.step("Mul", x, f.number(Math.SQRT1_2))), f),
  "gelu-tanh": (x, f) => {
    const cube = f.step("Mul", f.step("Mul", x, x), x);
    const inner = f.step("Add", x, f.step("Mul", cube, f.number(0.044715)));
    return half(x, f.step("Tanh", f.step("Mul", inner, f.number(Math.sqrt(2 / Math.PI)))), f);
  },
  "softmax": one("Softmax", { axis: 1 }),
  "log-softmax": one("LogSoftmax", { axis: 1 }),
};

/** Apply an activation; returns the name of its value. */
export function activate(
  activation: Activation,
  { graph, input, output }: {
    readonly graph: Graph;
    readonly input: string;
    readonly output: string;
  },
): string {
  const f = new Formula(graph, output);
  if (typeof activation === "string") return NAMED[activation](input, f);
  const { max, slope = 0, threshold = 0 } = activation;
  if (max === undefined && threshold === 0) {
    return f.last("LeakyRelu", [input], { alpha: Float32Array.of(slope) });
  }
  const bound = f.number(threshold);
  const above = max === undefined ? input : f.step("Min", input, f.number(max));
  const below = f.step("Mul", f.step("Sub", input, bound), f.number(slope));
  return f.last("Where", [f.step("Greater", input, bound), above, below]);
}
