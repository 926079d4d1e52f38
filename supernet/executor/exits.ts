import type { DecisionId } from "@espalier/core";
import type { HostMixture } from "../ranks/rank_pool.ts";
import type { Feature } from "./ops.ts";
import type { PassState, WayBack } from "./state.ts";

/** A linear map between widths; between equal ones the identity. */
interface Aggregation {
  readonly matrix: Float32Array;
  readonly diagonal: boolean;
}

/**
 * The output of a stage while its depth is searched (TAS, eq. 5): Σ_l q_l · x_l·A_l. Each block
 * output takes one pass over the data, and two in the backward pass.
 */
export function mixFeatures(
  state: PassState,
  { value, decision, outputs, mixture: { weights } }: {
    readonly value: string;
    readonly decision: DecisionId;
    readonly outputs: readonly string[];
    readonly mixture: HostMixture;
  },
): WayBack {
  const { ops, ledger, values } = state;
  const xs = outputs.map((id) => values.get(id)!);
  const channels = Math.max(...xs.map(({ shape }) => shape[3]));
  const maps = xs.map(({ shape }) => aggregationOf(state, { from: shape[3], to: channels }));
  const bias = new Float32Array(channels);
  let y: Feature | undefined;
  for (const [l, x] of xs.entries()) {
    const sum = ledger.hold(
      ops.affine(x, { ...scaled(maps[l]!, weights[l]!), bias, residual: y, relu: false }),
    );
    ledger.release(y);
    y = sum;
  }
  values.set(value, y!);
  return {
    value,
    back: (dys) => goBack(state, { dys, outputs, decision, channels, weights, maps }),
    [Symbol.dispose]() {},
  };
}

function goBack(
  { ops, ledger, values, dValues, gradients }: PassState,
  { dys, outputs, decision, channels, weights, maps }: {
    readonly dys: readonly Feature[];
    readonly outputs: readonly string[];
    readonly decision: DecisionId;
    readonly channels: number;
    readonly weights: Float32Array;
    readonly maps: readonly Aggregation[];
  },
): void {
  const ofWeights = new Float32Array(outputs.length);
  for (const [l, id] of outputs.entries()) {
    const x = values.get(id)!, map = maps[l]!, own = x.shape[3];
    const { d, matrix } = ops.affineGradient(x, { dys, channels, diagonal: map.diagonal });
    ledger.hold(d);
    for (let i = 0; i < matrix.length; i++) ofWeights[l]! += matrix[i]! * map.matrix[i]!;
    const back = scaled(transposed(map, { rows: own, columns: channels }), weights[l]!);
    const dx = ledger.hold(
      ops.affine(d, { ...back, bias: new Float32Array(own), relu: false }),
    );
    dValues.add(id, dx);
    ledger.release(d, dx);
  }
  gradients.mixtures.set(decision, ofWeights);
}

function aggregationOf(
  { pass }: PassState,
  { from, to }: { readonly from: number; readonly to: number },
): Aggregation {
  return from === to
    ? { matrix: new Float32Array(to).fill(1), diagonal: true }
    : { matrix: pass.aggregation(from, to), diagonal: false };
}

function scaled({ matrix, diagonal }: Aggregation, factor: number): Aggregation {
  return { matrix: matrix.map((entry) => entry * factor), diagonal };
}

function transposed(
  { matrix, diagonal }: Aggregation,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): Aggregation {
  if (diagonal) return { matrix, diagonal };
  const turned = new Float32Array(matrix.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) turned[j * rows + i] = matrix[i * columns + j]!;
  }
  return { matrix: turned, diagonal };
}
