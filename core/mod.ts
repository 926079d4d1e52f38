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
