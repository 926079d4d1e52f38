import * as tf from "@tensorflow/tfjs";

/** An operation with a gradient of its own. */
export interface CustomOp {
  /** Compute the value, and pass what the gradient needs to `save`. Never recorded on the tape. */
  forward(inputs: readonly tf.Tensor[], save: (tensors: tf.Tensor[]) => void): tf.Tensor;
  /** Gradients with respect to the inputs, in order; undefined where none is needed. */
  backward(dy: tf.Tensor, saved: readonly tf.Tensor[]): readonly (tf.Tensor | undefined)[];
}

/**
 * Run an operation so that TensorFlow.js's tape uses its own gradient. Temporaries of both passes
 * are freed as soon as the pass ends, which keeps the memory peak of a step low.
 *
 * @param op The two passes.
 * @param inputs What may be differentiated.
 * @returns The value.
 */
export function runCustomOp(op: CustomOp, inputs: readonly tf.Tensor[]): tf.Tensor {
  const f = tf.customGrad((...args) => {
    const save = args.pop() as tf.GradSaveFunc;
    const saved: tf.Tensor[] = [];
    const value = op.forward(args as tf.Tensor[], (tensors) => void saved.push(...tensors));
    // Not earlier: TensorFlow.js loses what was saved where the pass throws.
    save(saved);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] =>
      tf.tidy(() => op.backward(dy, saved).map((gradient) => gradient ?? tf.scalar(0)));
    return { value, gradFunc };
  });
  return f(...inputs);
}

/** The tape that a gradient is being recorded on. */
export function activeTape(): object | undefined {
  const { gradientDepth, activeTape } = tf.engine().state;
  return gradientDepth > 0 ? activeTape : undefined;
}

/** Free what the tape of a gradient that was given up keeps; TensorFlow.js frees that of whole ones. */
export function forgetTape(): void {
  const { state } = tf.engine();
  if (state.gradientDepth > 0) return;
  for (const { saved = [] } of state.activeTape ?? []) tf.dispose(saved);
}
