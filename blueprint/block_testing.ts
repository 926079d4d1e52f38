/** A block for each operation that residual networks lack. */
import type {
  Activation,
  AddNode,
  BlueprintNode,
  MergeNode,
  NodeId,
  NormSpec,
  UpsampleNode,
} from "@espalier/core";
import { ACTIVATIONS } from "./activations.ts";
import { conv } from "./nodes.ts";

/** What a block is made of: it reads and gives `channels`, its last node is its output. */
interface BlockOptions {
  readonly id: string;
  readonly input: NodeId;
  readonly channels: number;
}

type MakeBlock = (options: BlockOptions) => BlueprintNode[];

/** All activations, with parameters too. */
export const EVERY_ACTIVATION: readonly Activation[] = [
  ...Object.keys(ACTIVATIONS) as Activation[],
  { name: "relu", slope: 0.25 },
  { name: "relu", max: 0.75 },
  { name: "relu", threshold: 0.125 },
];

const nameOf = (activation: Activation): string =>
  typeof activation === "string" ? activation : Object.values(activation).join("-");

/** Activations that saturate leave features nearly constant, whose norms would amplify rounding. */
const norm: NormSpec = { epsilon: 0.1, momentum: 0.9 };

/** An activation in a convolution, behind a concatenation, and behind a norm of its own. */
const activationBlock = (activation: Activation): MakeBlock => ({ id, input, channels }) => [
  conv({ id: `${id}/a`, input, channels: channels + 1, kernel: 3, norm, activation }),
  { id: `${id}/c`, op: "concat", inputs: [`${id}/a`, input] },
  { id: `${id}/f`, op: "activation", inputs: [`${id}/c`], activation },
  { id: `${id}/n`, op: "norm", inputs: [`${id}/f`], norm, activation },
  conv({ id: `${id}/z`, input: `${id}/n`, channels, kernel: 3 }),
  {
    ...{ id: `${id}/add`, op: "add", inputs: [`${id}/z`, input] },
    ...{ projection: { norm: false }, activation },
  },
];

/** Norms that do not learn their scale or offset, searched and alone. */
const normBlock = (learns: Pick<NormSpec, "scale" | "center">): MakeBlock => ({ id, ...rest }) => [
  conv({ id: `${id}/a`, ...rest, kernel: 3, norm: { ...norm, ...learns }, activation: "relu" }),
  { id: `${id}/n`, op: "norm", inputs: [`${id}/a`], norm: { ...norm, ...learns } },
];

/** A merge of three convolutions, then a gate of one position and of one channel. */
const mergeBlock = (by: MergeNode["by"]): MakeBlock => ({ id, input, channels }) => {
  const make = (name: string, activation: Activation) =>
    conv({ id: `${id}/${name}`, input, channels, kernel: 1, norm, activation });
  const merge = (name: string, ...inputs: NodeId[]): MergeNode => ({
    ...{ id: `${id}/${name}`, op: "merge", by, inputs: inputs.map((input) => `${id}/${input}`) },
  });
  return [
    make("a", "tanh"),
    make("b", "sigmoid"),
    make("c", "relu"),
    merge("m", "a", "b", "c"),
    {
      ...{ id: `${id}/p`, op: "pool", inputs: [`${id}/m`], pool: "average" },
      ...{ size: [4, 4], strides: [1, 1], padding: [0, 0, 0, 0] },
    },
    conv({ id: `${id}/g`, input: `${id}/p`, channels, kernel: 1, activation: "sigmoid" }),
    conv({ id: `${id}/h`, input: `${id}/m`, channels: 1, kernel: 1, activation: "sigmoid" }),
    merge("gated", "m", "g"),
    merge("z", "h", "gated"),
  ];
};

