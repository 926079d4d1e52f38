import { EspalierError } from "../errors.ts";
import { fileError, files, isMissing } from "../files.ts";
import { prepareFolder, writeWhole } from "../folder.ts";
import { canonicalJson } from "../json.ts";
import type { DonePhase } from "../pipeline/execute.ts";
import { identity, type KeySource } from "../pipeline/key.ts";
import type { AnyPhase } from "../pipeline/pipeline.ts";
import { sha256 } from "../sha256.ts";
import { isTypedArray } from "../store/encode.ts";
import { VERSION } from "../version.ts";
import { type Journal, openJournal } from "./journal.ts";

/** What identifies a run, readable by people. */
export type RunConfiguration = Readonly<Record<string, unknown>>;

/** What `run.json` holds. */
interface RunFile {
  /** SHA-256 of the configuration. */
  readonly hash: string;
  /** The configuration. */
  readonly configuration: RunConfiguration;
}

/** Describe a run. The blueprint appears by name and digest. */
export async function configurationOf(
  source: KeySource,
  phases: readonly AnyPhase[],
): Promise<RunConfiguration> {
  const { blueprint, dataset, budget, plugins, seed, engine } = source;
  return {
    core: VERSION,
    network: { name: blueprint.name, sha256: await sha256(canonicalJson(blueprint)) },
    data: { name: dataset.name, fingerprint: dataset.fingerprint },
    budget,
    plugins: plugins.map((plugin) => identity(plugin)),
    phases: phases.map((phase) => identity(phase)),
    seed,
    engine,
  };
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Where two configurations differ, as in `seed (1 there, 2 here)`. */
function differences(there: RunConfiguration, here: RunConfiguration): string {
  return [...new Set([...Object.keys(there), ...Object.keys(here)])]
    .filter((key) => canonicalJson(there[key] ?? null) !== canonicalJson(here[key] ?? null))
    .map((key) => `${key} (${show(there[key])} there, ${show(here[key])} here)`)
    .join(", ");
}

function otherRun(directory: string, state: string, cause?: unknown): EspalierError {
  return new EspalierError(
    "ERR_RUN_OTHER",
    `Cannot run in "${directory}" as it holds another run: ${state}. ` +
      `Nothing was changed; choose another folder, or delete this one.`,
    { cause },
  );
}

async function readText(path: string): Promise<string | undefined> {
  const fs = await files();
  try {
    return await fs.readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileError(error, "read", path);
  }
}

/** Claim a folder for a run: a new one, or one that holds the same run. */
async function claim(directory: string, configuration: RunConfiguration): Promise<void> {
  const path = `${directory}/run.json`;
  const hash = await sha256(canonicalJson(configuration));
  const text = await readText(path);
  if (text === undefined) {
    const file: RunFile = { hash, configuration };
    return await writeWhole(path, `${JSON.stringify(file, null, 2)}\n`);
  }
  let there: RunFile;
  try {
    there = JSON.parse(text);
  } catch (error) {
    throw otherRun(directory, "its run.json cannot be read", error);
  }
  if (there?.hash === hash) return;
  throw otherRun(directory, differences(Object(there?.configuration), configuration));
}

/** Check and claim the folder of a run, and open its journal, before any work. */
export async function openRunFolder(
  directory: string,
  configuration: RunConfiguration,
): Promise<Journal> {
  await prepareFolder(directory);
  await claim(directory, configuration);
  return await openJournal(directory);
}

function holdsArrays(value: unknown): boolean {
  if (isTypedArray(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsArrays);
}

/** Write what the phases made; weights appear as the key of their artifact. */
export async function writeResult(
  directory: string,
  { runId, phases }: { readonly runId: string; readonly phases: readonly DonePhase[] },
): Promise<void> {
  const result = Object.fromEntries(
    phases.flatMap(({ key, made }) =>
      Object.entries(made).map((
        [name, value],
      ) => [name, holdsArrays(value) ? { artifact: key } : value])
    ),
  );
  const keys = phases.map(({ name, key, cached }) => ({ name, key, cached }));
  const text = JSON.stringify({ runId, phases: keys, result }, null, 2);
  await writeWhole(`${directory}/result.json`, `${text}\n`);
}
