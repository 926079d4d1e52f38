/**
 * Datasets that are ready to use, real images and synthetic ones for tests, and readers of what people
 * have.
 *
 * @module
 */
export { cifar10, type Cifar10Options } from "./cifar10.ts";
export { cifar100, type Cifar100Options } from "./cifar100.ts";
export { csv, type CsvOptions } from "./csv.ts";
export { fromTfData, type TfDataOptions, type TfDataset, type TfValue } from "./from_tf_data.ts";
export { HELD_OUT, holdOut, type Parts } from "./hold_out.ts";
export { inMemory } from "./in_memory.ts";
export { readTable, type Table } from "./table.ts";
export { synthetic, type SyntheticOptions } from "./synthetic.ts";
