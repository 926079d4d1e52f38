import { textTable } from "./cells_text.ts";
import type { CellOutcome } from "./outcome.ts";
import { rowsOf } from "./outcome.ts";
import type { StudyTable } from "./table.ts";

const oneLine = (text: string): string => text.replace(/\s+/g, " ");

/**
 * A study's table in Markdown.
 *
 * @param table The table.
 * @returns Lines, with a line break at the end.
 */
export function studyMarkdown(table: StudyTable): string {
  const { head, rows, notes } = textTable(table);
  const escaped = (text: string) => oneLine(text).replace(/[\\|`*_<]/g, "\\$&");
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(" | ")} |`;
  const rule = `| ${head.map((_, i) => i < table.axes.length ? "---" : "---:").join(" | ")} |`;
  return [line(head), rule, ...rows.map(line), "", ...notes.map(escaped), ""].join("\n");
}

const LATEX: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "±": "$\\pm$",
  "−": "$-$",
  "≠": "$\\neq$",
  "–": "--",
};

const latexText = (text: string): string =>
  oneLine(text).replace(
    /[\\~^±−≠–&%#_${}]/g,
    (character) => LATEX[character] ?? `\\${character}`,
  );

/**
 * A study's table for LaTeX: a `tabular` of the package booktabs, and the notes.
 *
 * @param table The table.
 * @returns Lines, with a line break at the end.
 */
export function studyLatex(table: StudyTable): string {
  const { head, rows, notes } = textTable(table);
  const line = (cells: readonly string[]) => `${cells.map(latexText).join(" & ")} \\\\`;
  const columns = head.map((_, i) => i < table.axes.length ? "l" : "r").join("");
  return [
    ...notes.map((note) => `% ${oneLine(note)}`),
    `\\begin{tabular}{${columns}}`,
    "\\toprule",
    line(head),
    "\\midrule",
    ...rows.map(line),
    "\\bottomrule",
    "\\end{tabular}",
    "",
  ].join("\n");
}

/** A field of RFC 4180. */
const field = (value: unknown): string => {
  const text = value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const csv = (rows: readonly (readonly unknown[])[]): string =>
  rows.map((row) => `${row.map(field).join(",")}\r\n`).join("");

/**
 * A study's table as comma-separated values, a line a cell, numbers as they are.
 *
 * @param table The table.
 * @returns Lines of RFC 4180.
 */
export function studyCsv({ axes, metric, rows }: StudyTable): string {
  const head = [
    ...axes,
    ...["seeds", metric, "deviation", "low", "high", "control", "unpruned"],
    ...["difference", "difference low", "difference high", "p", "least p"],
    ...["cost share", "cost differs", "search seconds", "search images", "run seconds", "failed"],
  ];
  return csv([
    head,
    ...rows.map(({ cell, metric, control, unpruned, against, cost, spent, failed }) => [
      ...axes.map((axis) => cell[axis]),
      ...[
        metric?.values.length ?? 0,
        metric?.mean,
        metric?.deviation,
        ...metric?.interval ?? [, ,],
      ],
      ...[control?.mean, unpruned?.mean, against?.mean, ...against?.interval ?? [, ,]],
      ...[against?.p, against?.leastP, cost?.mean, against?.costDiffers],
      ...[spent.search, spent.images, spent.run, failed.length],
    ]),
  ]);
}

/**
 * All runs of a study as comma-separated values, a line a run, for statistics elsewhere.
 *
 * @param cells What became of the cells.
 * @returns Lines of RFC 4180.
 */
export function runsCsv(cells: readonly CellOutcome[]): string {
  const axes = Object.keys(cells[0]?.cell ?? {});
  const reports = cells.flatMap(({ runs }) => runs.flatMap(({ report }) => report ?? []));
  const metrics = [
    ...new Set(reports.flatMap(({ rows }) => rows.flatMap((row) => Object.keys(row.metrics)))),
  ];
  const costs = [
    ...new Set(reports.flatMap(({ rows }) => rows.flatMap((row) => Object.keys(row.costs)))),
  ];
  const phases = [
    ...new Set(
      cells.flatMap(({ runs }) => runs.flatMap(({ phases }) => phases.map(({ phase }) => phase))),
    ),
  ];
  const head = [
    ...axes,
    "seed",
    ...metrics.flatMap((name) => [name, `unpruned ${name}`]),
    ...costs.flatMap((name) => [name, `unpruned ${name}`]),
    ...phases.map((phase) => `${phase} seconds`),
    "error",
  ];
  return csv([
    head,
    ...cells.flatMap(({ cell, runs }) =>
      runs.map(({ seed, report, error, phases: done }) => {
        const { pruned, unpruned } = report ? rowsOf(report) : {};
        return [
          ...axes.map((axis) => cell[axis]),
          seed,
          ...metrics.flatMap((
            name,
          ) => [pruned?.metrics[name]?.value, unpruned?.metrics[name]?.value]),
          ...costs.flatMap((name) => [pruned?.costs[name], unpruned?.costs[name]]),
          ...phases.map((name) => {
            const ms = done.find(({ phase }) => phase === name)?.ms;
            return ms === undefined ? undefined : ms / 1000;
          }),
          error?.message,
        ];
      })
    ),
  ]);
}
