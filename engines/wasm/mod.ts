/**
 * The wasm engine: TensorFlow.js's WebAssembly backend with its kernels put right.
 *
 * @module
 */
export { wasmEngine } from "./engine.ts";
