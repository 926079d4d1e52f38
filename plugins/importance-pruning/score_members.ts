import type {
  Batch,
  DecisionId,
  HostTensor,
  Importance,
  Network,
  SearchContext,
  TrainedNetwork,
} from "@espalier/core";
import { compile } from "@espalier/supernet";
import { answer, entering, lossGradients, nextTurn, toTensors } from "@espalier/training";
import * as tf from "@tensorflow/tfjs";
import type { Scores } from "./group_importance.ts";
import { type MemberPlace, rowsOf } from "./group_members.ts";

/** The part of a search context that scoring uses. */
export type ScoringContext = Pick<
  SearchContext,
  "batches" | "checkpoint" | "data" | "objective" | "random" | "signal"
>;

/** What {@linkcode scoreMembers} works with. */
export interface ScoreMembersOptions {
  /** What scores. */
  readonly importance: Importance;
  /** The trained network. */
  readonly teacher: TrainedNetwork;
  /** Images, if the importance needs any. */
  readonly context: ScoringContext;
  /** How many of them, rounded up to whole batches. */
  readonly images: number;
  /** Images per batch. */
  readonly batchSize: number;
  /**
   * Key of the images and of randomness.
   *
   * @default {0}
   */
  readonly round?: number;
  /** Where an earlier process stopped. */
  readonly from?: ScoringState | undefined;
  /** Keeps where it stands. */
  readonly save?: (state: ScoringState) => Promise<void>;
}

/** All that the rest of a scoring depends on. */
export interface ScoringState {
  /** Batches that are done. */
  readonly batches: number;
  /** Their images. */
  readonly images: number;
  /** Mean scores over them. */
  readonly scores: Readonly<Record<DecisionId, readonly Scores[]>>;
}

/** Scores of the members of each group, and how many images they took. */
export interface MemberScores {
  /** Of each member, in the order of its group. */
  readonly scores: ReadonlyMap<DecisionId, readonly Scores[]>;
  /** Images that passed forward. */
  readonly images: number;
}

/** What one batch showed: arrays by name, values by node. */
interface Seen {
  readonly gradients?: ReadonlyMap<string, HostTensor>;
  readonly activations?: ReadonlyMap<string, HostTensor>;
}

const onHost = (tensors: ReadonlyMap<string, tf.Tensor>): ReadonlyMap<string, HostTensor> =>
  new Map(
    [...tensors].map(([name, tensor]) =>
      [name, { shape: tensor.shape, values: tensor.dataSync<"float32">() }] as const
    ),
  );

/** Pass a batch through the network in inference mode. */
function look(
  network: Network,
  batch: Batch,
  { importance: { needs = [] }, context: { data, objective }, taps }: ScoreMembersOptions & {
    readonly taps: readonly string[];
  },
): Seen {
  let seen: Seen = {};
  tf.tidy(() => {
    const { labels, ...inputs } = toTensors(batch, data);
    const loss = () =>
      objective.loss(answer(network, { ...inputs, data }, { training: false }), labels);
    const values = () =>
      network.forward(entering(network.blueprint, inputs), { training: false, taps }).features;
    seen = {
      ...needs.includes("activations") && { activations: onHost(values()) },
      ...needs.includes("gradients") &&
        { gradients: onHost(lossGradients(loss, network.parameters).gradients) },
    };
  });
  return seen;
}

function scoreMember(
  place: MemberPlace,
  { gradients, activations }: Seen,
  { importance, teacher, context, round = 0 }: ScoreMembersOptions,
): Scores {
  const { group, node, role, array, channels } = place;
  const weights = teacher.weights[array]!;
  const value = role === "reader" ? undefined : activations?.get(node.id);
  // A weight that the loss does not reach has no gradient.
  const zeros = () => ({ ...weights, values: new Float32Array(weights.values.length) });
  return importance.score({ group, node, role, weights: rowsOf(weights, place) }, {
    teacher,
    random: context.random.stream(`importance/${array}`, round),
    ...gradients && { gradients: rowsOf(gradients.get(array) ?? zeros(), place) },
    ...value && { activations: rowsOf(value, { axis: value.shape.length - 1, channels }) },
  });
}

/**
 * Score all members of all groups. Where the importance needs images, scores are means over batches,
 * weighed by their size.
 *
 * @param members Members by group.
 * @param options Importance, trained network, images.
 * @returns Scores, and how many images they took.
 */
export async function scoreMembers(
  members: ReadonlyMap<DecisionId, readonly MemberPlace[]>,
  options: ScoreMembersOptions,
): Promise<MemberScores> {
  const { importance, teacher, context, batchSize, round = 0, from, save } = options;
  const scoreAll = (seen: Seen) =>
    new Map(
      [...members].map(([id, places]) =>
        [id, places.map((place) => scoreMember(place, seen, options))] as const
      ),
    );
  if (!importance.needs?.length) return { scores: scoreAll({}), images: 0 };
  const values = [...members.values()].flat().filter(({ role }) => role !== "reader");
  const taps = [...new Set(values.map(({ node }) => node.id))];
  using network = compile(teacher.blueprint, { random: context.random, weights: teacher.weights });
  let { images, batches } = from ?? { images: 0, batches: 0 };
  let mean: MemberScores["scores"] | undefined = from && new Map(Object.entries(from.scores));
  const drawn = { epoch: round, batchSize: Math.min(batchSize, options.images), skip: batches };
  if (mean !== undefined && images >= options.images) return { scores: mean, images };
  for await (const batch of context.batches("architecture", drawn)) {
    const found = scoreAll(look(network, batch, { ...options, taps }));
    images += batch.size;
    batches++;
    mean = mean === undefined ? found : moved(mean, found, batch.size / images);
    await nextTurn();
    if (context.checkpoint.due("step")) {
      await save?.({ batches, images, scores: Object.fromEntries(mean) });
    }
    context.signal.throwIfAborted();
    if (images >= options.images) break;
  }
  return { scores: mean!, images };
}

/** A mean, moved by a share towards what was found. */
function moved(
  mean: ReadonlyMap<DecisionId, readonly Scores[]>,
  found: ReadonlyMap<DecisionId, readonly Scores[]>,
  share: number,
): ReadonlyMap<DecisionId, readonly Scores[]> {
  return new Map(
    [...mean].map(([id, members]) => {
      const news = found.get(id)!;
      const next = members.map((scores, m) =>
        scores.map((score, channel) => score + share * (news[m]![channel]! - score))
      );
      return [id, next] as const;
    }),
  );
}
