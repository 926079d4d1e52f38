import { checkOptions, type OptionFields } from "@espalier/core";
import type { InferenceTime, Report, ReportRow } from "@espalier/pruning";
import * as z from "zod";
import {
  aligned,
  formatBytes,
  formatCount,
  formatDifference,
  formatMetric,
  formatShare,
  NOTHING,
  plainText,
} from "./format.ts";
import { reportSchema } from "./options_schema.ts";

/** What a report does not contain. */
export interface ReportTableOptions {
  /**
   * Size of the saved model in bytes, by the name of the row.
   *
   * @default no such column
   */
  readonly files?: Readonly<Record<string, number>>;
  /**
   * Display name of the engine, as in `wasm (4 threads)`.
   *
   * @default the report's engine
   */
  readonly engine?: string;
  /**
   * Text of the first column, by the name of the row.
   *
   * @default unpruned; pruned; where there is a transferred row: pruned, no teacher and pruned, taught
   */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Schemas of {@linkcode ReportTableOptions}. */
export const tableFields: OptionFields<ReportTableOptions> = {
  files: z.record(z.string(), z.number()).optional(),
  engine: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
};
const tableSchema = z.strictObject(tableFields);

/** Cells of a table. */
interface Cells {
  /** Column headers; the first is left-aligned, the others right. */
  readonly head: readonly string[];
  /** Cells by row. */
  readonly rows: readonly (readonly string[])[];
}

/** Tables as text, and sentences to go with them. */
interface ReportContent {
  /** Network and data. */
  readonly title: string;
  /** How good and how large the networks are; how long they take. */
  readonly tables: readonly Cells[];
  /** Sentences below. */
  readonly notes: readonly string[];
}

const COST_NAMES: Readonly<Record<string, string>> = {
  macs: "multiply-adds",
  params: "parameters",
  peakMemory: "memory",
};

/** Costs in bytes. */
const MEMORY: readonly string[] = ["peakMemory"];

const RUNS: Readonly<Record<InferenceTime["runs"], string>> = {
  network: "here",
  exported: "exported",
};

interface Column {
  readonly head: string;
  readonly cell: (row: ReportRow) => string;
}

function defaultLabels({ rows }: Report): Readonly<Record<string, string>> {
  return rows.some(({ name }) => name === "transferred")
    ? { pruned: "pruned, no teacher", transferred: "pruned, taught" }
    : {};
}

/** A cost; that of the budget with its share of the unpruned network's. */
function costColumn({ budget }: Report, name: string): Column {
  return {
    head: COST_NAMES[name] ?? name,
    cell: ({ costs: { [name]: cost } }) => {
      if (cost === undefined) return NOTHING;
      const share = name === budget.cost ? ` (${formatShare(cost / budget.unpruned)})` : "";
      return amount(name, cost) + share;
    },
  };
}

/** Names of the metrics, the leading one first. */
function metricNames({ metric, rows }: Report): readonly string[] {
  return [...new Set([metric, ...rows.flatMap(({ metrics }) => Object.keys(metrics))])];
}

function metricColumn(name: string): Column {
  return {
    head: name,
    cell: ({ metrics: { [name]: metric } }) => metric ? formatMetric(metric, 2) : NOTHING,
  };
}

function columnsOf(report: Report, { files, labels }: ReportTableOptions): Column[] {
  const names = { ...defaultLabels(report), ...labels };
  const costs = [...new Set(report.rows.flatMap((row) => Object.keys(row.costs)))];
  const bytes = (name: string) => files?.[name] === undefined ? NOTHING : formatBytes(files[name]);
  return [
    { head: "network", cell: ({ name }) => names[name] ?? name },
    ...metricNames(report).map((name) => metricColumn(name)),
    ...costs.map((name) => costColumn(report, name)),
    ...files === undefined ? [] : [{ head: "file", cell: (row: ReportRow) => bytes(row.name) }],
  ];
}

/** Three digits of each: `2.09 (2.01–2.20)`. */
function timeCell(time: InferenceTime | undefined): string {
  if (time === undefined) return NOTHING;
  const [median, lower, upper] = [time.median, time.lower, time.upper].map((ms) =>
    ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3)
  );
  return `${median} (${lower}–${upper})`;
}

/** A row a network and what runs it, a column a batch. */
function timeCells(report: Report, { labels }: ReportTableOptions): Cells {
  const names = { ...defaultLabels(report), ...labels };
  const times = report.rows.flatMap((row) => row.times);
  const batches = [...new Set(times.map(({ batch }) => batch))];
  const runs = [...new Set(times.map((time) => time.runs))];
  return {
    head: ["ms an image", ...batches.map((n) => n === 1 ? "1 image" : `${n} images`)],
    rows: report.rows.flatMap(({ name, times }) =>
      runs.map((run) => [
        plainText(`${names[name] ?? name}, ${RUNS[run]}`),
        ...batches.map((batch) =>
          timeCell(times.find((time) => time.runs === run && time.batch === batch))
        ),
      ])
    ),
  };
}

