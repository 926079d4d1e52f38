import { EspalierError } from "@espalier/core";
// @ts-types="./papaparse.d.ts"
import Papa from "papaparse";

/** A table of text. */
export interface Table {
  /** Where it comes from, for messages. */
  readonly name: string;
  /** Names of the columns, without spaces around them. */
  readonly columns: readonly string[];
  /** Fields of each row, as they stand in the file but for spaces around them. */
  readonly rows: readonly (readonly string[])[];
}

/** How a message names a row: as a spreadsheet does, the header being row 1. */
export const rowName = (index: number): string => `row ${index + 2}`;

const corrupt = (name: string, found: string) =>
  new EspalierError(
    "ERR_DATA_CORRUPT",
    `Cannot read ${name} as a table has one header and rows of its length: ${found}. Correct it.`,
  );

/**
 * Read a CSV: a header, quoted fields, any of the usual delimiters.
 *
 * @example A field with a comma
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readTable } from "@espalier/datasets";
 *
 * const { columns, rows } = readTable('name,size\n"a, b",3\n', "sizes.csv");
 * assertEquals([columns, rows], [["name", "size"], [["a, b", "3"]]]);
 * ```
 *
 * @param text The file.
 * @param name Its name, for messages.
 * @returns Columns and rows.
 * @throws {EspalierError} ERR_DATA_CORRUPT with the row, if a quote stays open, a row has another
 * number of fields, two columns have one name, or there is no row.
 */
export function readTable(text: string, name: string): Table {
  // Empty lines at the end would mislead the guess of the delimiter.
  const { data, errors } = Papa.parse(text.replace(/[\r\n]+$/, ""), { skipEmptyLines: false });
  const fault = errors.find(({ type }) => type === "Quotes");
  if (fault !== undefined) {
    throw corrupt(name, `${rowName((fault.row ?? 0) - 1)}: ${fault.message.toLowerCase()}`);
  }
  const [columns = [], ...rows] = data.map((fields) => fields.map((field) => field.trim()));
  const twice = columns.find((column, i) => column === "" || columns.indexOf(column) < i);
  if (twice !== undefined) {
    throw corrupt(name, twice === "" ? "a column has no name" : `"${twice}" names two columns`);
  }
  if (rows.length === 0) throw corrupt(name, "it has no row below its header");
  rows.forEach(({ length }, i) => {
    if (length === columns.length) return;
    throw corrupt(name, `${rowName(i)} has ${length} fields, the header has ${columns.length}`);
  });
  return { name, columns, rows };
}
