/**
 * A pass on TensorFlow.js's tape, node by node: the reference, which runs any network with any
 * aggregator.
 *
 * @module
 */
import { type LayerPart, outputsOf } from "@espalier/blueprint";
import {
  type Aggregator,
  type Blueprint,
  type Decision,
  EspalierError,
  type ForwardOptions,
  type Mixture,
  type NodeId,
  type Outputs,
  type Random,
} from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import {
  type ChannelMask,
  type MaskedValue,
  maskOf,
  maskOfExits,
  maskOfParts,
} from "./channel_mask.ts";
import { lastReads } from "./last_reads.ts";
import type { LinearMatrices } from "./linear_matrices.ts";
import { mixDepths } from "./mix_depths.ts";
import type { PartMix } from "./nodes/node_op.ts";
import { nodeOp } from "./nodes/table.ts";
import { partWidth } from "./nodes/unit.ts";
import { normsName } from "./parameters.ts";
import { exitOutputs, type ExitPlan, type NodePlan, nodesBehind } from "./plan.ts";
import type { RankPass } from "./ranks/rank_pass.ts";
import type { VariableStore } from "./store.ts";
import { type Pass, shareParameters } from "./tape_pass.ts";

/** A network as the tape sees it. */
export interface TapedNetwork {
  /** What was compiled. */
  readonly blueprint: Blueprint;
  /** Its nodes, in order. */
  readonly plans: readonly NodePlan[];
  /** Its stages whose depth is searched. */
  readonly exits: readonly ExitPlan[];
  /** Its searched layers, part by part. */
  readonly widths: ReadonlyMap<NodeId, readonly LayerPart[]>;
  /** What aligns its candidates, if it has any. */
  readonly aggregator: Aggregator | undefined;
  /** Its matrices, where candidates are fused. */
  readonly matrices: LinearMatrices | undefined;
  /** Its variables. */
  readonly store: VariableStore;
  /** Source of what dropout drops. */
  readonly random: Random;
  /** Layers of opaque nodes, whose weights are among the variables. */
  readonly layers: ReadonlyMap<NodeId, tf.layers.Layer>;
}

/** Settings of a pass whose batch may be shared with other ranks. */
export interface TapeOptions extends ForwardOptions {
  /** The other ranks. */
  readonly ranks?: RankPass;
}

/**
 * Run a pass.
 *
 * @param network The network.
 * @param images [batch, height, width, channels] of this rank, of each input.
 * @param options The pass.
 * @returns Logits and tapped values of this rank.
 * @throws {EspalierError} ERR_CONFIG_INVALID for a decision without a mixture, or a tap of no node;
 * ERR_SERVICE_MISSING for a supernet without an aggregator.
 */
export function runOnTape(
  network: TapedNetwork,
  images: tf.Tensor4D | readonly tf.Tensor4D[],
  options: TapeOptions,
): Outputs {
  const { blueprint, store, random, layers } = network;
  const entering = images instanceof tf.Tensor ? [images] : [...images];
  const values = new Map<string, tf.Tensor>();
  const masks = new Map<string, ChannelMask>();
  const masked = (name: string): MaskedValue => ({
    channels: values.get(name)!.shape.at(-1)!,
    mask: masks.get(name),
  });
  const exits = network.exits.map((exit) => ({ ...exit, mixture: mixtureOf(exit, options) }));
  const skipped = new Set(exits.flatMap((exit) => nodesBehind(exit, exit.mixture)));
  const plans = network.plans.filter(({ node }) => !skipped.has(node.id));
  const isLast = lastReads(plans.flatMap(({ sources }) => sources));
  const kept = keptNames(network, options);
  const bare: Pass = { ...options, store, random, layers, share: options.ranks?.share };
  const parameters = shareParameters(bare, plans.map(({ node }) => node.id));
  const pass: Pass = { ...bare, parameters };
  for (const plan of plans) {
    const { node, sources } = plan;
    const inputs = node.op === "input"
      ? [entering.shift()!]
      : sources.map((name) => values.get(name)!);
    const mix = mixOf(network, node.id, options);
    const mask = mix && mix.length > 1
      ? maskOfParts(mix.map(partWidth), mix.map(({ part }) => part))
      : maskOf(plan.channels, sources.map(masked), plan.extents);
    values.set(
      node.id,
      tf.tidy(() => nodeOp(node).evaluate(pass, inputs, { node, plan, mix, mask })),
    );
    masks.set(node.id, mask);
    for (const name of sources) {
      if (isLast(name) && !kept.has(name)) values.get(name)!.dispose();
    }
    for (const exit of exits) {
      const outputs = exitOutputs(exit, exit.mixture);
      if (values.has(exit.stage.id) || !outputs.every((id) => values.has(id))) continue;
      const reached = outputs.map((id) => values.get(id)!);
      values.set(exit.stage.id, leaveStage(network, reached, { exit, ranks: options.ranks }));
      masks.set(exit.stage.id, maskOfExits(outputs.map(masked)));
    }
  }
  tf.dispose([...parameters.values()]);
  const ends = outputsOf(blueprint);
  return {
    logits: values.get(blueprint.output)!,
    ...ends.length > 1 && { all: ends.map(({ node }) => values.get(node)!) },
    features: new Map(options.taps?.map((name) => [name, tapped(blueprint, name, values)])),
  };
}

