import { EspalierError } from "@espalier/core";
import { fileError, writeWhole } from "@espalier/core/run";
import { type LatencyTables, latencyTablesSchema } from "@espalier/plugin-latency";
import { readFile } from "node:fs/promises";

/** Write the times of layers that `measure` took. */
export async function writeTimes(path: string, tables: LatencyTables): Promise<void> {
  await writeWhole(path, `${JSON.stringify(tables)}\n`).catch((error) => {
    throw fileError(error, "write", path);
  });
}

/**
 * Read what {@linkcode writeTimes} wrote.
 *
 * @throws {EspalierError} ERR_CONFIG_INVALID for another file, or an error of files.
 */
export async function readTimes(path: string): Promise<LatencyTables> {
  const text = await readFile(path, "utf8").catch((error) => {
    throw fileError(error, "read", path);
  });
  try {
    return latencyTablesSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new EspalierError(
      "ERR_CONFIG_INVALID",
      `Cannot read times from "${path}" as "espalier measure" did not write it. Measure the model ` +
        "anew.",
      { cause },
    );
  }
}
