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
  /** How a message names a row: as a spreadsheet does, the header being row 1 of the file. */
  place(row: number): string;
}

const placeIn = (name: string) => (row: number) => `row ${row + 2} of ${name}`;

/**
 * Put the rows of a second table below those of a first, by the names of their columns.
 *
 * @param first A table.
 * @param second A table with the columns of the first, in any order.
 * @returns All rows, which are placed where they come from.
 * @throws {EspalierError} ERR_DATA_INVALID if a column is not in the second.
 */
export function joinTables(first: Table, second: Table): Table {
  const fields = first.columns.map((column) => fieldsOf(second, column));
  const below = second.rows.map((_, i) => fields.map((column) => column[i]!));
  const { length } = first.rows;
  return {
    name: `${first.name} and ${second.name}`,
    columns: first.columns,
    rows: [...first.rows, ...below],
    place: (row) => row < length ? first.place(row) : second.place(row - length),
  };
}

/**
 * Fields of a column.
 *
 * @param table A table.
 * @param column Name of the column.
 * @returns Its fields by row.
 * @throws {EspalierError} ERR_DATA_INVALID if it is not there.
 */
export function fieldsOf(table: Table, column: string): readonly string[] {
  const at = table.columns.indexOf(column);
  if (at >= 0) return table.rows.map((fields) => fields[at]!);
  throw new EspalierError(
    "ERR_DATA_INVALID",
    `Cannot read ${table.name} as its columns must be there: there is no "${column}", found ` +
      `${table.columns.join(", ")}. Correct the name.`,
  );
}

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
  const place = placeIn(name);
  // Empty lines at the end would mislead the guess of the delimiter.
  const { data, errors } = Papa.parse(text.replace(/[\r\n]+$/, ""), { skipEmptyLines: false });
  const fault = errors.find(({ type }) => type === "Quotes");
  if (fault !== undefined) {
    throw corrupt(name, `${place((fault.row ?? 0) - 1)}: ${fault.message.toLowerCase()}`);
  }
  const [columns = [], ...rows] = data.map((fields) => fields.map((field) => field.trim()));
  const twice = columns.find((column, i) => column === "" || columns.indexOf(column) < i);
  if (twice !== undefined) {
    throw corrupt(name, twice === "" ? "a column has no name" : `"${twice}" names two columns`);
  }
  if (rows.length === 0) throw corrupt(name, "it has no row below its header");
  rows.forEach(({ length }, i) => {
    if (length === columns.length) return;
    throw corrupt(name, `${place(i)} has ${length} fields, the header has ${columns.length}`);
  });
  return { name, columns, rows, place };
}
