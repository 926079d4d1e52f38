import { unstackRows, weightOwner } from "@espalier/blueprint";
import type { Aggregator, MakerNode, Mixture } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { LinearMatrices } from "./linear_matrices.ts";
import { activated } from "./ops/activations.ts";
import type { Moments } from "./ops/kernels.ts";
import { linearMap } from "./ops/linear_map.ts";
import { activate, firstChannels, type FusedActivation } from "./ops/rows.ts";
import { type Candidate, inferenceMap, sum, trainingMap } from "./ops/tensor_algebra.ts";
import { mixedNorm } from "./ops/tensor_norms.ts";
import { searchNormOf } from "./parameters.ts";
import { applyNorm, batchSums, moveAverages, normArrays, type Pass } from "./tape_pass.ts";

/** What turns the output of a shared convolution into the mixture of its candidates. */
export interface MixWidthsOptions {
  /** The layer. */
  readonly node: MakerNode;
  /** What the norms of its candidates are called: `norm`, or `norm/4:8` of a slice of it. */
  readonly norms: string;
  /** Which candidates, and their weights. */
  readonly mixture: Mixture;
  /** Channels of each candidate of the mixture. */
  readonly channels: readonly number[];
  /** Aligns them. */
  readonly aggregator: Aggregator;
  /** Matrices of a linear aggregator; undefined: one candidate after the other. */
  readonly matrices: LinearMatrices | undefined;
}

/**
 * Norm, align, weigh and sum the candidates of a searched convolution, then activate.
 *
 * @param pass The forward pass.
 * @param o [batch, height, width, C], C the widest candidate of the mixture.
 * @param options The mixture.
 * @returns [batch, height, width, C].
 */
export function mixWidths(pass: Pass, o: tf.Tensor, options: MixWidthsOptions): tf.Tensor {
  const { matrices, node } = options;
  return activated(
    node.activation,
    (activation) =>
      matrices === undefined
        ? activate(mixOneByOne(pass, o, options), activation)
        : mixFused(pass, o, { ...options, matrices, activation }),
  );
}

/** The reference: each candidate by itself, with any aggregator. */
function mixOneByOne(pass: Pass, o: tf.Tensor, options: MixWidthsOptions): tf.Tensor {
  const { node, mixture, channels, aggregator } = options;
  const widest = Math.max(...channels);
  const prefixes = prefixesOf(options);
  const weights = unstackRows(mixture.weights);
  const norm = searchNormOf(node);
  const parts = mixture.indices.map((_, k) => {
    const own = firstChannels(o, channels[k]!);
    const normed = norm === undefined ? own : applyNorm(pass, own, {
      prefix: prefixes[k]!,
      norm,
      activation: undefined,
    });
    return tf.mul(aggregator.resize(normed, widest, node.id), weights[k]!);
  });
  return sum(parts);
}

/** A mixture whose aggregator is linear. */
type LinearMix = MixWidthsOptions & {
  readonly matrices: LinearMatrices;
  readonly activation: FusedActivation | undefined;
};

/** All candidates as one matrix; see ops/tensor_norms.ts. */
function mixFused(pass: Pass, o: tf.Tensor, options: LinearMix): tf.Tensor {
  const { node, norms, activation } = options;
  const norm = searchNormOf(node);
  const batch = batchSums(pass, `${node.id}/${norms}`);
  if (norm === undefined || !pass.training) {
    const { matrix, bias } = inferenceMap(candidatesOf(pass, options), {
      widest: Math.max(...options.channels),
      epsilon: norm?.epsilon ?? 0,
    });
    return linearMap(o, { matrix, bias: tracked(pass, bias), activation, batch });
  }
  const onMoments = (moments: Moments, count: number) =>
    prefixesOf(options).forEach((prefix) => moveAverages(pass, moments, { prefix, norm, count }));
  const rest = { epsilon: norm.epsilon, activation, batch, onMoments };
  const map = trainingMap(candidatesOf(pass, options), Math.max(...options.channels));
  return mixedNorm(o, { matrix: map.matrix, bias: tracked(pass, map.bias), ...rest });
}

/** Names of the candidates' norms. */
function prefixesOf({ node, norms, mixture }: MixWidthsOptions): string[] {
  return mixture.indices.map((index) => `${weightOwner(node)}/${norms}/${index}`);
}

function tracked({ ranks }: Pass, x: tf.Tensor1D): tf.Tensor1D {
  return (ranks?.tracked(x) ?? x) as tf.Tensor1D;
}

/** The candidates as tensors. */
function candidatesOf(pass: Pass, options: LinearMix): Candidate[] {
  const { node, mixture, channels, matrices } = options;
  const weights = unstackRows(mixture.weights);
  const prefixes = prefixesOf(options);
  return channels.map((width, k) => ({
    weight: weights[k]!,
    matrix: matrices.tensor(width, Math.max(...channels)),
    channels: width,
    ...(searchNormOf(node) && normArrays(pass, { prefix: prefixes[k]!, channels: width })),
  }));
}
