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
  const { channels } = build.valueOf(build.inputs[0]!);
  const [scale, offset] = [build.config["scale"] ?? 1, build.config["offset"] ?? 0].map((given) => {
    const numbers = [given].flat(Infinity);
    const fits = numbers.every((each) => typeof each === "number") &&
      [1, channels].includes(numbers.length);
    if (!fits) {
      build.refuse(`it scales by ${JSON.stringify(given)}`, "Use one number, or one a channel");
    }
    return numbers.length === 1 ? numbers[0] as number : numbers as number[];
  });
  return build.add({
    ...{ op: "rescale", inputs: [build.inputs[0]!], scale: scale!, offset: offset! },
  });
};

/** Keras's smallest deviation: less is taken for it. */
const LEAST = 1e-7;

/** (x − mean) / deviation, of the settings of the layer, else of what it learned of data. */
const normalize: Convert = (build) => {
  const { axis = -1, invert } = build.config;
  if (!isLastAxis(build, axis) || invert === true) {
    build.refuse(`it normalises axis ${axis}${invert ? ", inverted" : ""}`, "Use the last axis");
  }
  const [mean, variance] = ["mean", "variance"].map((name) => {
    const given = build.config[name] ?? build.numbersOf(name);
    return given == null
      ? build.refuse(`there is no ${name}`, "Adapt it to data before you save it")
      : [given].flat(Infinity) as number[];
  });
  const deviations = variance!.map((value) => Math.max(Math.sqrt(value), LEAST));
  const scale = deviations.map((deviation) => 1 / deviation);
  const offset = deviations.map((deviation, i) => -mean![i]! / deviation);
  return build.add({ op: "rescale", inputs: [build.inputs[0]!], scale, offset });
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
  Normalization: normalize,
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
