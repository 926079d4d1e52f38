import { EspalierError } from "@espalier/core";
import { nearest } from "@espalier/core/run";

/** Refuse unknown properties: a misspelt one would silently do nothing. */
export function checkNames(given: object, { subject, names }: {
  readonly subject: string;
  readonly names: readonly string[];
}): void {
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const meant = nearest(unknown, names);
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot configure ${subject} as "${unknown}" is unknown: valid names are ${
      names.join(", ")
    }. ` +
      (meant === undefined ? "Remove it." : `Did you mean "${meant}"?`),
  );
}
