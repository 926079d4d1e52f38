/**
 * The native engine: TensorFlow's own library under TensorFlow.js.
 *
 * In Deno the library comes out of a Python wheel (`installNative`) and is called by FFI, so no
 * compiler is needed. Below TensorFlow.js lies `openContext`: ops on tensors, for code that makes
 * its own reverse pass.
 *
 * @module
 */
export type { Engine, EngineName, StartedEngine, StartOptions } from "../engine.ts";
export { nativeEngine } from "./engine.ts";
export { findLibrary, type FoundLibrary } from "./install/folder.ts";
export { installNative, type InstallOptions } from "./install/install.ts";
export type { InstallProgress, InstallStep } from "./install/progress.ts";
export {
  type Attribute,
  type Attributes,
  type AttributeShape,
  type AttributeTensor,
  type AttributeValues,
  encodeAttributes,
} from "./ffi/attribute.ts";
export { type ContextOptions, openContext } from "./ffi/context.ts";
export type { DType, NumericArray, TensorValues } from "./ffi/dtype.ts";
export type { Device, EagerContext, TensorId } from "./ffi/eager_context.ts";
