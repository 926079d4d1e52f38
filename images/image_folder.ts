import { checkOptions, EspalierError, registerDataset } from "@espalier/core";
import { HELD_OUT, holdOut, readTable } from "@espalier/datasets";
import { type Arrangement, byFolders, byRows, type LabelledFile } from "./arrange.ts";
import { checkFiles, describeCorrupt, refuseCorrupt } from "./check_files.ts";
import type { ImageDecoder } from "./decoder.ts";
import { chosenFolder, diskFolder, type Folder } from "./files.ts";
import { centre, squash } from "./fit.ts";
import { hostDecoder } from "./host_decoder.ts";
import type { ImageDataset, ImageSplit } from "./image_dataset.ts";
import { type ImageFolderOptions, imageFolderSchema } from "./image_folder_options.ts";
import { imageSource, type Reading } from "./image_source.ts";

const endingOf = (path: string) => path.slice(path.lastIndexOf(".")).toLowerCase();

/** "12 files are no images that sharp reads and were ignored: .txt (10), .bmp (2)". */
function describeIgnored(paths: readonly string[], { name }: ImageDecoder): string[] {
  if (paths.length === 0) return [];
  const kinds = [...Map.groupBy(paths, endingOf)].map(([kind, { length }]) =>
    `${kind} (${length})`
  );
  return [
    `${paths.length} files are no images that ${name} reads and were ignored: ${kinds.join(", ")}`,
  ];
}

async function arrange(
  { labels }: ImageFolderOptions,
  { folder, images }: { readonly folder: Folder; readonly images: readonly string[] },
): Promise<Arrangement & { readonly notes: readonly string[] }> {
  if (labels === undefined) return { ...byFolders(images), notes: [] };
  if (!folder.paths.includes(labels)) {
    throw new EspalierError(
      "ERR_DATA_INVALID",
      `Cannot read images as their labels must be there: "${labels}" is not in the folder. Give ` +
        `its path below the folder.`,
    );
  }
  const table = readTable(new TextDecoder().decode(await folder.read(labels)), labels);
  const arrangement = byRows(table);
  const listed = new Set([...arrangement.splits.values()].flat().map(({ path }) => path));
  const unlisted = images.filter((path) => !listed.has(path)).length;
  const note = `${unlisted} images are not in ${labels} and were ignored`;
  return { ...arrangement, notes: unlisted === 0 ? [] : [note] };
}

/** Files to train and to report on, and what was decided. */
interface Chosen {
  readonly train: readonly LabelledFile[];
  readonly test: readonly LabelledFile[];
  readonly notes: readonly string[];
}

function choose({ splits }: Arrangement, asked: ImageFolderOptions["test"]): Chosen {
  const train = splits.get("train")!;
  const name = asked ?? (splits.has("test") ? "test" : "val");
  const test = splits.get(name);
  if (test !== undefined) {
    const aside = name === "test" ? "val" : "test";
    const notes = [`results are reported on the images of ${name}`];
    if (splits.has(aside)) notes.push(`the images of ${aside} were left aside`);
    return { train, test, notes };
  }
  if (asked !== undefined) {
    throw new EspalierError(
      "ERR_DATA_INVALID",
      `Cannot report on the images of ${asked} as there are none: found the splits ` +
        `${[...splits.keys()].join(", ")}. Give \`test\` the name of one, or leave it out.`,
    );
  }
  const parts = holdOut(train.map(({ label }) => label));
  const of = (indices: Int32Array) => Array.from(indices, (i) => train[i]!);
  return { train: of(parts.train), test: of(parts.test), notes: [HELD_OUT] };
}

function toSplit(files: readonly LabelledFile[], reading: Reading): ImageSplit {
  return {
    images: imageSource(files.map(({ path }) => path), reading),
    labels: Int32Array.from(files, ({ label }) => label),
  };
}

/**
 * Images of any sizes in folders, decoded when they are read: JPEG, PNG, WebP, the first picture of a
 * GIF, TIFF and AVIF by sharp in Deno and Node; what a browser decodes, BMP too, in a page. They are
 * turned upright by their EXIF orientation and brought to one shape.
 *
 * Each folder is a class, by sorted names: `cat/1.jpg`, `dog/2.jpg`. If the folders are `train` and
 * `test` or `val`, theirs are the classes: `train/cat/1.jpg`. Where `test` and `val` are both there,
 * results are reported on `test` and `val` is left aside; `test: "val"` turns this around. What is not
 * given is a fifth of each class, always the same one. `notes` says what was done.
 *
 * Every file is read and decoded once before this returns, about 500 photographs of 0.2 megapixels a
 * second on two cores: the fingerprint follows their content, corrupt ones are found.
 *
 * @example A folder for each class
 * ```ts ignore
 * import { imageFolder } from "@espalier/images";
 *
 * const data = await imageFolder({
 *   directory: "photos",
 *   shape: [64, 64, 3],
 *   augment: { pad: 8, flip: true },
 * });
 * console.log(data.classNames, data.notes);
 * ```
 *
 * @example ImageNet, as the paper reads it
 * ```ts ignore
 * import { IMAGENET, imageFolder } from "@espalier/images";
 *
 * const data = await imageFolder({ directory: "imagenet", ...IMAGENET });
 * ```
 *
 * @param options Where the images are, and their shape.
 * @returns The dataset. The labels are in memory, and one path an image; images are not.
 * @throws {EspalierError} ERR_DATA_INVALID if an option is unknown or not valid, the folder is missing,
 * an image has no class, or sharp cannot be loaded; ERR_DATA_CORRUPT with the names if more files than
 * `maxCorrupt` are corrupt, or the CSV is; ERR_PERMISSION if a file may not be read.
 */
export async function imageFolder(options: ImageFolderOptions): Promise<ImageDataset> {
  const code = "ERR_DATA_INVALID";
  checkOptions(imageFolderSchema, options, { subject: "imageFolder()", code });
  const { directory, files, augment, maxCorrupt = 0.05, resize = "crop", shortSide } = options;
  const shape = options.shape as Reading["shape"];
  const decoder = await hostDecoder();
  const folder = directory === undefined ? chosenFolder(files!) : await diskFolder(directory);
  const { images = [], others = [] } = Object.groupBy(
    folder.paths.filter((path) => path !== options.labels),
    (path) => decoder.endings.includes(endingOf(path)) ? "images" : "others",
  );
  const arrangement = await arrange(options, { folder, images });
  const chosen = choose(arrangement, options.test);
  const target = { height: shape[0], width: shape[1] };
  const fit = resize === "squash" ? squash(target) : centre(target, shortSide);
  const reading: Reading = { folder, decoder, shape, fit };
  const train = await checkFiles(chosen.train, reading);
  const test = await checkFiles(chosen.test, reading);
  const corrupt = [...train.corrupt, ...test.corrupt];
  const of = chosen.train.length + chosen.test.length;
  refuseCorrupt(corrupt, { of, maxCorrupt });
  const settings = [decoder.name, shape.join("x"), resize, shortSide ?? "least"].join("-");
  const dataset: ImageDataset = {
    name: folder.name,
    fingerprint: `image-folder-1-${settings}-${train.digest}-${test.digest}`,
    classes: arrangement.classNames.length,
    shape: [...shape],
    train: toSplit(train.files, reading),
    test: toSplit(test.files, reading),
    ...augment && { augment },
    classNames: arrangement.classNames,
    notes: [
      ...chosen.notes,
      ...arrangement.notes,
      ...describeIgnored(others, decoder),
      ...corrupt.length > 0 ? [describeCorrupt(corrupt, of)] : [],
    ],
  };
  return registerDataset(dataset);
}
