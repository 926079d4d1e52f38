import { EspalierError, type Weights } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { ParameterSpec } from "./parameters.ts";
import { readVariables, toTensor } from "./variables.ts";

/** The variables of one network. */
export class VariableStore implements Disposable {
  /** Trained ones by name. */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** Moving statistics by name. */
  readonly statistics: ReadonlyMap<string, tf.Variable>;

  /**
   * Make the variables.
   *
   * @param specs Names, shapes and roles.
   * @param weights First values.
   * @param given Variables that are there already, of layers that TensorFlow.js runs.
   */
  constructor(
    specs: readonly ParameterSpec[],
    weights: Weights,
    given: ReadonlyMap<string, tf.Variable> = new Map(),
  ) {
    const parameters = new Map<string, tf.Variable>();
    const statistics = new Map<string, tf.Variable>();
    for (const { name, role } of specs) {
      const trainable = !["mean", "variance", "fixed"].includes(role);
      const variable = given.get(name) ??
        tf.tidy(() => tf.variable(toTensor(weights[name]!), trainable));
      (trainable ? parameters : statistics).set(name, variable);
    }
    this.parameters = parameters;
    this.statistics = statistics;
  }

  /** Whether there is a variable of a name. */
  has(name: string): boolean {
    return this.parameters.has(name) || this.statistics.has(name);
  }

  /** The variable behind a name. */
  get(name: string): tf.Variable {
    const variable = this.parameters.get(name) ?? this.statistics.get(name);
    if (variable === undefined) {
      throw new EspalierError(
        "ERR_CONFIG_INVALID",
        `Cannot set weight "${name}" as the network has none of that name. Its weights: ${
          [...this.parameters.keys()].slice(0, 5).join(", ")
        } …`,
      );
    }
    return variable;
  }

  /** Copy everything to the host. */
  read(): Promise<Weights> {
    return readVariables(new Map([...this.parameters, ...this.statistics]));
  }

  /** Set variables by name. */
  write(weights: Weights): void {
    for (const [name, { shape, values }] of Object.entries(weights)) {
      const variable = this.get(name);
      if (variable.shape.join() !== shape.join()) {
        throw new EspalierError(
          "ERR_CONFIG_INVALID",
          `Cannot set weight "${name}" of shape [${variable.shape}] as the values have shape [${shape}]`,
        );
      }
      tf.tidy(() => variable.assign(toTensor({ shape, values })));
    }
  }

  /** Free all variables. */
  [Symbol.dispose](): void {
    for (const variable of [...this.parameters.values(), ...this.statistics.values()]) {
      variable.dispose();
    }
  }
}
