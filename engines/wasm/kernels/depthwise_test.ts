import * as tf from "@tensorflow/tfjs";
import { assertGradients, assertLikeCpu, type Subject } from "./testing.ts";

type Stride = number | [number, number];
type Pad = "same" | "valid" | [[0, 0], [number, number], [number, number], [0, 0]];

const PADS: Pad[] = ["same", "valid", [[0, 0], [0, 1], [2, 0], [0, 0]]];

function subjectOf(stride: Stride, pad: Pad): Subject {
  return (x, filter) => tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad);
}

Deno.test("depthwiseConv2d() and its gradients equal the cpu backend's", async () => {
  for (const filter of [[1, 1], [3, 3], [2, 4]]) {
    for (const stride of [1, 2, 3, [1, 2], [3, 1]] as Stride[]) {
      for (const pad of PADS) {
        for (const multiplier of [1, 2]) {
          const inputs = [{ shape: [2, 7, 6, 3] }, { shape: [...filter, 3, multiplier] }];
          const message = JSON.stringify({ filter, stride, pad, multiplier });
          await assertLikeCpu(subjectOf(stride, pad), { inputs, message });
        }
      }
    }
  }
});

Deno.test("depthwiseConv2d() has the gradients that finite differences give", async () => {
  for (const stride of [1, 2, [2, 1]] as Stride[]) {
    for (const pad of PADS) {
      const inputs = [{ shape: [2, 5, 4, 2] }, { shape: [3, 2, 2, 2] }];
      const message = JSON.stringify({ stride, pad });
      await assertGradients(subjectOf(stride, pad), { inputs, message });
    }
  }
});

/** Dilated depthwise convolution, whose gradient TensorFlow.js does not define. */
function dilated(dilations: Stride, pad: Pad): Subject {
  const attrs = { strides: 1, pad, dilations } as unknown as tf.NamedAttrMap;
  const run = (name: string, inputs: tf.NamedTensorMap, shape: tf.NamedAttrMap) =>
    tf.engine().runKernel(name, inputs, { ...attrs, ...shape }) as tf.Tensor;
  return tf.customGrad((...args) => {
    const [x, filter, save] = args as unknown as [tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc];
    save([x, filter]);
    return {
      value: tf.depthwiseConv2d(x, filter, 1, pad, "NHWC", dilations),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, filter] = saved as [tf.Tensor, tf.Tensor];
        const inputShape = x.shape, filterShape = filter.shape;
        return [
          run("DepthwiseConv2dNativeBackpropInput", { dy, filter }, { inputShape }),
          run("DepthwiseConv2dNativeBackpropFilter", { x, dy }, { filterShape }),
        ];
      },
    };
  });
}

Deno.test("the depthwise gradient kernels take dilations", async () => {
  for (const dilations of [1, 2, [1, 3]] as Stride[]) {
    for (const pad of PADS) {
      const inputs = [{ shape: [1, 6, 7, 2] }, { shape: [3, 2, 2, 2] }];
      const message = JSON.stringify({ dilations, pad });
      await assertGradients(dilated(dilations, pad), { inputs, message });
    }
  }
});
