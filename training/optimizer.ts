import type { SgdOptions, Weights } from "@espalier/core";
import { type NamedVariables, readVariables, toTensor } from "@espalier/supernet";
import { engineServices } from "@espalier/supernet/engine";
import * as tf from "@tensorflow/tfjs";

/** Gradients by name. A variable without one is not updated. */
export type NamedGradients = ReadonlyMap<string, tf.Tensor>;

/** State of an optimizer on the host. */
export interface OptimizerState {
  /** Moments and velocities by name. */
  readonly slots: Weights;
  /** Updates so far by variable, where they count. */
  readonly steps: Readonly<Record<string, number>>;
}

/** Updates variables by their gradients; keeps its state by their names. */
export interface Optimizer extends Disposable {
  /** Copy its state, to go on from it later. */
  read(): Promise<OptimizerState>;
  /** Go on from a state. Give it before the first update, on the engine that it was read on. */
  write(state: OptimizerState): void;
  /** Update the variables that have a gradient. Disposes nothing that it is given. */
  apply(variables: NamedVariables, options: {
    readonly gradients: NamedGradients;
    readonly rate: number;
  }): void;
}

/** Constants of Adam; weight decay is added to the gradient. */
export interface AdamOptions {
  /** Decay rate of the first moment, the mean gradient. */
  readonly beta1: number;
  /** Decay rate of the second moment, the mean squared gradient. */
  readonly beta2: number;
  /** Added to the root of the second moment. */
  readonly epsilon: number;
  /** Weight decay. */
  readonly decay: number;
}

/** State of one optimizer, by variable and slot. */
class Slots implements Disposable {
  readonly #slots = new Map<string, tf.Variable>();

  /** The slot, made by `first` when it is not there yet. */
  get(name: string, first: () => tf.Tensor): tf.Variable {
    const slot = this.#slots.get(name);
    if (slot !== undefined) return slot;
    const made = tf.variable(first(), false);
    this.#slots.set(name, made);
    return made;
  }

  read(): Promise<Weights> {
    return readVariables(this.#slots);
  }

  write(weights: Weights): void {
    for (const [name, value] of Object.entries(weights)) {
      tf.tidy(() => void this.get(name, () => toTensor(value)));
    }
  }

  [Symbol.dispose](): void {
    for (const slot of this.#slots.values()) slot.dispose();
    this.#slots.clear();
  }
}

/**
 * Stochastic gradient descent with momentum (Sutskever et al., 2013, in the form in which the
 * velocity holds gradients): g += decay·w; v = momentum·v + g (at first g); w −= rate·(g + momentum·v)
 * with Nesterov, else w −= rate·v.
 *
 * @param options Momentum and decay.
 * @returns The optimizer.
 */
export function createSgd(options: SgdOptions): Optimizer {
  const { momentum, nesterov, decay } = options;
  const slots = new Slots();
  const velocities = new Map<string, Float32Array>();
  return {
    apply: (variables, { gradients, rate }) =>
      forEachGradient(variables, gradients, (name, variable, gradient) => {
        if (engineServices().readsCheaply) {
          const velocity = velocities.get(name) ?? new Float32Array(variable.size);
          velocities.set(name, velocity);
          const w = variable.dataSync<"float32">();
          stepOnHost(w, { ...options, gradient: gradient.dataSync<"float32">(), velocity, rate });
          return variable.assign(tf.tensor(w, variable.shape));
        }
        const g = decay === 0 ? gradient : tf.add(gradient, tf.mul(variable, decay));
        const velocity = slots.get(name, () => tf.zerosLike(g));
        const v = tf.add(tf.mul(velocity, momentum), g);
        variable.assign(
          tf.sub(variable, tf.mul(nesterov ? tf.add(g, tf.mul(v, momentum)) : v, rate)),
        );
        velocity.assign(v);
      }),
    read: async () => ({ slots: { ...await slots.read(), ...onHost(velocities) }, steps: {} }),
    write: (state) => {
      if (!engineServices().readsCheaply) return slots.write(state.slots);
      for (const [name, { values }] of Object.entries(state.slots)) {
        velocities.set(name, values.slice());
      }
    },
    [Symbol.dispose]: () => slots[Symbol.dispose](),
  };
}

const onHost = (arrays: ReadonlyMap<string, Float32Array>): Weights =>
  Object.fromEntries(
    [...arrays].map(([name, values]) => [name, { shape: [values.length], values: values.slice() }]),
  );

/** One step in place: one pass over each array, where tensor operations take six. */
function stepOnHost(
  w: Float32Array,
  { gradient, velocity, rate, momentum, nesterov, decay }: SgdOptions & {
    readonly gradient: Float32Array;
    readonly velocity: Float32Array;
    readonly rate: number;
  },
): void {
  for (let i = 0; i < w.length; i++) {
    const g = gradient[i]! + decay * w[i]!;
    const v = momentum * velocity[i]! + g;
    velocity[i] = v;
    w[i]! -= rate * (nesterov ? g + momentum * v : v);
  }
}

/**
 * Adam (Kingma & Ba, 2015) with bias correction; ε is outside the root, and decay is added to the
 * gradient.
 *
 * @param options Its constants.
 * @returns The optimizer.
 */
export function createAdam({ beta1, beta2, epsilon, decay }: AdamOptions): Optimizer {
  const slots = new Slots();
  const steps = new Map<string, number>();
  return {
    apply: (variables, { gradients, rate }) =>
      forEachGradient(variables, gradients, (name, variable, gradient) => {
        const step = (steps.get(name) ?? 0) + 1;
        steps.set(name, step);
        const g = decay === 0 ? gradient : tf.add(gradient, tf.mul(variable, decay));
        const mean = slots.get(`${name}/mean`, () => tf.zerosLike(g));
        const square = slots.get(`${name}/square`, () => tf.zerosLike(g));
        const m = tf.add(tf.mul(mean, beta1), tf.mul(g, 1 - beta1));
        const v = tf.add(tf.mul(square, beta2), tf.mul(tf.square(g), 1 - beta2));
        const root = tf.add(tf.div(tf.sqrt(v), Math.sqrt(1 - beta2 ** step)), epsilon);
        variable.assign(tf.sub(variable, tf.mul(tf.div(m, root), rate / (1 - beta1 ** step))));
        mean.assign(m);
        square.assign(v);
      }),
    read: async () => ({ slots: await slots.read(), steps: Object.fromEntries(steps) }),
    write: (state) => {
      slots.write(state.slots);
      for (const [name, count] of Object.entries(state.steps)) steps.set(name, count);
    },
    [Symbol.dispose]: () => slots[Symbol.dispose](),
  };
}

function forEachGradient(
  variables: NamedVariables,
  gradients: NamedGradients,
  update: (name: string, variable: tf.Variable, gradient: tf.Tensor) => void,
): void {
  for (const [name, gradient] of gradients) {
    const variable = variables.get(name);
    if (variable !== undefined) tf.tidy(() => update(name, variable, gradient));
  }
}
