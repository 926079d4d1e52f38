/**
 * Core of the framework: contracts, plugins, blueprints, networks, training, pipeline. It knows no
 * concrete algorithm.
 *
 * @module
 */
export {
  ERROR_CODES,
  EspalierError,
  type EspalierErrorCode,
  type EspalierErrorOptions,
  type SerializedError,
  serializeError,
} from "./errors.ts";

export type * from "./blueprint/blueprint.ts";
export { classesOf } from "./blueprint/classes_of.ts";
export { inferShapes } from "./blueprint/infer_shapes.ts";
export { conv, type ConvOptions, DEFAULT_NORM } from "./blueprint/nodes.ts";
export { validateBlueprint } from "./blueprint/validate_blueprint.ts";
