import { assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { inputGradientOf } from "./convolution.ts";
import { convKernels } from "./conv_kernels.ts";
import { noise, runGuarded } from "./testing.ts";

const tensor = (shape: number[]) => ({ values: noise(tf.util.sizeFromShape(shape)), shape });

Deno.test("convolution kernels reach past no end of a tensor", () => {
  const geometries = [
    // ragged in rows, columns, channels and pixels
    { inputShape: [3, 7, 5, 7], filterShape: [3, 2, 7, 11], strides: 1, pad: "same" },
    { inputShape: [3, 7, 5, 7], filterShape: [3, 2, 7, 11], strides: 2, pad: "valid" },
    { inputShape: [3, 6, 4, 9], filterShape: [3, 3, 9, 11], strides: 1, pad: "same" },
    { inputShape: [5, 1, 1, 1], filterShape: [1, 1, 1, 1], strides: 1, pad: "valid" },
    { inputShape: [2, 3, 3, 5], filterShape: [1, 1, 5, 3], strides: 3, pad: 1 },
  ] as const;
  for (const { inputShape, filterShape, strides, pad } of geometries) {
    const [x, filter] = [tensor([...inputShape]), tensor([...filterShape])];
    const { outShape } = tf.backend_util.computeConv2DInfo(
      [...inputShape],
      [...filterShape],
      strides,
      1,
      pad,
    );
    const dy = tensor(outShape);
    const common = { strides, pad, dataFormat: "NHWC" };
    const runs = [
      { name: "Conv2D", inputs: { x, filter }, attrs: common },
      { name: "Conv2DBackpropInput", inputs: { dy, filter }, attrs: { ...common, inputShape } },
      { name: "Conv2DBackpropFilter", inputs: { x, dy }, attrs: { ...common, filterShape } },
    ];
    for (const { name, inputs, attrs } of runs) {
      const run = { inputs, attrs: attrs as never, outputs: 1 };
      const { results, damaged } = runGuarded(convKernels[name]!.run, run);
      assertEquals(damaged, [], name);
      for (const result of results) assertEquals(result, results[0], name);
    }
  }
});

Deno.test("inputGradientOf() splits the taps by the stride", () => {
  const info = tf.backend_util.computeConv2DInfo([1, 8, 8, 2], [3, 3, 2, 4], 2, 1, "valid");
  const phases = inputGradientOf(info);
  assertEquals(phases.map(({ correlation }) => correlation.kernel), [
    [2, 2],
    [2, 1],
    [1, 2],
    [1, 1],
  ]);
  assertEquals(phases[0]!.layout.slabs, [8, 6, 2, 0].map((tap) => tap * 8));
  assertEquals(phases[3]!.correlation.target.origin, (8 + 1) * 2);
});
