import { EspalierError } from "@espalier/core";
import { fileError, isMissing, prepareFolder, writeWhole } from "@espalier/core/run";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import * as z from "zod";

/** The command that began a run. */
const commandSchema = z.strictObject({
  /** Its words behind the program's name. */
  words: z.array(z.string()).min(1),
  /** The folder that it was given in. */
  folder: z.string(),
});

const fileIn = (directory: string): string => join(directory, "command.json");

/** Note a command in the folder of the run that it begins; that of a run which is there stays. */
export async function writeCommand(directory: string, words: readonly string[]): Promise<void> {
  const there = await stat(join(directory, "run.json")).then(() => true, () => false);
  if (there) return;
  await prepareFolder(directory);
  const text = JSON.stringify({ words, folder: process.cwd() }, null, 2);
  await writeWhole(fileIn(directory), `${text}\n`);
}

/**
 * The command that began a run.
 *
 * @throws {EspalierError} ERR_CONFIG_INVALID if a program began it, or nobody.
 */
export async function readCommand(directory: string): Promise<z.infer<typeof commandSchema>> {
  const path = fileIn(directory);
  const refuse = (state: string, cause?: unknown) =>
    new EspalierError(
      "ERR_CONFIG_INVALID",
      `Cannot resume "${directory}" as "espalier prune" must have begun its run: ${state}. Start ` +
        `the program that began it again, with the same folder: its run goes on.`,
      { cause },
    );
  const text = await readFile(path, "utf8").catch((error) => {
    throw isMissing(error)
      ? refuse(`there is no "${path}"`, error)
      : fileError(error, "read", path);
  });
  try {
    return commandSchema.parse(JSON.parse(text));
  } catch (error) {
    throw refuse(`"${path}" is damaged`, error);
  }
}
