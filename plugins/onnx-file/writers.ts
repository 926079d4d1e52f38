import type {
  BlueprintNode,
  ConvNode,
  DenseNode,
  DepthwiseConvNode,
  MergeNode,
  Padding,
  Shape,
  TransposedConvNode,
} from "@espalier/core";
import { activate, Formula } from "./activations.ts";
import type { Attribute } from "./graph.ts";
import {
  channelsFirst,
  channelsLast,
  inOrder,
  integers,
  orderedName,
  type Site,
  unit,
  type Value,
} from "./step.ts";
import { normArrays, orderRows, transpose, type UnitWeights, unitWeights } from "./weights.ts";

/** Writes a node into the graph, and returns its value. */
type Writer<Op> = (node: Extract<BlueprintNode, { op: Op }>, site: Site) => Value;

/** Rows and columns; of a sequence, the columns. */
const sides = <T>([rows, columns]: readonly [T, T], rank: number): T[] =>
  rank === 2 ? [columns] : [rows, columns];

const pads = ([top, bottom, left, right]: Padding, rank: number): number[] => [
  ...sides([top, left], rank),
  ...sides([bottom, right], rank),
];

const rankOf = ({ ranks, inputs: [{ id }] }: Site): number => ranks.get(id)!;

type Unit = ConvNode | DepthwiseConvNode | TransposedConvNode | DenseNode;

/** A layer that has a kernel, as a convolution; its kernel lacks the one row of a sequence. */
function convolution(
  node: Unit,
  site: Site,
  { op = "Conv", kernel: { shape, values }, bias, attributes }: UnitWeights & {
    readonly op?: string;
    readonly attributes: Readonly<Record<string, Attribute>>;
  },
): Value {
  const { graph, inputs } = site;
  const [enter, leave, ...window] = shape as [number, number, number, number];
  const kernel = { shape: [enter, leave, ...sides(window, rankOf(site))], values };
  return unit(node, {
    graph,
    op,
    inputs: [
      inputs[0].name,
      graph.constant(`${node.id}/kernel`, kernel),
      ...bias ? [graph.constant(`${node.id}/bias`, bias)] : [],
    ],
    attributes: { kernel_shape: kernel.shape.slice(2), ...attributes },
  });
}

/** A convolution with its norm folded into it. */
function convolve(node: ConvNode | DepthwiseConvNode, site: Site): Value {
  const rank = rankOf(site);
  const attributes = {
    strides: sides(node.strides, rank),
    dilations: sides(node.dilation, rank),
    pads: pads(node.padding, rank),
    group: node.op === "conv" ? 1 : site.shapes.get(site.inputs[0].id)!.channels,
  };
  return convolution(node, site, { ...unitWeights(node, site.weights), attributes });
}

/** A transposed convolution with its norm folded into it; where strides exceed kernels, rows are added. */
function convolveBack(node: TransposedConvNode, site: Site): Value {
  const rank = rankOf(site), strides = sides(node.strides, rank);
  const excess = sides(node.kernel, rank).map((size, axis) => size - strides[axis]!);
  const before = excess.map((more) => node.padding === "same" ? Math.max(0, more >> 1) : 0);
  const after = excess.map((more, i) =>
    node.padding === "same" ? Math.max(0, more) - before[i]! : 0
  );
  const attributes = {
    strides,
    pads: [...before, ...after],
    "output_padding": excess.map((more) => Math.max(0, -more)),
  };
  return convolution(node, site, {
    op: "ConvTranspose",
    ...unitWeights(node, site.weights),
    attributes,
  });
}

