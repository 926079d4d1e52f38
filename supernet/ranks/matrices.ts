import type { Aggregator, Blueprint, Decision, NodeId } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { widthDecisions } from "../parameters.ts";
import { exitOutputs, planExits } from "../plan.ts";

/** Widths that a node's value can have in the supernet. */
function widthsOf(
  { nodes }: Blueprint,
  searched: ReadonlyMap<NodeId, Decision>,
): ReadonlyMap<NodeId, readonly number[]> {
  const widths = new Map<NodeId, readonly number[]>();
  for (const node of nodes) {
    const own = searched.get(node.id)?.candidates ??
      (node.op === "conv" || node.op === "dense" ? [node.channels] : undefined);
    const first = node.op === "input" ? [node.shape[2]] : [];
    widths.set(node.id, own ?? [...first, ...node.inputs.flatMap((id) => widths.get(id)!)]);
  }
  return widths;
}

/**
 * A linear aggregator's matrices for all widths that can meet: candidates of one decision, and
 * outputs of the blocks of a stage whose depth is searched.
 *
 * @param blueprint The network.
 * @param decisions Its decisions.
 * @param matrix The aggregator's function.
 * @returns Matrices by `from,to`.
 */
export function linearMatrices(
  blueprint: Blueprint,
  decisions: readonly Decision[],
  matrix: NonNullable<Aggregator["matrix"]>,
): ReadonlyMap<string, Float32Array> {
  const searched = widthDecisions(decisions);
  const widths = widthsOf(blueprint, searched);
  const exits = planExits(blueprint, decisions).map((exit) => {
    const indices = exit.decision.candidates.map((_, i) => i);
    const outputs = exitOutputs(exit, { indices });
    return outputs.flatMap((id) => widths.get(id)!);
  });
  const matrices = new Map<string, Float32Array>();
  for (const group of [...[...searched.values()].map(({ candidates }) => candidates), ...exits]) {
    for (const from of group) {
      for (const to of group) {
        const key = `${from},${to}`;
        if (from <= to && !matrices.has(key)) matrices.set(key, matrix(from, to));
      }
    }
  }
  return matrices;
}

/** The aggregator that such matrices make. */
export function linearAggregator(matrices: ReadonlyMap<string, Float32Array>): Aggregator {
  const matrix = (from: number, to: number) => matrices.get(`${from},${to}`)!;
  return {
    matrix,
    resize(x, channels) {
      const from = x.shape[x.rank - 1]!;
      if (from === channels) return x;
      const rows = x.reshape([-1, from]) as tf.Tensor2D;
      return tf.matMul(rows, tf.tensor2d(matrix(from, channels), [from, channels]))
        .reshape([...x.shape.slice(0, -1), channels]);
    },
  };
}
