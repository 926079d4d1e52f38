/**
 * Which files are images of which class, in which split: by folders, or by a CSV.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";
import type { Table } from "@espalier/datasets";

/** An image file with its class. */
export interface LabelledFile {
  /** Path below the folder. */
  readonly path: string;
  /** Its class: a number from 0. */
  readonly label: number;
}

/** Files by split, and what the labels mean. */
export interface Arrangement {
  /** Names of the classes, sorted by code units. */
  readonly classNames: readonly string[];
  /** Images by the name of their split; "train" alone where no split is given. */
  readonly splits: ReadonlyMap<string, readonly LabelledFile[]>;
}

/** A file with the names of its class and split. */
interface NamedFile {
  readonly path: string;
  readonly className: string;
  readonly split: string;
}

const SPLITS: Readonly<Record<string, string>> = {
  train: "train",
  test: "test",
  val: "val",
  validation: "val",
};

const invalid = (found: string, advice: string) =>
  new EspalierError(
    "ERR_DATA_INVALID",
    `Cannot read images as each needs a class: ${found}. ${advice}`,
  );

function arrange(files: readonly NamedFile[]): Arrangement {
  const inTraining = files.filter(({ split }) => split === "train");
  const classNames = [...new Set(inTraining.map(({ className }) => className))].sort();
  if (classNames.length < 2) {
    throw invalid(
      `there are images of ${classNames.length === 1 ? `"${classNames[0]}" alone` : "no class"}`,
      "Put the images of each class into a folder of its name, or give a CSV as `labels`.",
    );
  }
  const numbers = new Map(classNames.map((name, i) => [name, i]));
  const splits = new Map<string, LabelledFile[]>();
  for (const { path, className, split } of files) {
    const label = numbers.get(className);
    if (label === undefined) {
      throw invalid(
        `"${path}" is of class "${className}", of which there is no training image`,
        "Add some, or take that class out of the other splits.",
      );
    }
    if (!splits.has(split)) splits.set(split, []);
    splits.get(split)!.push({ path, label });
  }
  for (const files of splits.values()) files.sort((a, b) => a.label - b.label);
  return { classNames, splits };
}

/** `train/cat/1.jpg` where all folders are splits, else `cat/1.jpg`; deeper folders do not matter. */
export function byFolders(paths: readonly string[]): Arrangement {
  const inFolders = paths.filter((path) => path.includes("/"));
  const top = new Set(inFolders.map((path) => path.slice(0, path.indexOf("/"))));
  const areSplits = top.has("train") && [...top].every((name) => name in SPLITS);
  const files: NamedFile[] = [];
  for (const path of inFolders) {
    const [first = "", second = "", ...rest] = path.split("/");
    if (!areSplits) files.push({ path, className: first, split: "train" });
    else if (rest.length > 0) files.push({ path, className: second, split: SPLITS[first]! });
  }
  return arrange(files);
}

/**
 * The files that a CSV lists.
 *
 * @param table Its columns `file` and `label`, and `split` where it is given.
 * @returns Files by split.
 */
export function byRows(
  { columns, rows, place }: Table,
): Arrangement {
  return arrange(rows.map((fields, i) => {
    const field = (column: string) => fields[columns.indexOf(column)];
    const [file, label, split = "train"] = [field("file"), field("label"), field("split")];
    const name = SPLITS[split.trim().toLowerCase()];
    if (!file || !label || name === undefined) {
      const wrong = !file ? "no file" : !label ? "no label" : `the split "${split}"`;
      throw invalid(
        `${place(i)} has ${wrong}`,
        "Give the columns file, label and, if you like, split (train, val or test).",
      );
    }
    return {
      path: file.trim().replaceAll("\\", "/").replace(/^\.\//, ""),
      className: label,
      split: name,
    };
  }));
}
