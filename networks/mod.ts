/**
 * Networks as blueprints.
 *
 * @module
 */
export type { ResnetBlock, ResnetOptions } from "./resnet/options.ts";
export { releasedShape, type ReleasedShapeName } from "./resnet/released_shape.ts";
export { resnet } from "./resnet/resnet.ts";
export {
  blueprintOfShape,
  parseShape,
  type ParseShapeOptions,
  type ResnetShape,
  shapeOf,
  type ShapeOfOptions,
} from "./resnet/shape.ts";
