/**
 * The wasm engine: TensorFlow.js's WebAssembly backend with its kernels corrected and completed.
 *
 * @module
 */
export { wasmEngine } from "./engine.ts";
