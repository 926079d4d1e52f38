import type { StudyTable, Summary, TableRow } from "./table.ts";

/** A table as text: heads, rows of cells, sentences below. */
export interface TextTable {
  /** Column headers: the axes first. */
  readonly head: readonly string[];
  /** Cells by row. */
  readonly rows: readonly (readonly string[])[];
  /** Numbers by row to sort by, one a column; absent: text. */
  readonly sort: readonly (readonly (number | undefined)[])[];
  /** Sentences. */
  readonly notes: readonly string[];
}

/** A column of numbers. */
interface Column {
  readonly head: string;
  readonly cell: (row: TableRow) => string | undefined;
  readonly sort: (row: TableRow) => number | undefined;
}

/** What stands for a missing number. */
const NOTHING = "–";

/** Marks costs that are not equal. */
const UNEQUAL = "≠";

const fixed = (value: number, digits: number): string => value.toFixed(digits);

/** Numbers of the metric: shares in percent. */
function metricText({ share }: StudyTable) {
  return (value: number): string =>
    (share ? fixed(100 * value, 2) : value.toPrecision(4)).replace("-", "−");
}

const signed = (text: string): string => text.startsWith("−") ? text : `+${text}`;

/** Mean and deviation. */
const meanText = (given: Summary | undefined, text: (value: number) => string) =>
  given &&
  (given.deviation === undefined
    ? text(given.mean)
    : `${text(given.mean)} ± ${text(given.deviation)}`);

const intervalText = (given: Summary | undefined, text: (value: number) => string) =>
  given?.interval && `${text(given.interval[0])} to ${text(given.interval[1])}`;

/** 0.031; 0.0002. */
const pText = (p: number): string => p < 0.001 ? p.toPrecision(1) : fixed(p, 3);

function columnsOf(table: StudyTable): readonly Column[] {
  const { rows, metric, share, cost } = table;
  const text = metricText(table);
  const unit = share ? ", %" : "";
  const points = share ? ", points" : "";
  const column = (
    head: string,
    cell: Column["cell"],
    sort: Column["sort"],
  ): Column[] => rows.some((row) => cell(row) !== undefined) ? [{ head, cell, sort }] : [];
  return [
    ...column(
      `${metric}${unit}`,
      (row) => meanText(row.metric, text),
      (row) => row.metric?.mean,
    ),
    ...column(
      "95 % interval",
      (row) => intervalText(row.metric, text),
      (row) => row.metric?.interval?.[0],
    ),
    ...column(
      `without transfers${unit}`,
      (row) => meanText(row.control, text),
      (row) => row.control?.mean,
    ),
    ...column(
      `against the baseline${points}`,
      ({ against }) =>
        against &&
        signed(text(against.mean)) +
          (against.interval === undefined ? "" : ` (${intervalText(against, text)})`),
      ({ against }) => against?.mean,
    ),
    ...column(
      "p",
      ({ against }) => against?.p === undefined ? undefined : pText(against.p),
      ({ against }) => against?.p,
    ),
    ...column(
      `${cost} left, %`,
      (row) =>
        row.cost &&
        `${fixed(100 * row.cost.mean, 1)}${row.against?.costDiffers ? ` ${UNEQUAL}` : ""}`,
      (row) => row.cost?.mean,
    ),
    ...column(
      "search, s",
      ({ spent }) => spent.search?.toFixed(1),
      ({ spent }) => spent.search,
    ),
    ...column(
      "images of the search",
      ({ spent }) => spent.images?.toFixed(0),
      ({ spent }) => spent.images,
    ),
    ...column("run, s", ({ spent }) => spent.run?.toFixed(1), ({ spent }) => spent.run),
    ...column(
      "failed",
      ({ failed }) => failed.length === 0 ? undefined : String(failed.length),
      ({ failed }) => failed.length,
    ),
  ];
}

const list = (seeds: readonly number[]): string => seeds.join(", ");

function notesOf({ rows, seeds, better, metric }: StudyTable): readonly string[] {
  const compared = rows.flatMap(({ against }) => against ?? []);
  const least = [...new Set(compared.map(({ leastP }) => leastP))].sort((a, b) => a - b);
  const [unpruned] = rows.flatMap(({ unpruned }) => unpruned ?? []);
  return [
    `Seeds ${
      list(seeds)
    }: mean ± standard deviation; intervals by Student's t hold the mean with a ` +
    "probability of 95 %.",
    ...unpruned === undefined
      ? []
      : [`The ${metric} is that of the pruned network; ${better} is better.`],
    ...compared.length === 0 ? [] : [
      "Differences are those on the same seed. p: exact, two-sided, by flips of their signs, for each " +
      "row by itself; with so many seeds it is " +
      `${least.map((p) => pText(p)).join(" or ")} at least.`,
    ],
    ...compared.some(({ costDiffers }) => costDiffers)
      ? [`${UNEQUAL}: the cost differs from the baseline's by more than the budget's zone is wide.`]
      : [],
    ...rows.some(({ spent }) => spent.run !== undefined)
      ? ["Times of a run count phases that other runs share."]
      : [],
    ...rows.flatMap(({ name, failed }) =>
      failed.map(({ seed, error: { code, message } }) =>
        `Failed: ${name}, seed ${seed}: ${message}${code === undefined ? "" : ` [${code}]`}`
      )
    ),
  ];
}

/** The cells of a study's table as text. */
export function textTable(table: StudyTable): TextTable {
  const columns = columnsOf(table);
  return {
    head: [...table.axes, ...columns.map(({ head }) => head)],
    rows: table.rows.map((row) => [
      ...table.axes.map((axis) => row.cell[axis]!),
      ...columns.map(({ cell }) => cell(row) ?? NOTHING),
    ]),
    sort: table.rows.map((row) => [
      ...table.axes.map(() => undefined),
      ...columns.map(({ sort }) => sort(row)),
    ]),
    notes: notesOf(table),
  };
}