/** Every change of height and width; 4×4 in and out. */
const geometryBlock: MakeBlock = ({ id, input, channels }) => {
  const at = (name: string, input: string) => ({ id: `${id}/${name}`, inputs: [`${id}/${input}`] });
  return [
    conv({ id: `${id}/a`, input, channels: channels + 1, kernel: 3, norm, activation: "relu" }),
    { ...at("c", "a"), op: "concat", inputs: [`${id}/a`, input] },
    { ...at("b", "c"), op: "pad", padding: [2, 0, 1, 1] },
    { ...at("d", "b"), op: "rescale", scale: 0.5, offset: 0.25 },
    { ...at("e", "d"), op: "upsample", size: [2, 1] },
    { ...at("f", "e"), op: "crop", padding: [3, 1, 2, 0] },
    { ...at("g", "f"), op: "reshape", shape: [4, 8, 2 * channels + 1] },
    {
      ...at("h", "g"),
      op: "pool",
      pool: "max",
      size: [1, 2],
      strides: [1, 2],
      padding: [0, 0, 0, 0],
    },
    conv({ id: `${id}/z`, input: `${id}/h`, channels, kernel: 3, norm }),
  ];
};

/** Channels that become positions, and positions that become channels: all of them stay. */
const reshapeBlock: MakeBlock = ({ id, input, channels }) => [
  conv({ id: `${id}/a`, input, channels: 2 * channels, kernel: 1, activation: "relu" }),
  { id: `${id}/b`, op: "reshape", inputs: [`${id}/a`], shape: [4, 8, channels] },
  conv({ id: `${id}/c`, input: `${id}/b`, channels: channels + 1, kernel: 3, norm }),
  conv({ id: `${id}/d`, input: `${id}/c`, channels, kernel: 1 }),
  { id: `${id}/e`, op: "reshape", inputs: [`${id}/d`], shape: [4, 4, 2 * channels] },
  conv({ id: `${id}/z`, input: `${id}/e`, channels, kernel: 1, norm }),
];

/** Depthwise filters that multiply channels, upwards and down again, slopes, and a dense layer. */
const unitsBlock: MakeBlock = ({ id, input, channels }) => {
  const { channels: _, ...shared } = conv({ id: `${id}/d`, input, channels, kernel: 3, norm });
  return [
    { ...shared, op: "depthwise-conv", multiplier: 2, bias: true, activation: "tanh" },
    { id: `${id}/p`, op: "prelu", inputs: [`${id}/d`], positions: [4, 1] },
    {
      ...{
        id: `${id}/t`,
        op: "transposed-conv",
        inputs: [`${id}/p`],
        channels: channels + 1,
        norm,
      },
      ...{ kernel: [3, 2], strides: [2, 3], padding: "same", bias: true, activation: "relu" },
    },
    {
      ...{ id: `${id}/u`, op: "transposed-conv", inputs: [`${id}/t`], channels: 2, bias: false },
      ...{ kernel: [2, 1], strides: [1, 1], padding: "valid" },
    },
    {
      id: `${id}/f`,
      op: "dense",
      inputs: [`${id}/u`],
      channels: 3,
      bias: true,
      activation: "tanh",
    },
    {
      ...conv({ id: `${id}/z`, input: `${id}/f`, channels, kernel: 3, norm }),
      ...{ strides: [2, 3], padding: [0, 0, 0, 0] },
    },
  ];
};

/** Layers that are called twice: a convolution on what it gave, norms, filters and a dense layer. */
const sharedBlock: MakeBlock = ({ id, input, channels }) => {
  const again = <N extends BlueprintNode>(node: N, name: string, input: string): N => ({
    ...node,
    ...{ id: `${id}/${name}`, inputs: [`${id}/${input}`], sharesWeightsOf: node.id },
  });
  const unit = { channels, kernel: 3, norm, activation: "relu" } as const;
  const a = conv({ id: `${id}/a`, input, ...unit });
  const { channels: _, ...rest } = conv({ id: `${id}/e`, input: `${id}/b`, channels, kernel: 3 });
  const e: BlueprintNode = { ...rest, op: "depthwise-conv" };
  const g: BlueprintNode = { id: `${id}/g`, op: "norm", inputs: [e.id], norm };
  const k: BlueprintNode = {
    ...{ id: `${id}/k`, op: "dense", inputs: [`${id}/h`], channels, bias: true },
  };
  return [
    a,
    again(a, "b", "a"),
    e,
    again(e, "f", "a"),
    g,
    again(g, "h", "f"),
    k,
    again(k, "m", "g"),
    { id: `${id}/z`, op: "merge", by: "multiply", inputs: [`${id}/k`, `${id}/m`] },
  ];
};

