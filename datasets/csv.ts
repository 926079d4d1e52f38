import {
  checkOptions,
  EspalierError,
  instance,
  type MemoryDataset,
  type OptionFields,
  registerDataset,
  sha256,
} from "@espalier/core";
import * as z from "zod";
import { encodeColumns, namesOf, numbersOf, refuseMissing } from "./encode_columns.ts";
import { HELD_OUT, holdOut, type Parts } from "./hold_out.ts";
import { fieldsOf, joinTables, readTable, type Table } from "./table.ts";

/** A table, and what is to be learned from it. */
export interface CsvOptions {
  /** Path of a CSV with a header; in a page the file that was chosen. */
  readonly file: string | Blob;
  /**
   * A second CSV of the same columns, which results are reported on.
   *
   * @default a fifth of the rows, of each class alike
   */
  readonly test?: string | Blob;
  /** Column that is to be predicted. */
  readonly target: string;
  /**
   * What the target holds: names of classes, or numbers (regression).
   *
   * @default "classes"
   */
  readonly labels?: "classes" | "numbers";
  /**
   * Columns of names, which become a 0 or 1 for each name.
   *
   * @default none: all columns are numbers
   */
  readonly categories?: readonly string[];
  /**
   * Columns that are left out, as an identifier.
   *
   * @default none
   */
  readonly ignore?: readonly string[];
  /**
   * A field that is empty, NA, N/A, NaN, null or "?": `refuse` names it; `mean` takes the mean of the
   * training rows, of names their shares. A target is never made up.
   *
   * @default "refuse"
   */
  readonly missing?: "refuse" | "mean";
}

const file = z.union([
  z.string().min(1),
  instance<Blob>("file", (value) => value instanceof Blob),
]);
const names = z.array(z.string().min(1));

const csvSchema = z.strictObject(
  {
    file,
    test: file.optional(),
    target: z.string().min(1),
    labels: z.enum(["classes", "numbers"]).optional(),
    categories: names.optional(),
    ignore: names.optional(),
    missing: z.enum(["refuse", "mean"]).optional(),
  } satisfies OptionFields<CsvOptions>,
);

async function readText(source: string | Blob): Promise<{ name: string; text: string }> {
  if (source instanceof Blob) {
    return { name: source instanceof File ? source.name : "the table", text: await source.text() };
  }
  const { readFile } = await import("node:fs/promises");
  try {
    return { name: source, text: await readFile(source, "utf8") };
  } catch (cause) {
    const missing = (cause as { code?: unknown }).code === "ENOENT";
    throw new EspalierError(
      missing ? "ERR_DATA_CORRUPT" : "ERR_PERMISSION",
      `Cannot read ${source} as it must be ${missing ? "there" : "readable"}: ` +
        `${(cause as Error).message}. ${missing ? "Correct the path" : "Allow reading it"}.`,
      { cause },
    );
  }
}

const invalid = (name: string, found: string, advice: string) =>
  new EspalierError(
    "ERR_DATA_INVALID",
    `Cannot read ${name} as its target must be something to learn: ${found}. ${advice}`,
  );

/** Class of each row and names of the classes: numbers by size, else by code units. */
function classesOf(table: Table, target: string): { labels: Int32Array; classNames: string[] } {
  const fields = fieldsOf(table, target);
  const names = namesOf(fields);
  const areNumbers = names.every((name) => Number.isFinite(Number(name)));
  if (areNumbers) names.sort((a, b) => Number(a) - Number(b));
  refuseMissing(table, target, (row) => names.includes(fields[row]!));
  if (names.length < 2) {
    throw invalid(table.name, `"${target}" is "${names[0]}" in every row`, "Give another column.");
  }
  if (areNumbers && names.length > Math.max(2, fields.length / 2)) {
    const found = `"${target}" holds ${names.length} numbers in ${fields.length} rows`;
    throw invalid(table.name, found, 'For regression, give labels: "numbers".');
  }
  const numbers = new Map(names.map((name, i) => [name, i]));
  return { labels: Int32Array.from(fields, (field) => numbers.get(field)!), classNames: names };
}

