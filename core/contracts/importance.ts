import { createToken, type Flaw, type Token } from "../plugin/token.ts";
import type { RandomStream } from "../random/random.ts";
import type { BlueprintNode } from "./blueprint.ts";
import type { DecisionId } from "./decision.ts";
import { methodFlaw, nameFlaw, numberFlaw, told } from "./flaws.ts";
import type { TrainedNetwork } from "./network.ts";

/** What a layer is to a group of channels that are kept or dropped together. */
export type MemberRole =
  /** It makes them: of each the filter. */
  | "filter"
  /** It normalises them: of each the factor gamma. */
  | "scale"
  /** It reads them: of each the part of the kernel that does, in all of its filters. */
  | "reader";

/** An array of a layer, in the group whose channels it holds. */
export interface GroupMember {
  /** The decision about the group. */
  readonly group: DecisionId;
  /** The layer, of the unpruned network. */
  readonly node: BlueprintNode;
  /** What it is to the group. */
  readonly role: MemberRole;
  /** What the array has of each channel, row-major: one array a channel of the group. */
  readonly weights: readonly Float32Array[];
}

/** What an importance sees beside the weights. */
export interface ImportanceInput {
  /** The trained network. */
  readonly teacher: TrainedNetwork;
  /** Source of randomness of this member. */
  readonly random: RandomStream;
  /** Derivatives of the mean loss on a batch with respect to the member's weights, in their form. */
  readonly gradients?: readonly Float32Array[];
  /**
   * Values of each channel on a batch, after the layer's norm and activation, position by position of
   * image by image. Of members that read a group there are none.
   */
  readonly activations?: readonly Float32Array[];
}

/** What an importance may ask for beside the weights. */
export type ImportanceNeed = "activations" | "gradients";

/** Says how much each channel of a network matters. */
export interface Importance {
  /** Name, for errors. */
  readonly name: string;
  /** The roles that it scores, the one that it is defined for first. */
  readonly roles: readonly MemberRole[];
  /**
   * What it needs of batches of training images; nothing else is computed. Scores are then means over
   * the batches.
   *
   * @default {[]}
   */
  readonly needs?: readonly ImportanceNeed[];
  /**
   * Score the channels of one member.
   *
   * @param member The member, of one of its roles.
   * @param input What it needs.
   * @returns One number of at least 0 a channel: the higher, the more it matters.
   */
  score(member: GroupMember, input: ImportanceInput): readonly number[];
}

const ROLES: readonly unknown[] = ["filter", "scale", "reader"] satisfies readonly MemberRole[];
const NEEDS: readonly unknown[] = ["activations", "gradients"] satisfies readonly ImportanceNeed[];

function namesFlaw(names: unknown, known: readonly unknown[], least: number): Flaw {
  const fits = Array.isArray(names) && names.length >= least &&
    names.every((name) => known.includes(name));
  return fits ? undefined : `must be a list of ${known.join(", ")}: ${told(names)}`;
}

function scoresFlaw(made: unknown, channels: number): Flaw {
  if (!Array.isArray(made) || made.length !== channels) {
    return `must be a list of ${channels} numbers: ${told(made)}`;
  }
  const at = made.findIndex((score) => numberFlaw(score, 0) !== undefined);
  return at < 0 ? undefined : `has channel ${at}, which ${numberFlaw(made[at], 0)}`;
}

/** Token of the {@linkcode Importance} of a run. */
export const ImportanceToken: Token<Importance> = createToken<Importance>(
  "@espalier/core/Importance",
  {
    members: {
      name: nameFlaw,
      roles: (roles) => namesFlaw(roles, ROLES, 1),
      needs: (needs = []) => namesFlaw(needs, NEEDS, 0),
      score: methodFlaw,
    },
    returns: { score: (made, [{ weights }]) => scoresFlaw(made, weights.length) },
  },
);
