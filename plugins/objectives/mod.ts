/**
 * What a network can be trained for: one class an image, several, numbers, or a class for every pixel.
 *
 * @module
 */
import {
  definePlugin,
  type NoOptions,
  noOptions,
  ObjectiveToken,
  type PluginFactory,
} from "@espalier/core";
import { createClassification } from "./classification.ts";
import { multiLabelObjective } from "./multi_label.ts";
import {
  type ClassificationOptions,
  type ClassificationOptionsInput,
  classificationOptionsSchema,
  type RegressionOptions,
  type RegressionOptionsInput,
  regressionOptionsSchema,
} from "./options.ts";
import { createRegression } from "./regression.ts";
import { segmentationObjective } from "./segmentation.ts";

export { byOutput, type ByOutputOptions } from "./by_output_plugin.ts";
export { smoothed, weightedCrossEntropy } from "./classification.ts";
export { binaryCrossEntropy } from "./multi_label.ts";
export type {
  ClassificationOptions,
  ClassificationOptionsInput,
  RegressionOptions,
  RegressionOptionsInput,
} from "./options.ts";
export { huber } from "./regression.ts";
export { meanIou, pixelAccuracy } from "./segmentation.ts";

const base = { version: "1", provides: [ObjectiveToken] } as const;

/** Plugin that provides an `Objective`: one class an image, with label smoothing and class weights. */
export const classification: PluginFactory<ClassificationOptionsInput> = definePlugin<
  ClassificationOptions,
  ClassificationOptionsInput
>({
  ...base,
  name: "classification",
  options: classificationOptionsSchema,
  setup: (context, options) => context.provide(ObjectiveToken, () => createClassification(options)),
});

/** Plugin that provides an `Objective`: any number of classes an image. */
export const multiLabel: PluginFactory<NoOptions> = definePlugin({
  ...base,
  name: "multi-label",
  options: noOptions,
  setup: (context) => context.provide(ObjectiveToken, () => multiLabelObjective),
});

/** Plugin that provides an `Objective`: numbers. */
export const regression: PluginFactory<RegressionOptionsInput> = definePlugin<
  RegressionOptions,
  RegressionOptionsInput
>({
  ...base,
  name: "regression",
  options: regressionOptionsSchema,
  setup: (context, options) => context.provide(ObjectiveToken, () => createRegression(options)),
});

/** Plugin that provides an `Objective`: a class for every pixel. */
export const segmentation: PluginFactory<NoOptions> = definePlugin({
  ...base,
  name: "segmentation",
  options: noOptions,
  setup: (context) => context.provide(ObjectiveToken, () => segmentationObjective),
});
