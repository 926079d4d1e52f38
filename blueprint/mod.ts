/**
 * The graph of a network: its checks and shapes, decisions about it, derived networks, and costs.
 *
 * @module
 */
export { ACTIVATION_NAMES, isNonNegative, keepsZero } from "./activations.ts";
export type { DeriveOptions } from "./check_choices.ts";
export { type ChannelOrders, channelOrders, rankingOf } from "./channel_orders.ts";
export { channelMakers, type ChannelSources, channelSources } from "./channel_sources.ts";
export { classesOf } from "./classes_of.ts";
export { costFunction, type CostFunctionOptions } from "./cost/cost_function.ts";
export type { StepOptions } from "./cost/architecture_steps.ts";
export { excessFunction, type ExcessOptions } from "./cost/excess.ts";
export { macs } from "./cost/macs.ts";
export { peakMemory } from "./cost/peak_memory.ts";
export { params } from "./cost/params.ts";
export { type ExpectedCost, expectedCost, type ExpectedCostOptions } from "./cost/expected_cost.ts";
export { keptOf, type KeptOfOptions } from "./cost/kept.ts";
export { repair, type Repaired, type RepairOptions } from "./cost/repair.ts";
export { unstackRows } from "./cost/unstack_rows.ts";
export { uniformArchitecture, type UniformArchitectureOptions } from "./cost/uniform.ts";
export {
  budgetSchema,
  type InBudget,
  type MeasuredCost,
  resolveBudget,
  type ResolveBudgetOptions,
} from "./cost/zone.ts";
export { type Cost, costOf } from "./cost_of.ts";
export { decisionsOf } from "./decisions_of.ts";
export { derive } from "./derive.ts";
export { type InferredValues, inferShapes, inferValue, inferValues } from "./infer_shapes.ts";
export { inputOf } from "./input_of.ts";
export { type Extent, extentsOf, type ShapesOf } from "./joined_channels.ts";
export { keptChannels } from "./kept_channels.ts";
export { channelsName, layerOf, type LayerPart, layerParts, sliceOf } from "./layer_parts.ts";
export { namesNode } from "./names_node.ts";
export { conv, type ConvOptions, DEFAULT_NORM, isMaker } from "./nodes.ts";
export { channelRule } from "./ops/channels.ts";
export type { ChannelRule, NodeWeight, ParameterRole, Value } from "./ops/op.ts";
export { dimensionsOf, ownWeightsOf, placesOf, weightOwner, weightsOf } from "./ops/weights.ts";
export { inputName, inputsOf, outputNames, outputsOf } from "./outputs_of.ts";
export { reorderChannels } from "./reorder_channels.ts";
export { validateBlueprint } from "./validate_blueprint.ts";
export { type WidestShapes, widestShapes } from "./widest.ts";
export {
  type FixedWidth,
  fixedWidths,
  type WidthGroupOptions,
  widthGroups,
} from "./width_groups.ts";