function cellsOf(columns: readonly Column[], { rows }: Report): Cells {
  return {
    head: columns.map(({ head }) => plainText(head)),
    rows: rows.map((row) => columns.map(({ cell }) => plainText(cell(row)))),
  };
}

/** An amount of a cost. */
const amount = (name: string, cost: number): string =>
  MEMORY.includes(name) ? formatBytes(cost) : formatCount(cost);

function limitNotes({ budget: { limits = [] } }: Report): readonly string[] {
  if (limits.length === 0) return [];
  const each = limits.map(({ cost, high, unpruned }) =>
    `${COST_NAMES[cost] ?? cost} ${amount(cost, high)} (${formatShare(high / unpruned)})`
  );
  return [`At most: ${each.join(", ")}.`];
}

function list(values: readonly number[]): string {
  return values.map((value) => value.toFixed(3)).join(" ");
}

const capitalized = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** What a guess without any network reaches, and which way is better where it is not plain. */
function baselineNotes({ metric, baseline }: Report): readonly string[] {
  const guess = baseline?.[metric];
  if (guess === undefined) return [];
  const way = guess.better === "lower" ? "; lower is better" : "";
  return [`The same guess for every image reaches ${formatMetric(guess, 2)}${way}.`];
}

/**
 * Cells and sentences of a report, for a table of any form.
 *
 * @param report The report.
 * @param options Sizes of files, name of the engine, labels.
 * @returns Text only, without control characters.
 * @throws {EspalierError} ERR_CONFIG_INVALID for what is no report.
 */
export function reportContent(report: Report, options: ReportTableOptions = {}): ReportContent {
  checkOptions(reportSchema, report, { subject: "a report" });
  const { network, dataset, metric, testImages, budget, normalization, surgery } = report;
  const columns = columnsOf(report, options);
  const share = (cost: number) => formatShare(cost / budget.unpruned);
  return {
    title: plainText(`${network} on ${dataset}`),
    tables: [cellsOf(columns, report), timeCells(report, options)],
    notes: [
      `${
        capitalized(metric)
      }: on ${testImages} test images that no training and no search has seen.`,
      ...baselineNotes(report),
      `Budget: ${share(budget.low)} to ${share(budget.high)} of the unpruned network's ` +
      `${COST_NAMES[budget.cost] ?? budget.cost}.`,
      ...limitNotes(report),
      `Pixels 0 to 1, normalized: mean ${list(normalization.mean)}, ` +
      `deviation ${list(normalization.deviation)}.`,
      "Times: median (quartiles), all in turn; exported is the LayersModel.",
      `Engine: ${options.engine ?? report.engine}.`,
      ...surgery === undefined ? [] : [
        `Surgery: outputs differ by ${
          formatDifference(surgery.difference)
        } at most from the unpruned ` +
        "network without what was cut.",
      ],
    ].map(plainText),
  };
}

/**
 * A report as a table of text; with its default labels at most 80 columns wide.
 *
 * @param report The report.
 * @param options Sizes of files, name of the engine, labels.
 * @returns Lines, with a line break at the end.
 * @throws {EspalierError} ERR_CONFIG_INVALID for an unknown option or an invalid value.
 */
export function reportTable(report: Report, options: ReportTableOptions = {}): string {
  checkOptions(tableSchema, options, { subject: "reportTable()" });
  const { title, tables, notes } = reportContent(report, options);
  const texts = tables.flatMap(({ head, rows }) => {
    const lines = aligned([head, ...rows]);
    const rule = "─".repeat(Math.max(...lines.map(({ length }) => length)));
    return [lines[0]!, rule, ...lines.slice(1), ""];
  });
  return [title, "", ...texts, ...notes, ""].join("\n");
}

/**
 * A report as a Markdown table.
 *
 * @param report The report.
 * @param options Sizes of files, name of the engine, labels.
 * @returns Lines, with a line break at the end.
 * @throws {EspalierError} ERR_CONFIG_INVALID for an unknown option or an invalid value.
 */
export function reportMarkdown(report: Report, options: ReportTableOptions = {}): string {
  checkOptions(tableSchema, options, { subject: "reportMarkdown()" });
  const { title, tables, notes } = reportContent(report, options);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const texts = tables.flatMap(({ head, rows }) => {
    const rule = line(head.map((_, i) => i === 0 ? "---" : "---:"));
    return [line(head), rule, ...rows.map(line), ""];
  });
  return [`### ${title}`, "", ...texts, notes.join(" "), ""].join("\n");
}
