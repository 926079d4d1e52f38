import { writeWhole } from "@espalier/core/run";
import { join } from "node:path";
import { runsCsv, studyCsv, studyLatex, studyMarkdown } from "./formats.ts";
import { studyHtml } from "./html.ts";
import type { CellOutcome } from "./outcome.ts";
import type { StudyTable } from "./table.ts";

/** Write the table of a study into its folder, in all forms. */
export async function writeResults(
  directory: string,
  { table, cells }: { readonly table: StudyTable; readonly cells: readonly CellOutcome[] },
): Promise<void> {
  const texts = {
    "table.json": `${JSON.stringify(table, null, 2)}\n`,
    "table.csv": studyCsv(table),
    "runs.csv": runsCsv(cells),
    "table.md": studyMarkdown(table),
    "table.tex": studyLatex(table),
    "study.html": await studyHtml({ table, cells }),
  };
  for (const [name, text] of Object.entries(texts)) await writeWhole(join(directory, name), text);
}
