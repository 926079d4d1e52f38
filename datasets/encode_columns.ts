import { EspalierError } from "@espalier/core";
import { fieldsOf, type Table } from "./table.ts";

/** How columns become numbers. */
export interface EncodeOptions {
  /** Columns of names, which become a 0 or 1 for each name; the others are numbers. */
  readonly categories: readonly string[];
  /** What to do where a field is missing. */
  readonly missing: "refuse" | "mean";
  /** Columns that are features. */
  readonly features: readonly string[];
  /** Rows that means are taken of. */
  readonly train: Int32Array;
}

/** Features of all rows. */
export interface Features {
  /** Name of each feature: its column, or `column=name`. */
  readonly names: readonly string[];
  /** [rows, names.length]. */
  readonly values: Float32Array;
}

/** Numbers of a field; undefined if it is missing. */
type Encoder = (row: number) => readonly number[] | undefined;

const isMissing = (field: string) => /^(na|n\/a|nan|null|\?)?$/i.test(field);

/** A number as people write one; undefined for "1,5", "0x1F" and "Infinity". */
const numberOf = (field: string): number | undefined =>
  /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(field) ? Number(field) : undefined;

function invalid({ name }: Table, found: string, advice: string): EspalierError {
  return new EspalierError(
    "ERR_DATA_INVALID",
    `Cannot read ${name} as every field must have its value: ${found}. ${advice}`,
  );
}

/**
 * A column of numbers.
 *
 * @param table The table.
 * @param column Its name.
 * @returns Numbers by row, undefined where the field is missing.
 * @throws {EspalierError} ERR_DATA_INVALID for a field that is no number.
 */
export function numbersOf(table: Table, column: string): readonly (number | undefined)[] {
  return fieldsOf(table, column).map((field, i) => {
    if (isMissing(field)) return undefined;
    const number = numberOf(field);
    if (number !== undefined) return number;
    const found = `${table.place(i)}, column "${column}" holds "${field}", which is no number`;
    throw invalid(
      table,
      found,
      `Correct it, or put "${column}" into \`categories\` or \`ignore\`.`,
    );
  });
}

/** Refuse a column with a field that is missing. */
export function refuseMissing(table: Table, column: string, isThere: (row: number) => boolean) {
  const missing = table.rows.findIndex((_, i) => !isThere(i));
  if (missing < 0) return;
  const found = `${table.place(missing)}, column "${column}" has none`;
  throw invalid(table, found, 'Fill it in, leave the row out, or choose missing: "mean".');
}

/** Names of a column, sorted, but for missing fields. */
export const namesOf = (fields: readonly string[]): string[] =>
  [
    ...new Set(fields.filter((field) => !isMissing(field))),
  ].sort();

function encoderOf(table: Table, column: string, isCategory: boolean): [string[], Encoder] {
  if (!isCategory) {
    const numbers = numbersOf(table, column);
    return [[column], (row) => numbers[row] === undefined ? undefined : [numbers[row]]];
  }
  const fields = fieldsOf(table, column);
  const names = namesOf(fields);
  const encode: Encoder = (row) =>
    isMissing(fields[row]!) ? undefined : names.map((name) => name === fields[row] ? 1 : 0);
  return [names.map((name) => `${column}=${name}`), encode];
}

/** Means of the training rows: what stands in for a missing field. */
function meansOf(encode: Encoder, { names, train }: { names: number; train: Int32Array }) {
  const sums = new Array<number>(names).fill(0);
  let count = 0;
  for (const row of train) {
    const numbers = encode(row);
    if (numbers === undefined) continue;
    count++;
    numbers.forEach((number, i) => sums[i]! += number);
  }
  return sums.map((sum) => count === 0 ? 0 : sum / count);
}

/**
 * Turn columns into numbers.
 *
 * @param table A table.
 * @param options Which columns are features, and how.
 * @returns Numbers of every row.
 * @throws {EspalierError} ERR_DATA_INVALID with row and column, for a field that is missing or no
 * number, or a column that is not there.
 */
export function encodeColumns(table: Table, options: EncodeOptions): Features {
  const { categories, missing, features, train } = options;
  const columns = features.map((column) => {
    const [names, encode] = encoderOf(table, column, categories.includes(column));
    if (missing === "refuse") refuseMissing(table, column, (row) => encode(row) !== undefined);
    return { names, encode, means: meansOf(encode, { names: names.length, train }) };
  });
  const names = columns.flatMap((column) => column.names);
  const values = new Float32Array(table.rows.length * names.length);
  let to = 0;
  for (let row = 0; row < table.rows.length; row++) {
    for (const { encode, means } of columns) {
      for (const value of encode(row) ?? means) values[to++] = value;
    }
  }
  return { names, values };
}
