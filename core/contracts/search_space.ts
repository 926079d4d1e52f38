import { jsonFlaw } from "../json.ts";
import { createManyToken, type Flaw, type ManyToken } from "../plugin/token.ts";
import type { Blueprint } from "./blueprint.ts";
import type { Decision } from "./decision.ts";
import { methodFlaw, nameFlaw, told } from "./flaws.ts";

/** What may be decided about a network. The supernet and `derive` apply the effects. */
export interface SearchSpace {
  /** Name, which its decisions carry. */
  readonly name: string;
  /** The decisions about `blueprint`, in topological order: plain data. */
  decisions(blueprint: Blueprint): readonly Decision[];
}

function decisionsFlaw(made: unknown): Flaw {
  if (!Array.isArray(made)) return `must be a list: ${told(made)}`;
  const flaw = jsonFlaw(made);
  return flaw && `must be plain data: "${flaw.path}" is ${flaw.found}`;
}

/** Token of the {@linkcode SearchSpace}s of a run. */
export const SearchSpaceToken: ManyToken<SearchSpace> = createManyToken<SearchSpace>(
  "@espalier/core/SearchSpace",
  {
    members: { name: nameFlaw, decisions: methodFlaw },
    returns: { decisions: decisionsFlaw },
  },
);
