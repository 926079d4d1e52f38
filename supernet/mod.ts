/**
 * Blueprints as networks that compute: plain, or a supernet of all that could be derived.
 *
 * @module
 */
export { compile, type CompileOptions } from "./compile.ts";
export { currentEngine } from "./current_engine.ts";
export { stepwiseNodes } from "./executor/stepwise.ts";
export { checkWeights } from "./export/check_weights.ts";
export { type StockLayerInfo, stockLayersOf, toLayersModel } from "./export/layers_model.ts";
export type { Quantization } from "./export/quantize.ts";
export {
  loadModel,
  loadNetwork,
  type SavedFiles,
  saveModel,
  type SaveOptions,
} from "./export/saved_model.ts";
export { inheritedWeights, opaqueWeights, supernetWeights } from "./inherit.ts";
export { activate } from "./ops/activations.ts";
export { forgetTape } from "./ops/custom_op.ts";
export { softmaxCrossEntropy } from "./ops/softmax_cross_entropy.ts";
export type { ParameterRole } from "@espalier/blueprint";
export { initialWeights, type ParameterSpec, parameterSpecs } from "./parameters.ts";
export { describeOpaque, isRegistered, type OpaqueSettings } from "./opaque_layer.ts";
export { readersMasked } from "./readers_masked.ts";
export { type NamedVariables, readVariables, toTensor, writeVariables } from "./variables.ts";
