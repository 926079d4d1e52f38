import { checkOptions, type MemoryDataset, type OptionFields } from "@espalier/core";
import * as z from "zod";

/** Where CIFAR-100 lies, and which labels are read. */
export interface Cifar100Options {
  /** A folder with `train.bin` and `test.bin`, or with the archive's folder `cifar-100-binary`. */
  readonly directory: string;
  /**
   * The 100 fine classes, or the 20 coarse ones that they are grouped in.
   *
   * @default "fine"
   */
  readonly labels?: "fine" | "coarse";
}

const cifar100Schema = z.strictObject(
  {
    directory: z.string().min(1),
    labels: z.enum(["fine", "coarse"]).optional(),
  } satisfies OptionFields<Cifar100Options>,
);

/**
 * CIFAR-100: 50,000 training and 10,000 test images of 32 × 32 pixels, as bytes in memory, from the
 * official binary version (`cifar-100-binary.tar.gz`, which you download and unpack). For Deno and Node.
 *
 * Source: Krizhevsky, "Learning multiple layers of features from tiny images" (2009).
 *
 * @example Usage
 * ```ts ignore
 * import { cifar100 } from "@espalier/datasets";
 *
 * const { train, classes } = await cifar100({ directory: "cifar-100-binary" });
 * console.log(train.labels.length, classes); // 50000 100
 * ```
 *
 * @param options The folder, and which labels.
 * @returns The dataset; its augmentation is a crop after padding by 4, and a flip.
 * @throws {EspalierError} ERR_DATA_CORRUPT if a file is missing, cut or holds a label that is none;
 * ERR_PERMISSION if one may not be read; ERR_DATA_INVALID if an option is unknown or not valid.
 */
export async function cifar100(options: Cifar100Options): Promise<MemoryDataset> {
  checkOptions(cifar100Schema, options, { subject: "cifar100()", code: "ERR_DATA_INVALID" });
  // Loaded on demand: the rest of this package runs in browsers too.
  const { CIFAR100, loadBinary } = await import("./cifar_binary.ts");
  return await loadBinary(options.directory, CIFAR100[options.labels ?? "fine"]);
}
