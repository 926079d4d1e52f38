import { derive as deriveBlueprint } from "@espalier/blueprint";
import type { Phase } from "@espalier/core";
import type { HasArchitecture, HasPruned } from "../made.ts";

/**
 * Make the narrower, shallower blueprint.
 *
 * @returns The phase; it makes `pruned` of `architecture`.
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
