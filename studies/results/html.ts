import { escapeHtml, htmlPage } from "@espalier/reports";
import type { CellOutcome } from "./outcome.ts";
import { studyPictures } from "./pictures.ts";
import { type TextTable, textTable } from "./cells_text.ts";
import type { StudyTable } from "./table.ts";

/** Sorts the rows by a column; a second time the other way round. Rows without a number come last. */
const SCRIPT = `for(const head of document.querySelectorAll("th")){
head.querySelector("button").addEventListener("click",()=>{
const up=head.getAttribute("aria-sort")!=="ascending",body=document.querySelector("tbody");
for(const other of document.querySelectorAll("th"))other.removeAttribute("aria-sort");
head.setAttribute("aria-sort",up?"ascending":"descending");
const key=row=>row.cells[head.cellIndex].dataset.sort??row.cells[head.cellIndex].textContent;
const compare=(a,b)=>{const[x,y]=[key(a),key(b)];if(x===""||y==="")return(x==="")-(y==="");
const way=isNaN(x)||isNaN(y)?x.localeCompare(y):x-y;return up?way:-way};
body.append(...[...body.rows].sort(compare))})}`;

function tableElement({ head, rows, sort }: TextTable, axes: number): string {
  const kind = (i: number) => i < axes ? ' class="text"' : "";
  const heads = head.map((text, i) => `<th${kind(i)}><button>${escapeHtml(text)}</button></th>`);
  const lines = rows.map((texts, r) => {
    const cells = texts.map((text, i) => {
      const order = i < axes ? "" : ` data-sort="${sort[r]![i] ?? ""}"`;
      return `<td${kind(i)}${order}>${escapeHtml(text)}</td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<div class="wide"><table>
<thead><tr>${heads.join("")}</tr></thead>
<tbody>
${lines.join("\n")}
</tbody>
</table></div>`;
}

/**
 * A study as one self-contained HTML page: a table that can be sorted, the metric against the cost,
 * learning curves, and the widths of all layers.
 *
 * @param study Its table and what became of its cells.
 * @returns The page.
 */
export async function studyHtml(
  { table, cells }: { readonly table: StudyTable; readonly cells: readonly CellOutcome[] },
): Promise<string> {
  const pictures = await studyPictures({ table, cells });
  const text = textTable(table);
  return htmlPage(`Study: ${table.axes.join(", ") || "one cell"}`, [
    tableElement(text, table.axes.length),
    ...text.notes.map((note) => `<p>${escapeHtml(note)}</p>`),
    ...pictures.map((svg) => `<div class="wide">${svg}</div>`),
    `<script>${SCRIPT}</script>`,
  ]);
}
