/** Layers that change height, width or the place of channels. */
import type { ReshapeNode } from "@espalier/core";
import type { Convert, LayerBuild } from "./build.ts";
import { aroundOf, paddingOf, refuseOtherLayouts, sizeOf } from "./settings.ts";

const pool = (by: "max" | "average"): Convert => (build) => {
  refuseOtherLayouts(build);
  const size = sizeOf(build, "pool_size", 2);
  const strides = build.config["strides"] == null ? size : sizeOf(build, "strides");
  const padding = paddingOf(build, { kernel: size, strides, dilation: [1, 1] });
  return build.add({ op: "pool", inputs: [build.inputs[0]!], pool: by, size, strides, padding });
};

const poolAll = (by: "max" | "average"): Convert => (build) => {
  refuseOtherLayouts(build);
  const { channels, rank } = build.valueOf(build.inputs[0]!);
  const keeps = build.config["keepdims"] === true;
  const pooled = build.add(
    { op: "global-pool", inputs: [build.inputs[0]!], ...(by === "max" && { pool: by }) },
    keeps ? { part: "pool" } : {},
  );
  if (!keeps) return pooled;
  const shape: ReshapeNode["shape"] = rank === 2 ? [1, channels] : [1, 1, channels];
  return build.add({ op: "reshape", inputs: [pooled], shape });
};

const pad: Convert = (build) => {
  refuseOtherLayouts(build);
  return build.add({
    ...{ op: "pad", inputs: [build.inputs[0]!], padding: aroundOf(build, "padding") },
  });
};

const crop: Convert = (build) => {
  refuseOtherLayouts(build);
  return build.add({
    ...{ op: "crop", inputs: [build.inputs[0]!], padding: aroundOf(build, "cropping") },
  });
};

const upsample: Convert = (build) => {
  refuseOtherLayouts(build);
  const given = build.config["interpolation"] ?? "nearest";
  if (given !== "nearest" && given !== "bilinear") {
    build.refuse(`it interpolates by "${given}"`, "Use nearest or bilinear");
  }
  // Keras took TensorFlow's first way, which TensorFlow.js has to this day, until they became one.
  const isByCorners = build.writer === "tensorflow.js" || build.writer === "keras1";
  return build.add({
    ...{ op: "upsample", inputs: [build.inputs[0]!], size: sizeOf(build, "size", 2) },
    ...(given === "bilinear" && { interpolation: isByCorners ? "bilinear-corner" : given }),
  });
};

const flatten: Convert = (build) => {
  refuseOtherLayouts(build);
  return build.add({ op: "flatten", inputs: [build.inputs[0]!] });
};

/** The target of a reshape, whose one size of −1 follows from the others. */
function targetOf(build: LayerBuild): number[] {
  const { height, width, channels } = build.valueOf(build.inputs[0]!);
  const target = (build.config["target_shape"] ?? []) as (number | null)[];
  const known = target.reduce<number>((a, b) => b === null || b < 0 ? a : a * b, 1);
  return target.map((size) => size === null || size < 0 ? height * width * channels / known : size);
}

const reshape: Convert = (build) => {
  const shape = targetOf(build);
  if (shape.length < 1 || shape.length > 3) {
    build.refuse(`it makes ${shape.length} axes`, "Use up to three: height, width, channels");
  }
  const { height, width } = build.valueOf(build.inputs[0]!);
  return shape.length === 1 && height * width > 1
    ? build.add({ op: "flatten", inputs: [build.inputs[0]!] })
    : build.add({
      ...{ op: "reshape", inputs: [build.inputs[0]!] },
      shape: shape as unknown as ReshapeNode["shape"],
    });
};

/** Layers by class. */
export const SHAPES: Readonly<Record<string, Convert>> = {
  MaxPooling1D: pool("max"),
  MaxPooling2D: pool("max"),
  AveragePooling1D: pool("average"),
  AveragePooling2D: pool("average"),
  GlobalMaxPooling1D: poolAll("max"),
  GlobalMaxPooling2D: poolAll("max"),
  GlobalAveragePooling1D: poolAll("average"),
  GlobalAveragePooling2D: poolAll("average"),
  ZeroPadding1D: pad,
  ZeroPadding2D: pad,
  Cropping1D: crop,
  Cropping2D: crop,
  UpSampling1D: upsample,
  UpSampling2D: upsample,
  Flatten: flatten,
  Reshape: reshape,
};
