import { derive as deriveBlueprint } from "@espalier/blueprint";
import type { Phase } from "@espalier/core";
import type { HasArchitecture, HasPruned, HasSurgery, HasTeacher } from "../made.ts";
import { proveSurgery } from "./prove_surgery.ts";

/**
 * Derive the narrower, shallower blueprint, and prove on a few images that it is rightly cut out of the
 * teacher: an event `derive:check` says by how much they differ.
 *
 * @returns The phase; it makes `pruned` and `surgery` from `architecture`.
 */
export function derive(): Phase<
  HasArchitecture & Partial<HasTeacher>,
  HasPruned & HasSurgery
> {
  return {
    name: "derive",
    version: "2",
    uses: [],
    usesBudget: true,
    makes: ["pruned", "surgery"],
    run: async (context, { architecture, teacher }) => {
      const { blueprint, decisions } = context;
      const pruned = deriveBlueprint(blueprint, { decisions, ...architecture });
      return { pruned, surgery: await proveSurgery(context, { pruned, teacher }) };
    },
  };
}
