/**
 * The storeys of the house as data: what each may import, and how large it may become.
 *
 * @module
 */

/** A package, or a room of one that is held like a package. */
export interface Storey {
  /** Folder; that of plugins stands for each of them. */
  readonly folder: string;
  /** Folders that it may import. */
  readonly imports: readonly string[];
  /** Product lines at most: without tests, their helpers and benchmarks. */
  readonly lines: number;
}

const TO_BLUEPRINT = ["blueprint", "core"];
const TO_SUPERNET = ["supernet", ...TO_BLUEPRINT];
const TO_TRAINING = ["training", ...TO_SUPERNET];

/** What stands for the root's own files, `mod.ts` and `presets`. */
export const ROOT = "root";

/**
 * From the ground upwards. Raising a number is a decision: write its reason beside it.
 */
export const STOREYS: readonly Storey[] = [
  // A person reads all of core in an hour. Above 4500 are the checks of what plugins return and of
  // options, what holds a run's folder against other processes and failing disks, a type an op, data
  // read by index. Above 6200: the contract of objectives, forms of labels, what sources may give.
  // Above 6450: checkpoints of unfinished work, and states of services in them; several inputs and outputs
  // in the contracts of data, objectives and transfers, random colours. Above 6920: the contract of
  // importances. Above 7100: limits of a budget, costs of whole networks, in the loss of a search too.
  // Above 7210: what a run would do, before any work; a store in the database of a browser.
  { folder: "core", imports: [], lines: 7420 },
  // Above 2500: where a derived network's channels came from, faults of strangers' decisions; layers
  // may grow: the supernet's shapes beside the unpruned ones, and what comes after the latter. One
  // file an op; imported networks have many. Above 3700: channels are tied one by one, so that layers
  // are decided in slices; orders of channels, and networks in them. Above 4050:
  // limits beside the zone, amounts with units, peak memory.
  { folder: "blueprint", imports: ["core"], lines: 4360 },
  // A folder of another network is refused by the first difference; weights are checked whole. One
  // file an op; imported networks have many. Above 6900: where opaque layers begin and which weights
  // of theirs train; layers of sequences; several outputs of a pass; layers that are mixed slice by slice;
  // supernets that begin as the trained network. Above 7350: the executor runs networks of any nodes,
  // units of each kernel, what engines lack, other nodes by TensorFlow.js.
  { folder: "supernet", imports: TO_BLUEPRINT, lines: 8300 },
  // Above 1400: transfers with parameters and taps of their own, penalties, whom to blame for NaN.
  // Above 1600: random parts of images, resized; datasets may say how they are normalised; labels of
  // four forms and their checks, sources read ahead, metrics, constant guesses. Above 2500: what the
  // rest of a training depends on, read and written. Above 2650: inputs and labels of networks of several,
  // their checks, what an objective sees of each output; random colours.
  { folder: "training", imports: TO_SUPERNET, lines: 3310 },
  // Above 1200: what is refused before any work: options, taps, empty zones, formats. Above 1400:
  // pipelines that begin with a trained network, and the proof of every surgery. Above 1550: labels
  // and outputs that an objective takes, its metrics in reports. Above 1600: inputs and outputs by name,
  // statistics of norms after inheritance. Above 1700: what a search took, kept in its checkpoints;
  // what a run needs of the disk. Above 1900: limits and their checks, times of networks in turn. Above
  // 2070: keys before any work.
  { folder: "pruning", imports: TO_TRAINING, lines: 2130 },
  // Above 1700: kits for regularizers, penalties, search spaces, recipes, phases, formats, objectives.
  // Above 2550: a kit for importances, images that strategies take. Above 2720: depthwise convolutions,
  // padded pools, views and tensors among the passes of engines.
  { folder: "testing", imports: ["pruning", ...TO_TRAINING], lines: 2830 },
  { folder: "engines/machine", imports: ["core"], lines: 3400 },
  // The self test of an engine trains a small network. Above 10000: wasm's passes for the executor,
  // larger tiles of minimal filtering. Above 10850: depthwise convolutions there. Above 11420: the
  // engines of pages.
  { folder: "engines", imports: ["engines/machine", ...TO_TRAINING], lines: 11500 },
  // Two of them write formats of others: ONNX's messages and operators of every op and activation,
  // Keras's file (1150 lines). Four objectives, one of several outputs, and what kd learns of each. Above
  // 4400: sequences and names of ports in ONNX; slices of layers. Above 4570: seven importances, groups of layers with all of their
  // members, rankings; evolution, rounds of pruning and training, penalties, transfers of features.
  // Above 6400: latency: units, the small networks that they are measured in, tables; limits in the loss of TAS, what short searches choose.
  { folder: "plugins", imports: TO_TRAINING, lines: 7100 },
  // What it does not know it asks TensorFlow.js about, through supernet. Above 1600: which opaque
  // layers train, settings that were refused.
  { folder: "importing", imports: TO_SUPERNET, lines: 1750 },
  // Above 800: VGG, MobileNet V1 and V2, DenseNet, each with options and documentation of its own;
  // notes on shapes of any widths.
  { folder: "networks", imports: TO_BLUEPRINT, lines: 1450 },
  // Above 500: tables, CIFAR's own files, tf.data, what every reader needs.
  { folder: "datasets", imports: ["core"], lines: 1420 },
  // Files of images: two decoders, folders and lists, splits, a decoded copy.
  { folder: "images", imports: ["datasets", "core"], lines: 900 },
  // Above 1100: what stops a run by a signal, plain text for terminals, checks of what is drawn; the
  // table of a network, which says why layers stay whole. Above 1430: slices of layers in that table,
  // what a search took. Above 1480: limits, a table of times.
  // Above 1570: the entry of pages.
  { folder: "reports", imports: ["pruning", ...TO_BLUEPRINT], lines: 1590 },
  // What runs leave: status, what no run needs, archives.
  { folder: "run-folders", imports: ["core"], lines: 560 },
  // Plugins of strangers: eleven small ones as text, and the files around them.
  { folder: "scaffolding", imports: ["core"], lines: 1240 },
  // Artifacts in object storage.
  { folder: "s3-store", imports: ["core"], lines: 160 },
  // Cells by axes, plans, workers, statistics, tables and pages; studies as data.
  {
    folder: "studies",
    imports: ["reports", "engines", "pruning", ...TO_TRAINING],
    lines: 3700,
  },
  // Studies on many machines: a queue, and who works for it.
  {
    folder: "studies-bullmq",
    imports: ["studies", "reports", "engines", "pruning", ...TO_TRAINING],
    lines: 400,
  },
  // Commands put together what is there; it alone stands above the root. Above 1000: task and pixels are
  // guessed from a model, and said; slices of layers in what `inspect` tells; an importance beside its
  // pruning; status, resume, archive, gc; measured times. Above 1560: studies of files, names and what
  // they stand for; new plugins, and those that are installed; what runs a network, in `inspect`.
  {
    folder: "cli",
    imports: [
      ROOT,
      "reports",
      "run-folders",
      "scaffolding",
      "studies",
      "studies-bullmq",
      "s3-store",
      "datasets",
      "images",
      "importing",
      "engines",
      "plugins",
      "pruning",
    ]
      .concat(TO_TRAINING),
    lines: 2140,
  },
];

/** Folders above the root's `mod.ts`, which may import anything. */
export const TOP: readonly string[] = ["examples", "tests", "bench", "tools"];

/** What belongs to a storey by its path; undefined for the root's own files and the top. */
export function storeyOf(path: string): Storey | undefined {
  return STOREYS.find(({ folder }) => path.startsWith(`${folder}/`));
}

/** Tests, their helpers and benchmarks. They may import whatever they try. */
export const isTest = (path: string): boolean => /(_test|_bench|testing)\.ts$/.test(path);

/** What counts against a budget. */
export const isProduct = (path: string): boolean => !isTest(path) && !path.endsWith(".d.ts");

/** Sources of the packages among paths of the repository: no tests, tools, benchmarks, examples. */
export function productFiles(paths: Iterable<string>): string[] {
  return [...paths].filter((path) =>
    path.endsWith(".ts") && isProduct(path) && !TOP.includes(path.split("/")[0]!)
  ).sort();
}
