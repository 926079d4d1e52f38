/**
 * The native engine: TensorFlow's own library under TensorFlow.js.
 *
 * In Deno the library comes out of a Python wheel (`installNative`) and is called by FFI, so no
 * compiler is needed.
 *
 * @module
 */
export { nativeEngine } from "./engine.ts";
export { installNative, type InstallOptions } from "./install/install.ts";
export type { InstallProgress, InstallStep } from "./install/progress.ts";
