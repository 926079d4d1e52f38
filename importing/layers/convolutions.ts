import { withActivation } from "./activations.ts";
import type { Convert, LayerBuild } from "./build.ts";
import { paddingOf, refuseOtherLayouts, sizeOf, type WindowSettings } from "./settings.ts";

const BIAS = { bias: "bias" };
const hasBias = ({ config }: LayerBuild): boolean => config["use_bias"] !== false;

function windowOf(build: LayerBuild): WindowSettings {
  refuseOtherLayouts(build);
  return {
    kernel: sizeOf(build, "kernel_size"),
    strides: sizeOf(build, "strides"),
    dilation: sizeOf(build, "dilation_rate"),
  };
}

const convolve: Convert = (build) => {
  const window = windowOf(build), bias = hasBias(build);
  return withActivation(build, (activation) =>
    build.add({
      ...{ op: "conv", inputs: [build.inputs[0]!], ...window, padding: paddingOf(build, window) },
      ...{ channels: Number(build.config["filters"]), bias, ...activation },
    }, { weights: { kernel: "kernel", ...BIAS } }));
};

const DEPTHWISE = { kernel: ["depthwise_kernel", "kernel"] };

const convolveDepthwise: Convert = (build) => {
  const window = windowOf(build), bias = hasBias(build);
  const multiplier = Number(build.config["depth_multiplier"] ?? 1);
  return withActivation(build, (activation) =>
    build.add({
      ...{ op: "depthwise-conv", inputs: [build.inputs[0]!], ...window },
      ...{ padding: paddingOf(build, window), bias, ...activation },
      ...(multiplier > 1 && { multiplier }),
    }, { weights: { ...DEPTHWISE, ...BIAS } }));
};

/** A depthwise convolution, then one of 1×1. */
const convolveSeparably: Convert = (build) => {
  const window = windowOf(build), bias = hasBias(build);
  const multiplier = Number(build.config["depth_multiplier"] ?? 1);
  const depthwise = build.add({
    ...{ op: "depthwise-conv", inputs: [build.inputs[0]!], ...window },
    ...{ padding: paddingOf(build, window), bias: false },
    ...(multiplier > 1 && { multiplier }),
  }, { part: "depthwise", weights: { kernel: "depthwise_kernel" } });
  return withActivation(build, (activation) =>
    build.add({
      ...{ op: "conv", inputs: [depthwise], kernel: [1, 1], strides: [1, 1], dilation: [1, 1] },
      ...{ padding: [0, 0, 0, 0], channels: Number(build.config["filters"]), bias, ...activation },
    }, { weights: { kernel: "pointwise_kernel", ...BIAS } }));
};

const transpose: Convert = (build) => {
  const { kernel, strides, dilation } = windowOf(build);
  const padding = String(build.config["padding"] ?? "valid");
  if (padding !== "same" && padding !== "valid") {
    return build.refuse(`its padding is "${padding}"`, "Use valid or same");
  }
  if (build.config["output_padding"] != null || Math.max(...dilation) > 1) {
    build.refuse("it states an output padding or is dilated", "Use padding and strides alone");
  }
  const bias = hasBias(build), channels = Number(build.config["filters"]);
  return withActivation(build, (activation) =>
    build.add({
      ...{ op: "transposed-conv", inputs: [build.inputs[0]!], kernel, strides, padding },
      ...{ channels, bias, ...activation },
    }, { weights: { kernel: "kernel", ...BIAS } }));
};

const connect: Convert = (build) =>
  withActivation(build, (activation) =>
    build.add({
      ...{ op: "dense", inputs: [build.inputs[0]!], channels: Number(build.config["units"]) },
      ...{ bias: hasBias(build), ...activation },
    }, { weights: { kernel: "kernel", ...BIAS } }));

/** Layers with a kernel. */
export const CONVOLUTIONS: Readonly<Record<string, Convert>> = {
  Conv1D: convolve,
  Conv2D: convolve,
  DepthwiseConv1D: convolveDepthwise,
  DepthwiseConv2D: convolveDepthwise,
  SeparableConv1D: convolveSeparably,
  SeparableConv2D: convolveSeparably,
  Conv1DTranspose: transpose,
  Conv2DTranspose: transpose,
  Dense: connect,
};
