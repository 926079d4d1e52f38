import { conv, DEFAULT_NORM } from "../nodes.ts";
import type { CostNode, Shape } from "@espalier/core";
import { assertEquals } from "@std/assert";
import { macs } from "./macs.ts";
import { params } from "./params.ts";

const image = (side: number, channels: number): Shape => ({ height: side, width: side, channels });

/** A 5×5 convolution of stride 2, 3 to 8 channels, onto 4×4 positions. */
function convolution(options: { norm?: boolean; bias?: boolean } = {}): CostNode {
  const norm = options.norm === true ? { norm: DEFAULT_NORM } : {};
  const node = conv({ id: "conv", input: "images", kernel: 5, stride: 2, channels: 16, ...norm });
  return {
    node: { ...node, bias: options.bias ?? false },
    input: image(8, 3),
    output: image(4, 8),
  };
}

function depthwise({ bias, norm }: { bias: boolean; norm: boolean }): CostNode {
  const { channels: _, ...shared } = conv({ id: "depthwise", input: "x", kernel: 3, channels: 8 });
  const node = {
    ...shared,
    op: "depthwise-conv",
    bias,
    ...(norm && { norm: DEFAULT_NORM }),
  } as const;
  return { node, input: image(6, 8), output: image(6, 8) };
}

function dense(bias: boolean): CostNode {
  const node = { id: "dense", op: "dense", inputs: ["x"], channels: 10, bias } as const;
  return { node, input: image(1, 64), output: image(1, 10) };
}

const others: readonly CostNode["node"][] = [
  { id: "add", op: "add", inputs: ["a", "b"], projection: { norm: true } },
  { id: "pool", op: "global-pool", inputs: ["a"] },
  { id: "relu", op: "activation", inputs: ["a"], activation: "relu" },
  { id: "flatten", op: "flatten", inputs: ["a"] },
];

Deno.test("macs() counts convolutions at the size of their output, without bias and norm", () => {
  assertEquals(macs(convolution()), 5 * 5 * 4 * 4 * 3 * 8);
  assertEquals(macs(convolution({ norm: true, bias: true })), 5 * 5 * 4 * 4 * 3 * 8);
  assertEquals(macs(depthwise({ bias: true, norm: true })), 3 * 3 * 6 * 6 * 8);
});

Deno.test("macs() counts dense layers, without bias", () => {
  assertEquals(macs(dense(true)), 640);
});

Deno.test("params() counts kernels, biases, and the scale and offset of norms", () => {
  assertEquals(params(convolution()), 5 * 5 * 3 * 8);
  assertEquals(params(convolution({ norm: true, bias: true })), 5 * 5 * 3 * 8 + 8 + 16);
  assertEquals(params(depthwise({ bias: true, norm: true })), 3 * 3 * 8 + 8 + 16);
  assertEquals(params(dense(true)), 650);
  assertEquals(params(dense(false)), 640);
  const norm = { id: "norm", op: "norm", inputs: ["a"], norm: DEFAULT_NORM } as const;
  assertEquals(params({ node: norm, input: image(4, 8), output: image(4, 8) }), 16);
});

Deno.test("params() leaves out the norms that only the supernet has", () => {
  const { node, ...shapes } = convolution();
  assertEquals(
    params({ node: { ...node, searchNorm: DEFAULT_NORM } as CostNode["node"], ...shapes }),
    600,
  );
});

Deno.test("macs() and params() count nothing else", () => {
  for (const node of others) {
    const shapes = { input: image(4, 8), output: image(4, 8) };
    assertEquals([macs({ node, ...shapes }), params({ node, ...shapes })], [0, 0], node.op);
  }
});
