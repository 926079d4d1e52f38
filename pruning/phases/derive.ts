import { derive as deriveBlueprint } from "@espalier/blueprint";
import type { Phase } from "@espalier/core";
import type { HasArchitecture, HasPruned } from "../made.ts";

/**
 * Derive the narrower, shallower blueprint.
 *
 * @returns The phase; it makes `pruned` from `architecture`.
 */
export function derive(): Phase<HasArchitecture, HasPruned> {
  return {
    name: "derive",
    version: "1",
    uses: [],
    usesBudget: true,
    makes: ["pruned"],
    run: ({ blueprint, decisions }, { architecture }) =>
      Promise.resolve({ pruned: deriveBlueprint(blueprint, { decisions, ...architecture }) }),
  };
}