/** What leaves a stage whose depth is searched. */
function leaveStage(
  { blueprint, aggregator = missingAggregator(blueprint), matrices }: TapedNetwork,
  outputs: readonly tf.Tensor[],
  { exit: { decision, stage, mixture: { weights } }, ranks }: {
    readonly exit: ExitPlan & { readonly mixture: Mixture };
    readonly ranks: RankPass | undefined;
  },
): tf.Tensor {
  return tf.tidy(() => {
    const all = (ranks?.shared(decision.id, weights) ?? weights) as tf.Tensor1D;
    return mixDepths(outputs, { weights: all, aggregator, matrices, place: stage.id });
  });
}

/** Values that are read after the last node. */
function keptNames(
  { blueprint, exits }: TapedNetwork,
  options: ForwardOptions,
): ReadonlySet<string> {
  return new Set([
    ...outputsOf(blueprint).map(({ node }) => node),
    ...exits.flatMap((exit) => exitOutputs(exit, mixtureOf(exit, options))),
    ...(options.taps ?? []).flatMap((name) => [name, lastOutput(blueprint, name) ?? name]),
  ]);
}

/** A node's value, or what leaves a stage. */
function tapped(
  blueprint: Blueprint,
  name: string,
  values: ReadonlyMap<string, tf.Tensor>,
): tf.Tensor {
  return values.get(name) ?? values.get(lastOutput(blueprint, name) ?? "") ??
    missingTap(blueprint, name);
}

function lastOutput({ stages }: Blueprint, stage: string): NodeId | undefined {
  return stages.find(({ id }) => id === stage)?.blocks.at(-1)?.output;
}

function mixOf(
  { blueprint, widths, aggregator, matrices }: TapedNetwork,
  node: NodeId,
  options: ForwardOptions,
): readonly PartMix[] | undefined {
  const parts = widths.get(node);
  return parts?.map((part): PartMix => {
    const { decision } = part, norms = normsName(parts, part);
    if (decision === undefined) return { part, norms, mix: undefined };
    const mixture = mixtureOf({ decision }, options);
    const channels = mixture.indices.map((i) => decision.candidates[i]!);
    const aligned = { aggregator: aggregator ?? missingAggregator(blueprint), matrices };
    return { part, norms, mix: { mixture, channels, ...aligned } };
  });
}

function mixtureOf(
  { decision }: { readonly decision: Decision },
  { mixtures }: ForwardOptions,
): Mixture {
  const mixture = mixtures?.get(decision.id);
  if (mixture !== undefined) return mixture;
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot run a supernet as decision "${decision.id}" has no mixture: give one for each decision.`,
  );
}

function missingAggregator({ name }: Blueprint): never {
  throw new EspalierError(
    "ERR_SERVICE_MISSING",
    `Cannot run the supernet of "${name}" as no plugin provides an aggregator: install one.`,
  );
}

function missingTap({ name, nodes }: Blueprint, tap: string): never {
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot tap "${tap}" as network "${name}" has no such node or stage. Its nodes: ${
      nodes.slice(0, 6).map(({ id }) => id).join(", ")
    } …`,
  );
}
