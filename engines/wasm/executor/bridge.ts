import type { ExecutorOps, Feature } from "@espalier/supernet/engine";
import * as tf from "@tensorflow/tfjs";
import type { Heap } from "../simd/heap.ts";
import type { Features } from "./features.ts";

/** Features as tensors of TensorFlow.js and back, and in other shapes: a copy inside of the heap each. */
export function heapBridge(
  heap: Heap,
  features: Features,
): Required<Pick<ExecutorOps, "toTensor" | "fromTensor" | "view">> {
  return {
    toTensor(x) {
      const info = heap.output(x.shape), values = features.view(x);
      heap.floats(heap.pointer(info), values.length).set(values);
      return tf.engine().makeTensorFromTensorInfo(info) as tf.Tensor4D;
    },
    fromTensor: (x) =>
      features.make(
        x.shape,
        (made) => features.view(made).set(heap.floats(heap.pointer(x), x.size)),
      ),
    view: (x, shape) => features.make(shape, (made) => features.view(made).set(features.view(x))),
  };
}

/** Give entries from `max` on another number. */
export function cutEntries(
  entries: Float32Array,
  { max, to }: { readonly max: number; readonly to: number },
): void {
  for (let i = 0; i < entries.length; i++) if (entries[i]! >= max) entries[i] = to;
}

/** A copy of a relu's values that is 0 from `max` on. */
export const openBelow = (features: Features, y: Feature, max: number): Feature =>
  features.make(y.shape, (made) => {
    const entries = features.view(made);
    entries.set(features.view(y));
    cutEntries(entries, { max, to: 0 });
  });
