import type { BlueprintNode, ConvNode, DepthwiseConvNode, Padding, Shape } from "@espalier/core";
import { ACTIVATIONS, inOrder, orderedName, type Site, unit, type Value } from "./step.ts";
import { orderRows, unitWeights } from "./weights.ts";

/** Writes a node into the graph, and returns its value. */
type Writer<Op> = (node: Extract<BlueprintNode, { op: Op }>, site: Site) => Value;

const pads = ([top, bottom, left, right]: Padding) => [top, left, bottom, right];

/** A convolution with its norm folded into it. */
function convolution(node: ConvNode | DepthwiseConvNode, { graph, weights, inputs }: Site): Value {
  const { kernel, bias } = unitWeights(node, weights);
  return unit(node, {
    graph,
    op: "Conv",
    inputs: [
      inputs[0].name,
      graph.constant(`${node.id}/kernel`, kernel),
      ...bias ? [graph.constant(`${node.id}/bias`, bias)] : [],
    ],
    attributes: {
      kernel_shape: node.kernel,
      strides: node.strides,
      dilations: node.dilation,
      pads: pads(node.padding),
      group: node.op === "conv" ? 1 : kernel.shape[0]!,
    },
  });
}

/** Feature of ours at each place of an image that ONNX flattens channel by channel. */
function channelsFirst({ height, width, channels }: Shape): number[] {
  const positions = height * width;
  return Array.from(
    { length: positions * channels },
    (_, place) => place % positions * channels + Math.floor(place / positions),
  );
}

/** From op to writer; undefined for an op that ONNX cannot express. */
export const WRITERS: { readonly [Op in BlueprintNode["op"]]: Writer<Op> | undefined } = {
  "input": ({ id }, { graph }) => {
    const output = `${id}/channels_first`;
    const attributes = { perm: [0, 3, 1, 2] };
    return { id, name: graph.step("Transpose", { inputs: [id], output, attributes }) };
  },
  "conv": convolution,
  "depthwise-conv": convolution,
  "norm": (node, { graph, weights, inputs }) =>
    unit(node, {
      graph,
      op: "BatchNormalization",
      inputs: [
        inOrder(inputs[0], graph),
        ...["gamma", "beta", "mean", "variance"].map((part) => `${node.id}/norm/${part}`)
          .map((name) => graph.constant(name, weights[name]!)),
      ],
      attributes: { epsilon: Float32Array.of(node.norm.epsilon) },
    }),
  "activation": ({ id, activation }, { graph, inputs: [{ name, order }] }) => {
    const output = orderedName(id, order);
    ACTIVATIONS[activation](graph, { input: name, output });
    return { id, name: output, order };
  },
  "add": (node, { graph, inputs }) =>
    unit(node, { graph, op: "Add", inputs: inputs.map((value) => inOrder(value, graph)) }),
  "concat": (node, { graph, inputs }) =>
    unit(node, {
      graph,
      op: "Concat",
      inputs: inputs.map((value) => inOrder(value, graph)),
      attributes: { axis: 1 },
    }),
  // Padding counts in neither, as ONNX has it by default.
  "pool": (node, { graph, inputs: [input] }) =>
    unit(node, {
      graph,
      op: node.pool === "max" ? "MaxPool" : "AveragePool",
      inputs: [input.name],
      attributes: { kernel_shape: node.size, strides: node.strides, pads: pads(node.padding) },
    }),
  "global-pool": ({ id }, { graph, inputs: [input] }) => {
    const output = `${id}/mean`;
    const mean = graph.step("GlobalAveragePool", { inputs: [input.name], output });
    return { id, name: graph.step("Flatten", { inputs: [mean], output: id }) };
  },
  "flatten": ({ id }, { graph, shapes, inputs: [input] }) => {
    const shape = shapes.get(input.id)!;
    const isOrdered = shape.channels === 1 || shape.height * shape.width === 1;
    const order = isOrdered ? undefined : channelsFirst(shape);
    const output = orderedName(id, order);
    return { id, name: graph.step("Flatten", { inputs: [input.name], output }), order };
  },
  "dense": (node, { graph, weights, inputs: [{ name, order }] }) => {
    const kernel = weights[`${node.id}/kernel`]!;
    const bias = `${node.id}/bias`;
    return unit(node, {
      graph,
      op: "Gemm",
      inputs: [
        name,
        graph.constant(`${node.id}/kernel`, order ? orderRows(kernel, order) : kernel),
        ...node.bias ? [graph.constant(bias, weights[bias]!)] : [],
      ],
    });
  },
  "dropout": ({ id }, { graph, inputs: [{ name, order }] }) => {
    const output = orderedName(id, order);
    return { id, name: graph.step("Identity", { inputs: [name], output }), order };
  },
};
