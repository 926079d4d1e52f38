import { conv } from "@espalier/blueprint";
import type { DepthwiseConvNode, HostTensor } from "@espalier/core";
import { assertEquals } from "@std/assert";
import { orderRows, unitWeights } from "./weights.ts";

const tensor = (shape: number[], ...values: number[]): HostTensor => ({
  shape,
  values: Float32Array.from(values),
});

/** With ε = 1: s = 2 / √(3 + 1) = 1 and 3 / √(0 + 1) = 3. */
const NORM = {
  "a/norm/gamma": tensor([2], 2, 3),
  "a/norm/beta": tensor([2], 10, 20),
  "a/norm/mean": tensor([2], 4, 5),
  "a/norm/variance": tensor([2], 3, 0),
};
const unit = {
  ...conv({ id: "a", input: "images", channels: 2, kernel: 1 }),
  norm: { epsilon: 1, momentum: 0.9 },
};

Deno.test("unitWeights() folds the norm, and puts output channels first", () => {
  // Of three input channels, each with a weight for two outputs.
  const kernel = tensor([1, 1, 3, 2], 1, 2, 3, 4, 5, 6);
  const { kernel: folded, bias } = unitWeights(unit, { ...NORM, "a/kernel": kernel });
  assertEquals(folded, tensor([2, 3, 1, 1], 1, 3, 5, 6, 12, 18));
  assertEquals(bias, tensor([2], 10 - 4, 20 - 15));
});

Deno.test("unitWeights() adds the bias that stands before the norm", () => {
  const weights = {
    ...NORM,
    "a/kernel": tensor([1, 1, 1, 2], 1, 1),
    "a/bias": tensor([2], 7, 8),
  };
  const { bias } = unitWeights({ ...unit, bias: true }, weights);
  assertEquals(bias, tensor([2], 10 + 7 - 4, 20 + 3 * (8 - 5)));
});

Deno.test("unitWeights() puts the channels of a depthwise kernel first", () => {
  const { channels: _, ...rest } = unit;
  const node: DepthwiseConvNode = { ...rest, op: "depthwise-conv", kernel: [1, 2] };
  // Two taps of two channels.
  const kernel = tensor([1, 2, 2, 1], 1, 2, 3, 4);
  const { kernel: folded } = unitWeights(node, { ...NORM, "a/kernel": kernel });
  assertEquals(folded, tensor([2, 1, 1, 2], 1, 3, 6, 12));
});

Deno.test("unitWeights() leaves a convolution without norm as it is", () => {
  const { norm: _, ...plain } = unit;
  const kernel = tensor([1, 1, 1, 2], 1, 2);
  assertEquals(unitWeights(plain, { "a/kernel": kernel }), {
    kernel: tensor([2, 1, 1, 1], 1, 2),
  });
});

Deno.test("orderRows() takes rows in the order asked for", () => {
  assertEquals(
    orderRows(tensor([3, 2], 1, 2, 3, 4, 5, 6), [2, 0, 1]),
    tensor([3, 2], 5, 6, 1, 2, 3, 4),
  );
});
