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

/**
 * From the ground upwards. Raising a number is a decision: write its reason beside it.
 */
export const STOREYS: readonly Storey[] = [
  // A person reads all of core in an hour.
  { folder: "core", imports: [], lines: 4500 },
  // One file an op; imported networks have many.
  { folder: "blueprint", imports: ["core"], lines: 3400 },
  // One file an op; imported networks have many.
  { folder: "supernet", imports: TO_BLUEPRINT, lines: 6500 },
  { folder: "training", imports: TO_SUPERNET, lines: 1400 },
  { folder: "pruning", imports: TO_TRAINING, lines: 1200 },
  { folder: "testing", imports: ["pruning", ...TO_TRAINING], lines: 1700 },
  { folder: "engines/machine", imports: ["core"], lines: 3400 },
  // The self test of an engine trains a small network.
  { folder: "engines", imports: ["engines/machine", ...TO_TRAINING], lines: 10000 },
  { folder: "plugins", imports: TO_TRAINING, lines: 2700 },
  // What it does not know it asks TensorFlow.js about, through supernet.
  { folder: "importing", imports: TO_SUPERNET, lines: 1600 },
  { folder: "networks", imports: TO_BLUEPRINT, lines: 700 },
  { folder: "datasets", imports: ["core"], lines: 500 },
  { folder: "reports", imports: ["pruning", ...TO_BLUEPRINT], lines: 1100 },
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
