import { type Blueprint, EspalierError, folderStore, readJournal } from "@espalier/core";
import { fileError, isMissing, writeWhole } from "@espalier/core/run";
import type { Report } from "@espalier/pruning";
import { htmlReport, reportTable, searchPicture, widthsPicture } from "@espalier/reports";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** Folder of the unpruned network in that of a run. */
export const UNPRUNED = "unpruned";

/** What `result.json` of a run holds, as far as it is shown; arrays are in the store under a key. */
interface Result {
  readonly report?: Report;
  readonly pruned?: Blueprint;
  readonly teacher?: { readonly artifact: string };
}

async function readResult(directory: string): Promise<Result & { readonly report: Report }> {
  const path = join(directory, "result.json");
  const refuse = (state: string, cause?: unknown) =>
    new EspalierError(
      "ERR_REPORT_EMPTY",
      `Cannot report on "${directory}" as a run that is over leaves a result.json with a report: ` +
        `${state}. Give the folder of a run that ended.`,
      { cause },
    );
  let result: Result | undefined;
  try {
    result = JSON.parse(await readFile(path, "utf8")).result;
  } catch (error) {
    if (isMissing(error)) throw refuse("there is none", error);
    if (error instanceof SyntaxError) throw refuse("it is damaged", error);
    throw fileError(error, "read", path);
  }
  if (result?.report === undefined) throw refuse("it has none");
  return { ...result, report: result.report };
}

/** The unpruned network of a run, by the stores that runs have. */
async function unprunedOf(directory: string, { teacher }: Result): Promise<Blueprint | undefined> {
  if (teacher === undefined) return undefined;
  for (const folder of ["artifacts", "../artifacts"]) {
    const made = await folderStore(join(directory, folder)).read(teacher.artifact);
    if (made !== undefined) {
      return (made as { teacher: { blueprint: Blueprint } }).teacher.blueprint;
    }
  }
}

/** Bytes of a model of layers; undefined where there is none. */
async function bytesOf(folder: string): Promise<number | undefined> {
  try {
    const files = ["model.json", "weights.bin"].map((name) => stat(join(folder, name)));
    return (await Promise.all(files)).reduce((sum, { size }) => sum + size, 0);
  } catch {
    return undefined;
  }
}

/** Sizes of the saved models by the rows of the report. */
async function sizesOf(directory: string, { rows }: Report): Promise<Record<string, number>> {
  const sizes = {
    unpruned: await bytesOf(join(directory, UNPRUNED)),
    [rows.at(-1)!.name]: await bytesOf(join(directory, "model")),
  };
  return Object.fromEntries(
    Object.entries(sizes).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}

/** Pictures by name: of a search with more than one epoch, and of the widths. */
async function draw(directory: string, result: Result & { readonly report: Report }) {
  const { report: { budget }, pruned } = result;
  const events = await readJournal(directory);
  const epochs = events.filter(({ type }) => type === "search:epoch").length;
  const unpruned = await unprunedOf(directory, result);
  return {
    ...unpruned && pruned && { widths: await widthsPicture(unpruned, { pruned }) },
    ...epochs > 1 && { search: await searchPicture(events, { budget }) },
  };
}

/**
 * Tell what came of a run, by its journal and `result.json`, and write its page and its pictures beside
 * them.
 *
 * @param directory The folder of a run that ended.
 * @returns The table and the paths of what was written, as lines.
 * @throws {EspalierError} ERR_REPORT_EMPTY for a folder without a report; ERR_JOURNAL_CORRUPT,
 * ERR_ARTIFACT_CORRUPT or an error of files.
 */
export async function reportOn(directory: string): Promise<string> {
  const result = await readResult(directory);
  const { report } = result;
  const files = await sizesOf(directory, report);
  const about = Object.keys(files).length === 0 ? {} : { files };
  const pictures = await draw(directory, result);
  const page = join(directory, "report.html");
  await writeWhole(page, htmlReport(report, { ...about, pictures: Object.values(pictures) }));
  const drawn: string[] = [];
  for (const [name, svg] of Object.entries(pictures)) {
    drawn.push(join(directory, `${name}.svg`));
    await writeWhole(drawn.at(-1)!, svg);
  }
  return `${reportTable(report, about)}
Page      ${page}
Pictures  ${drawn.join(", ") || "none"}
`;
}
