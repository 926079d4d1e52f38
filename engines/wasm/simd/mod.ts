/**
 * Kernels of generated WebAssembly for TensorFlow.js's wasm backend.
 *
 * The module is assembled at start by assemble.ts and imports the backend's own memory, so a kernel
 * reads and writes tensors in place. TypeScript decides what is padded, cut and packed; the
 * routines of the module do the loops. Scratch memory comes from `Heap.scratch`.
 *
 * @module
 */
export { registerSimdKernels } from "./register.ts";