/** A dense layer, of an image at each of its positions. */
function dense(node: DenseNode, site: Site): Value {
  const { graph, weights, ranks, inputs: [{ id, name, order }] } = site;
  const kernel = weights[`${node.id}/kernel`]!;
  const bias = node.bias ? weights[`${node.id}/bias`]! : undefined;
  if (ranks.get(id) !== 1) {
    const image = { ...kernel, shape: [1, 1, ...kernel.shape] };
    return convolution(node, site, {
      kernel: transpose(image, [3, 2, 0, 1]),
      ...bias && { bias },
      attributes: {},
    });
  }
  return unit(node, {
    graph,
    op: "Gemm",
    inputs: [
      name,
      graph.constant(`${node.id}/kernel`, order ? orderRows(kernel, order) : kernel),
      ...bias ? [graph.constant(`${node.id}/bias`, bias)] : [],
    ],
  });
}

/** Feature of ours at each place of an image that ONNX flattens channel by channel. */
function flattenedOrder({ height, width, channels }: Shape): number[] {
  const positions = height * width;
  return Array.from(
    { length: positions * channels },
    (_, place) => place % positions * channels + Math.floor(place / positions),
  );
}

/** Operators that take any number of values. */
const MERGES: Readonly<Record<Exclude<MergeNode["by"], "multiply">, string>> = {
  average: "Mean",
  maximum: "Max",
  minimum: "Min",
};

