/**
 * Kernels of generated WebAssembly for TensorFlow.js's wasm backend.
 *
 * The module is assembled at start by assemble.ts and imports the backend's own memory, so a kernel
 * reads and writes tensors where they are. TypeScript plans (what is padded, cut, packed), a routine
 * of the module loops. A kernel gets its memory beside the tensors from `Heap.scratch`.
 *
 * @module
 */
export { registerSimdKernels } from "./register.ts";