/** A layer that only TensorFlow.js knows, between two whose channels it fixes and leaves free. */
const opaqueBlock = (...trained: readonly number[]): MakeBlock => ({ id, input, channels }) => [
  conv({ id: `${id}/a`, input, channels: channels + 1, kernel: 3, norm, activation: "relu" }),
  conv({ id: `${id}/b`, input: `${id}/a`, channels: 3, kernel: 1 }),
  {
    ...{ id: `${id}/o`, op: "opaque", inputs: [`${id}/b`], className: "LayerNormalization" },
    ...{ config: { axis: -1, epsilon: 0.1 }, reads: [[4, 4, 3]], shape: [4, 4, 3] },
    ...{ weights: [[3], [3]], trained },
  },
  conv({ id: `${id}/z`, input: `${id}/o`, channels, kernel: 3, norm }),
];

/** Nodes of a block by short names. */
const naming = (id: string) => ({
  conv: (name: string, input: NodeId, channels: number) =>
    conv({ id: `${id}/${name}`, input, channels, kernel: 1, norm }),
  concat: (name: string, ...inputs: readonly string[]): BlueprintNode => ({
    ...{ id: `${id}/${name}`, op: "concat", inputs: inputs.map((input) => `${id}/${input}`) },
  }),
  add: (name: string, main: string, side: string): AddNode => ({
    ...{ id: `${id}/${name}`, op: "add", inputs: [`${id}/${main}`, `${id}/${side}`] },
  }),
});

/** Concatenations of unlike cuts and a convolution that are added, so that each layer is decided in slices. */
const cutsBlock = (changes: Partial<AddNode>): MakeBlock => ({ id, input, channels }) => {
  const { conv, concat, add } = naming(id);
  return [
    conv("a", input, channels),
    conv("b", input, 2),
    concat("ab", "a", "b"),
    { ...conv("c", input, channels + 2), bias: true, activation: "tanh" },
    { ...add("abc", "ab", "c"), ...changes },
    conv("d", input, 1),
    conv("e", input, channels + 1),
    concat("de", "d", "e"),
    { ...add("all", "de", "abc"), ...changes, activation: "sigmoid" },
    conv("z", `${id}/all`, channels),
  ];
};

/** The same where a stage may end, of a transposed convolution and slopes. */
const cutEndBlock: MakeBlock = ({ id, input, channels }) => {
  const { conv, concat, add } = naming(id);
  return [
    conv("a", input, 1),
    conv("b", input, channels - 1),
    concat("ab", "a", "b"),
    {
      ...{ id: `${id}/c`, op: "transposed-conv", inputs: [input], channels, bias: true, norm },
      ...{ kernel: [3, 3], strides: [1, 1], padding: "same", activation: "relu" },
    },
    { id: `${id}/p`, op: "prelu", inputs: [`${id}/c`], positions: [1, 1] },
    add("z", "p", "ab"),
  ];
};

/** Slices through gates of one position and of one channel, and a multiplier. */
const cutGateBlock: MakeBlock = ({ id, input, channels }) => {
  const { conv: unit, concat, add } = naming(id);
  const gate = conv({ id: `${id}/g`, input: `${id}/p`, channels: channels + 1, kernel: 1 });
  const { channels: _, ...twice } = conv({ id: `${id}/w`, input: `${id}/m`, channels, kernel: 3 });
  return [
    unit("a", input, channels),
    unit("b", input, 1),
    concat("ab", "a", "b"),
    {
      ...{ id: `${id}/p`, op: "pool", inputs: [`${id}/ab`], pool: "average" },
      ...{ size: [4, 4], strides: [1, 1], padding: [0, 0, 0, 0] },
    },
    { ...gate, bias: true, activation: "sigmoid" },
    { id: `${id}/m`, op: "merge", by: "multiply", inputs: [`${id}/ab`, gate.id] },
    { ...twice, op: "depthwise-conv", multiplier: 2, norm },
    unit("c", input, channels + 1),
    { ...twice, id: `${id}/v`, inputs: [`${id}/c`], op: "depthwise-conv", multiplier: 2 },
    add("sum", "v", "w"),
    conv({ id: `${id}/h`, input, channels: 1, kernel: 1 }),
    { id: `${id}/all`, op: "merge", by: "average", inputs: [`${id}/sum`, `${id}/h`] },
    unit("z", `${id}/all`, channels),
  ];
};

