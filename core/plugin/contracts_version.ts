import { EspalierError } from "../errors.ts";

/**
 * Version of the contracts between core and plugins (`core/contracts`, `core/plugin`): the first
 * number changes when a plugin made for the old ones would no longer work.
 */
export const CONTRACTS = "1.0.0";

const RANGE = /^\^(\d+)(?:\.(\d+))?(?:\.(\d+))?$/;

const numbersOf = (version: string): readonly number[] => version.split(".").map(Number);

/** Whether a version lies in `^major.minor.patch`; undefined if that is no such range. */
export function meets(version: string, range: string): boolean | undefined {
  const match = RANGE.exec(range);
  if (match === null) return undefined;
  const least = match.slice(1).map((part) => Number(part ?? 0));
  const found = numbersOf(version);
  if (found[0] !== least[0]) return false;
  const differs = found.findIndex((part, i) => part !== least[i]);
  return differs < 0 || found[differs]! > least[differs]!;
}

/** Refuse a plugin that is made for other contracts. */
export function checkContracts(
  { name, contracts }: { readonly name: string; readonly contracts: string | undefined },
  version: string = CONTRACTS,
): void {
  if (contracts === undefined) return;
  const met = meets(version, contracts);
  if (met === true) return;
  throw new EspalierError(
    "ERR_PLUGIN_CONTRACTS",
    met === undefined
      ? `Cannot define plugin "${name}" as its "contracts" must be a range like "^1" or "^1.2": ` +
        `"${contracts}". Name the version of the contracts that it was made for.`
      : `Cannot use plugin "${name}" as it is made for version ${contracts} of the contracts: ` +
        `this core has ${version}. Install a version of the plugin, or of core, that fits.`,
    { plugin: name },
  );
}
