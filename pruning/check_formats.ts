import { type Blueprint, EspalierError, type ModelFormat } from "@espalier/core";

/** What every model folder holds. */
const TAKEN = ["model.json", "weights.bin"];

function fault({ name, file }: ModelFormat, others: readonly ModelFormat[]): string | undefined {
  if (!/^\w[\w.-]*$/.test(file)) return `"${file}" is no plain name`;
  if (TAKEN.includes(file)) return `"${file}" is a file of the layers-model`;
  if (others.some((other) => other.name === name)) return `there are two of that name`;
  const other = others.find((other) => other.file === file);
  return other && `"${file}" is written by "${other.name}" too`;
}

/** Refuse formats whose files would meet, and a network that one of them cannot write. */
export function checkFormats(formats: readonly ModelFormat[], network: Blueprint): void {
  for (const format of formats) {
    const state = fault(format, formats.filter((other) => other !== format));
    if (state !== undefined) {
      throw new EspalierError(
        "ERR_CONFIG_INVALID",
        `Cannot write models in format "${format.name}" as every format has a name and a file of ` +
          `its own: ${state}. Install one of the two, or let its author rename it.`,
      );
    }
    format.check?.(network);
  }
}
