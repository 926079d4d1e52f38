/**
 * The native engine: TensorFlow's own library under TensorFlow.js.
 *
 * In Deno the library comes out of a Python wheel (`installNative`) and is called by FFI, so no
 * compiler is needed. Below TensorFlow.js lies `openContext`: ops on tensors, for code that makes
 * its own reverse pass.
 *
 * @module
 */
export { nativeEngine } from "./engine.ts";
export { findLibrary, type FoundLibrary } from "./install/folder.ts";
export { installNative, type InstallOptions } from "./install/install.ts";
export type { InstallProgress, InstallStep } from "./install/progress.ts";
export {
  type Attribute,
  type Attributes,
  type AttributeShape,
  type AttributeValues,
  encodeAttributes,
  type EncodedAttribute,
} from "./ffi/attribute.ts";
export {
  type ContextOptions,
  type Device,
  type EagerContext,
  openContext,
  type TensorId,
} from "./ffi/context.ts";
export type { DType, NumericArray, TensorValues } from "./ffi/dtype.ts";
