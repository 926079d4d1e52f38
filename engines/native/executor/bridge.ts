/**
 * Features as tensors of TensorFlow.js and back, in the same memory.
 *
 * @module
 */
import type { ExecutorOps } from "@espalier/supernet/engine";
import * as tf from "@tensorflow/tfjs";
import { DTYPES } from "../ffi/dtype.ts";
import type { EagerContext, TensorId } from "../ffi/eager_context.ts";
import { type TensorFeature, Tensors } from "./tensors.ts";

/** What the backend of tfjs-node does with tensors of TensorFlow. */
interface NodeBackend {
  createOutputTensor(
    tensor: { readonly id: TensorId; readonly shape: readonly number[]; readonly dtype: number },
  ): tf.Tensor4D;
  getInputTensorIds(tensors: readonly tf.Tensor[]): TensorId[];
}

/**
 * The passes between features and tensors, on the backend of the same context.
 *
 * @param context The context of both.
 * @returns The passes.
 */
export function tensorBridge(
  context: EagerContext,
): Required<Pick<ExecutorOps, "toTensor" | "fromTensor">> {
  const tensors = new Tensors(context);
  const backend = () => tf.backend() as unknown as NodeBackend;
  return {
    toTensor(x) {
      const id = tensors.reshape((x as TensorFeature).id, ...x.shape);
      return backend().createOutputTensor({ id, shape: x.shape, dtype: DTYPES.float32 });
    },
    fromTensor(x) {
      const [id] = backend().getInputTensorIds([x]) as [TensorId];
      return tensors.feature(tensors.reshape(id, ...x.shape), x.shape);
    },
  };
}
