import { checkOptions, type OptionFields } from "@espalier/core";
import type { Report } from "@espalier/pruning";
import { z } from "zod";
import { reportContent, type ReportTableOptions, tableFields } from "./report_table.ts";

/** What a page shows. */
export interface HtmlReportOptions extends ReportTableOptions {
  /**
   * Pictures as SVG, in order. They become part of the page as they are, scripts included: give only
   * those that you trust, as `searchPicture` and `widthsPicture` draw them.
   *
   * @default none
   */
  readonly pictures?: readonly string[];
}

const htmlSchema = z.strictObject(
  {
    ...tableFields,
    pictures: z.array(z.string()).optional(),
  } satisfies OptionFields<HtmlReportOptions>,
);

const STYLE = `:root{color-scheme:light dark}
body{margin:2rem auto;padding:0 1rem;max-width:62rem;font:16px/1.5 "Segoe UI",Arial,sans-serif;
color:#24292f;background:#fff}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .8rem;text-align:right;white-space:nowrap}
th:first-child,td:first-child{padding-left:0;text-align:left}
th{border-bottom:2px solid #d8dee4;font-weight:600}td{border-bottom:1px solid #d8dee4}
.wide{overflow-x:auto}svg{max-width:100%;height:auto}p{color:#57606a;font-size:14px;margin:.3rem 0}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}
th,td{border-color:#30363d}p{color:#9198a1}}`;

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

function escape(text: string): string {
  return text.replace(/[&<>]/g, (character) => ESCAPES[character]!);
}

function row(cell: "th" | "td", texts: readonly string[]): string {
  return `<tr>${texts.map((text) => `<${cell}>${escape(text)}</${cell}>`).join("")}</tr>`;
}

function tableElement(
  { head, rows }: ReturnType<typeof reportContent>["tables"][number],
): string {
  return `<div class="wide"><table>
<thead>${row("th", head)}</thead>
<tbody>
${rows.map((texts) => row("td", texts)).join("\n")}
</tbody>
</table></div>`;
}

/**
 * A report as one self-contained HTML page: its tables and notes, and pictures.
 *
 * @param report The report.
 * @param options Pictures, sizes of files, name of the engine, labels.
 * @returns The page.
 * @throws {EspalierError} ERR_CONFIG_INVALID for an unknown option or an invalid value.
 */
export function htmlReport(report: Report, options: HtmlReportOptions = {}): string {
  checkOptions(htmlSchema, options, { subject: "htmlReport()" });
  const { pictures = [] } = options;
  const { title, tables, notes } = reportContent(report, options);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>${STYLE}</style>
<h1>${escape(title)}</h1>
${tables.map(tableElement).join("\n")}
${notes.map((note) => `<p>${escape(note)}</p>`).join("\n")}
${pictures.map((svg) => `<div class="wide">${svg}</div>`).join("\n")}
</html>
`;
}
