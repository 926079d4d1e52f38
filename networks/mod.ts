/**
 * Networks as blueprints.
 *
 * @module
 */
export { densenet } from "./densenet/densenet.ts";
export type { DensenetBlock, DensenetOptions } from "./densenet/options.ts";
export { mobilenetV1 } from "./mobilenet/mobilenet_v1.ts";
export { mobilenetV2 } from "./mobilenet/mobilenet_v2.ts";
export type { MobilenetOptions } from "./mobilenet/options.ts";
export type { ResnetBlock, ResnetOptions } from "./resnet/options.ts";
export { parseShape, type ParseShapeOptions } from "./resnet/parse_shape.ts";
export { releasedShape, type ReleasedShapeName } from "./resnet/released_shape.ts";
export { resnet } from "./resnet/resnet.ts";
export { shapeNotes, type ShapeNotesOptions } from "./resnet/shape_notes.ts";
export {
  blueprintOfShape,
  type ResnetShape,
  shapeOf,
  type ShapeOfOptions,
} from "./resnet/shape.ts";
export type { Family, NetworkOptions } from "./shared/options.ts";
export type { VggOptions } from "./vgg/options.ts";
export { vgg } from "./vgg/vgg.ts";
