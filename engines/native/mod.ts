/**
 * The native engine: TensorFlow's own library under TensorFlow.js.
 *
 * @module
 */
export { installNative, type InstallOptions } from "./install/install.ts";
export type { InstallProgress, InstallStep } from "./install/progress.ts";
