/**
 * Kernels of generated WebAssembly for TensorFlow.js's wasm backend.
 *
 * @module
 */
export { registerSimdKernels } from "./register.ts";