function targetsOf(table: Table, target: string): Float32Array {
  const numbers = numbersOf(table, target);
  refuseMissing(table, target, (row) => numbers[row] !== undefined);
  return Float32Array.from(numbers as readonly number[]);
}

/**
 * A table: each row an image of one pixel, `[1, 1, features]`, with a channel for each feature. The
 * numbers are those of the file; every training takes off the mean of a channel's training rows and
 * divides by their deviation, and reports both as `normalization`.
 *
 * @example Two features and three kinds of flowers
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { csv } from "@espalier/datasets";
 *
 * const text = "length,width,kind\n5.1,3.5,iris\n4.9,3.0,iris\n7.0,3.2,rose\n6.4,3.1,rose\n";
 * const { shape, classNames, notes } = await csv({ file: new Blob([text]), target: "kind" });
 * assertEquals([shape, classNames], [[1, 1, 2], ["iris", "rose"]]);
 * assertEquals(notes![0], "features: length, width");
 * ```
 *
 * @example Regression
 * ```ts ignore
 * const data = await csv({ file: "houses.csv", target: "price", labels: "numbers", ignore: ["id"] });
 * ```
 *
 * @param options The table and its target.
 * @returns The dataset, in memory; of regression with no classes and one number a row. `notes` has the
 * features in order.
 * @throws {EspalierError} ERR_DATA_INVALID if an option is unknown or not valid, a column is not there,
 * a field is missing or no number, with its row and column, or the target is nothing to learn;
 * ERR_DATA_CORRUPT if a file is missing or no table; ERR_PERMISSION if it may not be read.
 */
export async function csv(options: CsvOptions): Promise<MemoryDataset> {
  checkOptions(csvSchema, options, { subject: "csv()", code: "ERR_DATA_INVALID" });
  const { target, labels: kind = "classes", categories = [], ignore = [], missing = "refuse" } =
    options;
  const first = await readText(options.file);
  const second = options.test === undefined ? undefined : await readText(options.test);
  const own = readTable(first.text, first.name);
  const table = second === undefined ? own : joinTables(own, readTable(second.text, second.name));
  for (const column of [target, ...categories, ...ignore]) fieldsOf(table, column);

  const { labels, classNames } = kind === "classes"
    ? classesOf(table, target)
    : { labels: targetsOf(table, target), classNames: undefined };
  const rows = Int32Array.from(table.rows, (_, i) => i);
  const parts: Parts = second === undefined
    ? holdOut(classNames === undefined ? new Uint8Array(rows.length) : labels)
    : { train: rows.slice(0, own.rows.length), test: rows.slice(own.rows.length) };

  const features = table.columns.filter((name) => name !== target && !ignore.includes(name));
  const encoded = encodeColumns(table, { categories, missing, features, train: parts.train });
  const size = encoded.names.length;
  const splitOf = (indices: Int32Array) => ({
    images: Float32Array.from(
      { length: indices.length * size },
      (_, i) => encoded.values[indices[Math.floor(i / size)]! * size + i % size]!,
    ),
    labels: labels.constructor === Int32Array
      ? Int32Array.from(indices, (i) => labels[i]!)
      : Float32Array.from(indices, (i) => labels[i]!),
  });
  const settings = { target, kind, categories, ignore, missing };
  const content = JSON.stringify([settings, first.text, second?.text ?? null]);
  const dataset = {
    name: first.name,
    fingerprint: `csv-1-${await sha256(content)}`,
    classes: classNames?.length ?? 0,
    shape: [1, 1, size] as const,
    train: splitOf(parts.train),
    test: splitOf(parts.test),
    ...classNames === undefined
      ? { labels: { kind: "numbers", size: 1 } as const }
      : { classNames },
    notes: [
      `features: ${encoded.names.join(", ")}`,
      ...second === undefined ? [HELD_OUT] : [],
    ],
  };
  return registerDataset(dataset);
}
