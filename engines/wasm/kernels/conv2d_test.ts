import * as tf from "@tensorflow/tfjs";
import { assertGradients, assertLikeCpu, type Input, type Subject } from "./testing.ts";

type Stride = number | [number, number];
type Pad = "same" | "valid" | [[0, 0], [number, number], [number, number], [0, 0]];

const FILTERS = [[1, 1], [3, 3], [2, 5], [4, 1], [5, 5]] as const;
const STRIDES: Stride[] = [1, 2, 3, [1, 2], [3, 1]];
const PADS: Pad[] = ["same", "valid", [[0, 0], [0, 1], [2, 0], [0, 0]]];

interface Case {
  readonly filter: readonly [number, number];
  readonly stride: Stride;
  readonly pad: Pad | number;
  readonly image?: readonly [number, number];
  readonly channels?: readonly [number, number];
  readonly batch?: number;
}

function subjectOf({ stride, pad }: Case): Subject {
  return (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad);
}

function inputsOf({ filter, image = [7, 6], channels = [3, 2], batch = 2 }: Case): Input[] {
  return [{ shape: [batch, ...image, channels[0]] }, { shape: [...filter, ...channels] }];
}

async function likeCpu(c: Case): Promise<void> {
  await assertLikeCpu(subjectOf(c), { inputs: inputsOf(c), message: JSON.stringify(c) });
}

Deno.test("conv2d() and its gradients equal the cpu backend's for all strides and paddings", async () => {
  for (const filter of FILTERS) {
    for (const stride of STRIDES) {
      for (const pad of PADS) await likeCpu({ filter, stride, pad });
    }
  }
});

Deno.test("conv2d() takes square padding as one number", async () => {
  for (const stride of [1, 2, 3]) {
    for (const pad of [0, 1, 3]) await likeCpu({ filter: [3, 3], stride, pad, image: [6, 6] });
  }
});

Deno.test("conv2d() takes one number as padding of a filter that is not square", async () => {
  // The cpu backend derives a wrong width here, so that the padding is written out for it.
  const c = { filter: [1, 3], stride: [2, 1], pad: 1 } as const;
  const message = JSON.stringify(c);
  const subject: Subject = (x, filter) => {
    const pad = tf.getBackend() === "cpu" ? [[0, 0], [1, 1], [1, 1], [0, 0]] as Pad : c.pad;
    return tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [2, 1], pad);
  };
  await assertLikeCpu(subject, { inputs: inputsOf({ ...c, stride: [2, 1] }), message });
});

Deno.test("conv2d() takes padding that is wider than the filter", async () => {
  const pad: Pad = [[0, 0], [3, 4], [5, 2], [0, 0]];
  for (const filter of [[1, 1], [2, 3]] as const) {
    for (const stride of STRIDES) await likeCpu({ filter, stride, pad });
  }
});

Deno.test("conv2d() and its gradients hold for many images and odd channels", async () => {
  // More cells than are worked on at a time, and a last group that is smaller.
  const common = { filter: [3, 3], pad: "same", image: [12, 15], batch: 45 } as const;
  await likeCpu({ ...common, stride: 1, channels: [5, 7] });
  await likeCpu({ ...common, stride: 2, channels: [1, 11] });
  await likeCpu({ ...common, filter: [1, 1], stride: 1, channels: [4, 3] });
});

Deno.test("conv2d() has the gradients that finite differences give", async () => {
  for (const filter of [[1, 1], [3, 3], [2, 3]] as const) {
    for (const stride of [1, 2, [2, 1]] as Stride[]) {
      for (const pad of PADS) {
        const c = { filter, stride, pad, image: [4, 5], channels: [2, 3], batch: 1 } as const;
        const message = JSON.stringify(c);
        await assertGradients(subjectOf(c), { inputs: inputsOf(c), message });
      }
    }
  }
});

Deno.test("conv2dTranspose() equals the cpu backend's", async () => {
  for (const stride of [1, 2, 3]) {
    const subject: Subject = (x, filter) => {
      const size: [number, number, number, number] = [2, 4 * stride, 3 * stride, 2];
      return tf.conv2dTranspose(x as tf.Tensor4D, filter as tf.Tensor4D, size, stride, "same");
    };
    const inputs = [{ shape: [2, 4, 3, 5] }, { shape: [3, 3, 2, 5] }];
    await assertLikeCpu(subject, { inputs, message: `stride ${stride}` });
  }
});

Deno.test("fused.conv2d() adds bias and activation for every padding", async () => {
  for (const stride of [1, 2]) {
    for (const pad of PADS) {
      const subject: Subject = (x, filter, bias) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          strides: stride,
          pad: pad as "same",
          bias: bias!,
          activation: "relu",
        });
      const inputs = [...inputsOf({ filter: [1, 3], stride, pad }), { shape: [2] }];
      await assertLikeCpu(subject, { inputs, message: JSON.stringify({ stride, pad }) });
    }
  }
});
