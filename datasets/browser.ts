/**
 * Datasets that need no files.
 *
 * @module
 */
export { fromTfData, type TfDataOptions, type TfDataset, type TfValue } from "./from_tf_data.ts";
export { holdOut, type Parts } from "./hold_out.ts";
export { inMemory } from "./in_memory.ts";
export { synthetic, type SyntheticOptions } from "./synthetic.ts";
