import { checkOptions, type OptionFields } from "@espalier/core";
import type { Report } from "@espalier/pruning";
import * as z from "zod";
import { escapeHtml, htmlPage } from "./html_page.ts";
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

function row(cell: "th" | "td", texts: readonly string[]): string {
  return `<tr>${texts.map((text) => `<${cell}>${escapeHtml(text)}</${cell}>`).join("")}</tr>`;
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
  return htmlPage(title, [
    ...tables.map(tableElement),
    ...notes.map((note) => `<p>${escapeHtml(note)}</p>`),
    ...pictures.map((svg) => `<div class="wide">${svg}</div>`),
  ]);
}
