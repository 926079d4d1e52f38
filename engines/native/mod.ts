/**
 * The native engine: TensorFlow's own library under TensorFlow.js.
 *
 * In Deno the library comes out of a Python wheel (`installNative`) and is called by FFI, so no
 * compiler is needed.
 *
 * @module
 */
export { nativeEngine } from "./engine.ts";
export { installNative, type InstallOptions, verifyNative } from "./install/install.ts";
export type { FolderState } from "./install/folder.ts";
export type { InstallProgress, InstallStep } from "./install/progress.ts";
