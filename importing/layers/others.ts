/** Norms, merges, and what does nothing in a model that serves. */
import type { MergeNode } from "@espalier/core";
import type { Convert, LayerBuild } from "./build.ts";

function isLastAxis(build: LayerBuild, axis: unknown): boolean {
  const { rank } = build.valueOf(build.inputs[0]!);
  return [axis].flat().every((each) => each === -1 || each === rank);
}

const norm: Convert = (build) => {
  const { config } = build;
  if (!isLastAxis(build, config["axis"] ?? -1)) {
    build.refuse(`it norms axis ${config["axis"]}`, "Norm the last axis, channels last");
  }
  const [scale, center] = [config["scale"] !== false, config["center"] !== false];
  return build.add({
    ...{ op: "norm", inputs: [build.inputs[0]!] },
    norm: {
      epsilon: Number(config["epsilon"] ?? 1e-3),
      momentum: Number(config["momentum"] ?? 0.99),
      ...(!scale && { scale }),
      ...(!center && { center }),
    },
  }, {
    weights: {
      ...(scale && { "norm/gamma": "gamma" }),
      ...(center && { "norm/beta": "beta" }),
      ...{ "norm/mean": "moving_mean", "norm/variance": "moving_variance" },
    },
  });
};

/** A sum of two, and so on with the next. */
const add: Convert = (build) => {
  const [first, ...others] = build.inputs as [string, ...string[]];
  return others.reduce((sum, other, i) =>
    build.add(
      { op: "add", inputs: [sum, other] },
      i < others.length - 1 ? { part: `sum${i + 1}` } : {},
    ), first);
};

const merge = (by: MergeNode["by"]): Convert => ({ add, inputs }) =>
  add({ op: "merge", by, inputs });

const concatenate: Convert = (build) => {
  const axis = build.config["axis"] ?? -1;
  return isLastAxis(build, axis)
    ? build.add({ op: "concat", inputs: build.inputs })
    : build.refuse(`it concatenates along axis ${axis}`, "Concatenate channels, the last axis");
};

const rescale: Convert = (build) => {
  const { scale = 1, offset = 0 } = build.config;
  return typeof scale === "number" && typeof offset === "number"
    ? build.add({ op: "rescale", inputs: [build.inputs[0]!], scale, offset })
    : build.refuse("it has a scale for each channel", "Use one number, or a BatchNormalization");
};

const dropout: Convert = (build) => {
  const rate = Number(build.config["rate"] ?? 0);
  return build.add({ op: "dropout", inputs: [build.inputs[0]!], rate });
};

const skip: Convert = (build) => build.skip();

/** Layers by class. */
export const OTHERS: Readonly<Record<string, Convert>> = {
  BatchNormalization: norm,
  Add: add,
  Multiply: merge("multiply"),
  Average: merge("average"),
  Maximum: merge("maximum"),
  Minimum: merge("minimum"),
  Concatenate: concatenate,
  Rescaling: rescale,
  Dropout: dropout,
  SpatialDropout1D: skip,
  SpatialDropout2D: skip,
  GaussianDropout: skip,
  GaussianNoise: skip,
  AlphaDropout: skip,
  ActivityRegularization: skip,
  RandomFlip: skip,
  RandomRotation: skip,
  RandomZoom: skip,
  RandomTranslation: skip,
  RandomContrast: skip,
  RandomBrightness: skip,
};
