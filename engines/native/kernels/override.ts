/**
 * How the native engine replaces a kernel or a gradient of TensorFlow.js.
 *
 * How to think about it: a kernel is registered for one backend, so it replaces the stock kernel
 * and may call it. A gradient is registered for all backends at once, so it wraps the stock
 * gradient and calls that on every other backend.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { BACKEND } from "../backend.ts";

/** Inputs of a kernel by name. */
export type Inputs = Readonly<Record<string, tf.Tensor>>;

/** What a kernel of the native engine is called with. */
export interface KernelCall<Attributes> {
  /** Inputs by name. */
  readonly inputs: Inputs;
  /** Attributes, as the op of TensorFlow.js gave them. */
  readonly attrs: Attributes;
  /** Run the kernel that was replaced, with other inputs or attributes. */
  readonly stock: (inputs: Inputs, attrs: unknown) => tf.Tensor;
}

/** A kernel to register. */
export interface Kernel {
  /** Name in TensorFlow.js. */
  readonly name: string;
  /** Computes its output; runs in a tidy. */
  readonly run: (call: KernelCall<never>) => tf.Tensor | tf.Tensor[];
}

/** Gradients of the inputs of a kernel, by name, computed when asked for. */
export type InputGradients = Readonly<Record<string, () => tf.Tensor>>;

/** A gradient to register. */
export interface Gradient {
  /** Name of the kernel. */
  readonly name: string;
  /** Inputs to save for the gradient; those of a replaced stock gradient take precedence. */
  readonly inputsToSave?: readonly string[];
  /** Computes the gradients; `stock` is what TensorFlow.js does. */
  readonly run: (
    dy: tf.Tensor,
    saved: readonly tf.Tensor[],
    attrs: never,
    stock: () => InputGradients,
  ) => InputGradients;
}

/** Register a kernel for the native backend, in place of the stock one. */
export function registerKernel({ name, run }: Kernel): void {
  const stock = tf.getKernel(name, BACKEND);
  if (stock) tf.unregisterKernel(name, BACKEND);
  tf.registerKernel({
    ...stock,
    kernelName: name,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs, backend }) =>
      tf.tidy(() =>
        run({
          inputs: inputs as unknown as Inputs,
          attrs: attrs as never,
          stock: (inputs, attrs) =>
            stock!.kernelFunc({
              inputs: inputs as unknown as tf.NamedTensorInfoMap,
              attrs: attrs as tf.NamedAttrMap,
              backend,
            }) as tf.Tensor,
        })
      ),
  });
}

/** Register a gradient that is used on the native backend only. */
export function registerGradient({ name, inputsToSave, run }: Gradient): void {
  const stock = tf.getGradient(name);
  if (stock) tf.unregisterGradient(name);
  tf.registerGradient({
    inputsToSave: [...inputsToSave ?? []],
    ...stock,
    kernelName: name,
    gradFunc: (dy, saved, attrs) => {
      const callStock = () => stock!.gradFunc(dy, saved, attrs);
      if (stock && tf.getBackend() !== BACKEND) return callStock();
      return run(dy as tf.Tensor, saved, attrs as never, callStock);
    },
  });
}