/** Slices of what a layer reads and makes that is called twice. */
const cutSharedBlock: MakeBlock = ({ id, input, channels }) => {
  const { conv, concat, add } = naming(id);
  const s = { ...conv("s", `${id}/c`, channels + 1), bias: true };
  return [
    conv("a", input, channels),
    conv("b", input, 2),
    concat("ab", "a", "b"),
    conv("c", input, channels + 2),
    s,
    { ...s, id: `${id}/t`, inputs: [`${id}/ab`], sharesWeightsOf: s.id },
    conv("x", input, channels),
    conv("y", input, 1),
    concat("yx", "y", "x"),
    add("tyx", "t", "yx"),
    { id: `${id}/st`, op: "merge", by: "maximum", inputs: [s.id, `${id}/tyx`] },
    conv("z", `${id}/st`, channels),
  ];
};

/** A layer that is added to a value in which it stands twice. */
const cutTwiceBlock: MakeBlock = ({ id, input, channels }) => {
  const { conv, concat, add } = naming(id);
  return [
    conv("a", input, channels),
    concat("aa", "a", "a"),
    conv("c", input, 2 * channels),
    add("sum", "c", "aa"),
    conv("z", `${id}/sum`, channels),
  ];
};

/** Images that are interpolated; 4×4 in and out. */
const bilinearBlock =
  (interpolation: NonNullable<UpsampleNode["interpolation"]>): MakeBlock => (options) => {
    const { id, input, channels } = options;
    return [
      conv({ id: `${id}/a`, input, channels: channels + 1, kernel: 3, norm, activation: "relu" }),
      { id: `${id}/b`, op: "upsample", inputs: [`${id}/a`], size: [2, 1], interpolation },
      { id: `${id}/c`, op: "upsample", inputs: [`${id}/b`], size: [2, 3], interpolation },
      {
        ...conv({ id: `${id}/z`, input: `${id}/c`, channels, kernel: 3, norm }),
        ...{ strides: [4, 3] },
      },
    ];
  };

/** Numbers for each channel, which all stay; what follows is free. */
const rescaleBlock: MakeBlock = ({ id, input, channels }) => {
  const each = (of: number) => Array.from({ length: channels + 1 }, (_, i) => of + i / 4);
  return [
    conv({ id: `${id}/a`, input, channels: channels + 1, kernel: 3, norm, activation: "relu" }),
    { id: `${id}/b`, op: "rescale", inputs: [`${id}/a`], scale: each(0.5), offset: each(-1) },
    { id: `${id}/c`, op: "rescale", inputs: [`${id}/b`], scale: 0.5, offset: each(1) },
    conv({ id: `${id}/d`, input: `${id}/c`, channels: channels + 1, kernel: 1 }),
    conv({ id: `${id}/z`, input: `${id}/d`, channels, kernel: 3, norm }),
  ];
};

/** Blocks by name. */
export const OP_BLOCKS: Readonly<Record<string, MakeBlock>> = {
  geometry: geometryBlock,
  bilinear: bilinearBlock("bilinear"),
  "bilinear-corner": bilinearBlock("bilinear-corner"),
  rescale: rescaleBlock,
  opaque: opaqueBlock(0, 1),
  "opaque-fixed": opaqueBlock(),
  shared: sharedBlock,
  cuts: cutsBlock({}),
  "cuts-project": cutsBlock({ projection: { norm: false } }),
  "cut-end": cutEndBlock,
  "cut-gate": cutGateBlock,
  "cut-shared": cutSharedBlock,
  "cut-twice": cutTwiceBlock,
  reshape: reshapeBlock,
  units: unitsBlock,
  multiply: mergeBlock("multiply"),
  average: mergeBlock("average"),
  maximum: mergeBlock("maximum"),
  minimum: mergeBlock("minimum"),
  "norm-no-scale": normBlock({ scale: false }),
  "norm-no-center": normBlock({ center: false }),
  "norm-bare": normBlock({ scale: false, center: false }),
  ...Object.fromEntries(
    // A jump, as a threshold has, may be taken by one of two equal networks alone.
    EVERY_ACTIVATION.filter((each) => typeof each === "string" || each.threshold === undefined)
      .map((each) => [nameOf(each), activationBlock(each)]),
  ),
};
