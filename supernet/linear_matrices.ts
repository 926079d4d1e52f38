import { channelRule, inferShapes, layerParts, widestShapes } from "@espalier/blueprint";
import type { Aggregator, Blueprint, Decision, NodeId } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import { exitOutputs, planExits } from "./plan.ts";
import { pairsOf } from "./probe_aggregator.ts";

/** Matrices on the host, row by row, by `from,to`. */
export type HostMatrices = ReadonlyMap<string, Float32Array>;

/** Widths that the value of each node can have in the supernet. One of several parts is always full. */
function widthsOf(
  blueprint: Blueprint,
  decisions: readonly Decision[],
): ReadonlyMap<NodeId, readonly number[]> {
  const searched = layerParts(blueprint, decisions);
  const shapes = inferShapes(blueprint);
  const { made } = widestShapes(blueprint, decisions);
  const exits = new Map(
    planExits(blueprint, decisions).map(({ stage: { blocks } }) =>
      [blocks.at(-1)!.output, blocks.slice(0, -1)] as const
    ),
  );
  const widths = new Map<NodeId, readonly number[]>();
  for (const node of blueprint.nodes) {
    const { id, inputs } = node;
    const rule = channelRule(node, inputs.map((input) => shapes.get(input)!));
    const times = rule.kind === "spreads" ? rule.times : 1;
    const own = rule.kind === "makes" || rule.kind === "joins"
      ? [made.get(id)!.channels]
      : inputs.flatMap((input) => widths.get(input)!.map((width) => width * times));
    // What reads the end of a stage may read the width of any of its blocks.
    const earlier = exits.get(id)?.flatMap(({ output }) => widths.get(output)!) ?? [];
    const [part, ...others] = searched.get(id) ?? [];
    const candidates = others.length === 0 ? part?.decision?.candidates : undefined;
    widths.set(id, [...candidates ?? own, ...earlier]);
  }
  return widths;
}

/** Widths that are aligned with each other: by decision about a width, and by stage left early. */
export function widthsThatMeet(
  blueprint: Blueprint,
  decisions: readonly Decision[],
): readonly (readonly number[])[] {
  const widths = widthsOf(blueprint, decisions);
  const exits = planExits(blueprint, decisions).map((exit) => {
    const indices = exit.decision.candidates.map((_, i) => i);
    return exitOutputs(exit, { indices }).flatMap((id) => widths.get(id)!);
  });
  const searched = decisions.filter(({ effect }) => effect.kind === "channels");
  return [...searched.map(({ candidates }) => candidates), ...exits];
}

/** What {@linkcode LinearMatrices} is made of. */
export interface LinearMatricesOptions {
  /** The network. */
  readonly blueprint: Blueprint;
  /** Its decisions. */
  readonly decisions: readonly Decision[];
  /** The aggregator's function. */
  readonly matrix: NonNullable<Aggregator["matrix"]>;
}

/** A linear aggregator's matrices for all pairs of widths that meet in a supernet, made once. */
export class LinearMatrices implements Disposable {
  /** All of them. */
  readonly onHost: HostMatrices;
  readonly #tensors = new Map<string, tf.Tensor2D>();

  /** @param options Network, decisions and aggregator. */
  constructor({ blueprint, decisions, matrix }: LinearMatricesOptions) {
    const onHost = new Map<string, Float32Array>();
    for (const [from, to] of pairsOf(widthsThatMeet(blueprint, decisions))) {
      onHost.set(`${from},${to}`, matrix(from, to));
    }
    this.onHost = onHost;
    tf.tidy(() => {
      for (const [key, values] of onHost) {
        const [from, to] = key.split(",").map(Number);
        this.#tensors.set(key, tf.tensor2d(values, [from!, to!]));
      }
      // Kept when all are there.
      this.#tensors.forEach((tensor) => tf.keep(tensor));
    });
  }

  /** [from, to]. */
  tensor(from: number, to: number): tf.Tensor2D {
    return this.#tensors.get(`${from},${to}`)!;
  }

  /** [from · to] entries, row by row. */
  values(from: number, to: number): Float32Array {
    return this.onHost.get(`${from},${to}`)!;
  }

  /** Free the tensors. */
  [Symbol.dispose](): void {
    tf.dispose([...this.#tensors.values()]);
  }
}

/** The aggregator of such matrices, for a thread that has no other. */
export function linearAggregator(matrices: HostMatrices): Aggregator {
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