/** From op to writer; undefined for an op that ONNX cannot express. */
export const WRITERS: { readonly [Op in BlueprintNode["op"]]: Writer<Op> | undefined } = {
  "input": ({ id, rank = 3 }, { graph }) => {
    return rank === 1 ? { id, name: id } : channelsFirst(id, { graph, id, rank });
  },
  "conv": convolve,
  "depthwise-conv": convolve,
  "transposed-conv": convolveBack,
  "norm": (node, { graph, weights, inputs }) => {
    const { gamma, beta, mean, variance } = normArrays(node, weights);
    const arrays = Object.entries({ gamma, beta, mean, variance });
    return unit(node, {
      graph,
      op: "BatchNormalization",
      inputs: [
        inOrder(inputs[0], graph),
        ...arrays.map(([part, array]) => graph.constant(`${node.id}/norm/${part}`, array)),
      ],
      attributes: { epsilon: Float32Array.of(node.norm.epsilon) },
    });
  },
  "activation": ({ id, activation }, { graph, inputs: [{ name, order }] }) => {
    const output = orderedName(id, order);
    return { id, name: activate(activation, { graph, input: name, output }), order };
  },
  "add": (node, { graph, inputs }) =>
    unit(node, { graph, op: "Add", inputs: inputs.map((value) => inOrder(value, graph)) }),
  "merge": ({ id, by }, { graph, inputs }) => {
    const f = new Formula(graph, id);
    const [first, ...others] = inputs.map((value) => inOrder(value, graph));
    if (by !== "multiply") return { id, name: f.last(MERGES[by], [first!, ...others]) };
    const product = others.slice(0, -1).reduce((x, other) => f.step("Mul", x, other), first!);
    return { id, name: f.last("Mul", [product, others.at(-1)!]) };
  },
  "concat": (node, { graph, inputs }) =>
    unit(node, {
      graph,
      op: "Concat",
      inputs: inputs.map((value) => inOrder(value, graph)),
      attributes: { axis: 1 },
    }),
  // Padding counts in neither, as ONNX has it by default.
  "pool": (node, site) => {
    const rank = rankOf(site);
    return unit(node, {
      graph: site.graph,
      op: node.pool === "max" ? "MaxPool" : "AveragePool",
      inputs: [site.inputs[0].name],
      attributes: {
        "kernel_shape": sides(node.size, rank),
        strides: sides(node.strides, rank),
        pads: pads(node.padding, rank),
      },
    });
  },
  "global-pool": ({ id, pool }, { graph, inputs: [input] }) => {
    const f = new Formula(graph, id);
    const op = pool === "max" ? "GlobalMaxPool" : "GlobalAveragePool";
    return { id, name: f.last("Flatten", [f.step(op, input.name)]) };
  },
  "pad": ({ id, padding: [top, bottom, left, right] }, site) => {
    const { graph, inputs: [input] } = site, rank = rankOf(site);
    const before = [0, 0, ...sides([top, left], rank)];
    const after = [0, 0, ...sides([bottom, right], rank)];
    const around = integers(graph, `${id}/pads`, [...before, ...after]);
    return { id, name: graph.step("Pad", { inputs: [input.name, around], output: id }) };
  },
  "crop": ({ id, padding: [top, , left] }, site) => {
    const { graph, shapes, inputs: [input] } = site, rank = rankOf(site);
    const { height, width } = shapes.get(id)!;
    const starts = integers(graph, `${id}/starts`, sides([top, left], rank));
    const ends = integers(graph, `${id}/ends`, sides([top + height, left + width], rank));
    const axes = integers(graph, `${id}/axes`, rank === 2 ? [2] : [2, 3]);
    const inputs = [input.name, starts, ends, axes];
    return { id, name: graph.step("Slice", { inputs, output: id }) };
  },
  "upsample": ({ id, size, interpolation = "nearest" }, site) => {
    const { graph, inputs: [input] } = site;
    const values = Float32Array.of(1, 1, ...sides(size, rankOf(site)));
    const scales = graph.constant(`${id}/scales`, { shape: [values.length], values });
    const isNearest = interpolation === "nearest";
    const attributes = {
      "mode": isNearest ? "nearest" : "linear",
      "coordinate_transformation_mode": interpolation === "bilinear" ? "half_pixel" : "asymmetric",
      ...isNearest && { "nearest_mode": "floor" },
    };
    const inputs = [input.name, "", scales];
    return { id, name: graph.step("Resize", { inputs, output: id, attributes }) };
  },
  "reshape": ({ id }, { graph, shapes, ranks, inputs: [input] }) => {
    const { height, width, channels } = shapes.get(id)!, rank = ranks.get(id)!;
    // 0 keeps the batch.
    const sizes = [0, ...[height, width, channels].slice(3 - rank)];
    const from = channelsLast(input, { graph, rank: ranks.get(input.id)! });
    const name = graph.step("Reshape", {
      inputs: [from, integers(graph, `${id}/shape`, sizes)],
      output: rank === 1 ? id : `${id}/channels_last`,
    });
    return rank === 1 ? { id, name } : channelsFirst(name, { graph, id, rank });
  },
  "rescale": ({ id, scale, offset }, site) => {
    const { graph, inputs: [input] } = site;
    const order = typeof scale === "number" && typeof offset === "number" ? input.order : undefined;
    const f = new Formula(graph, orderedName(id, order));
    const factor = (value: number | readonly number[]) => f.numbers(value, rankOf(site) - 1);
    const from = order === undefined ? inOrder(input, graph) : input.name;
    const scaled = f.step("Mul", from, factor(scale));
    return { id, name: f.last("Add", [scaled, factor(offset)]), order };
  },
  "flatten": ({ id }, { graph, shapes, ranks, inputs: [input] }) => {
    if (ranks.get(input.id) === 1) return { ...input, id };
    const shape = shapes.get(input.id)!;
    const isOrdered = shape.channels === 1 || shape.height * shape.width === 1;
    const order = isOrdered ? undefined : flattenedOrder(shape);
    const output = orderedName(id, order);
    return { id, name: graph.step("Flatten", { inputs: [input.name], output }), order };
  },
  "dense": dense,
  "dropout": ({ id }, { graph, inputs: [{ name, order }] }) => {
    const output = orderedName(id, order);
    return { id, name: graph.step("Identity", { inputs: [name], output }), order };
  },
  "prelu": ({ id }, site) => {
    const { graph, weights, inputs: [input] } = site, rank = rankOf(site);
    const slope = weights[`${id}/slope`]!;
    const { shape, values } = rank === 1 ? slope : transpose(slope, [2, 0, 1]);
    const inputs = [
      inOrder(input, graph),
      graph.constant(`${id}/slope`, { shape: rank === 2 ? [shape[0]!, shape[2]!] : shape, values }),
    ];
    return { id, name: graph.step("PRelu", { inputs, output: id }) };
  },
  "opaque": undefined,
};
