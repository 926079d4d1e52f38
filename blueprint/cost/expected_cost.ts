import type { Blueprint, CostModel, Decision, DecisionId } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import { type CostTerm, costTerms } from "./cost_terms.ts";
import { unstackRows } from "./unstack_rows.ts";

/** What {@linkcode expectedCost} takes. */
export interface ExpectedCostOptions {
  /** What there is to choose. */
  readonly decisions: readonly Decision[];
  /** What a node costs. Any function will do: the expectation is taken over tables of it. */
  readonly model: CostModel;
  /**
   * Whether projections that unequal widths need are omitted, as in the official code, or added in
   * expectation: the sum over unequal pairs of p_j · p_k · cost. Bottlenecks need the latter. Sides that
   * keep as many channels, but others, as a concatenation and slices may, count as equal.
   *
   * @default {"omitted"}
   */
  readonly projections?: "omitted" | "expected";
}

/** A prepared expected cost; holds tensors until it is disposed. */
export interface ExpectedCost extends Disposable {
  /**
   * Evaluate it, in a handful of operations on the tape.
   *
   * @param probabilities [candidates] by decision.
   * @returns The expected cost, in the model's unit.
   */
  evaluate(probabilities: ReadonlyMap<DecisionId, Tensor1D>): Scalar;
}

/**
 * One term of the sum that makes up an expected cost. All probabilities and a 1 form one column x. The
 * value of a row is (costs · x) times, for each factor, the sum of some entries of x.
 */
interface Row {
  /** Cost by column. */
  readonly costs: Map<number, number>;
  /** Columns that are summed, by factor: the candidate of a decision, or the depths that suffice. */
  readonly factors: readonly (readonly number[])[];
}

interface Columns {
  /** Column of each decision's first candidate. */
  readonly first: ReadonlyMap<Decision, number>;
  /** Column of the 1. */
  readonly one: number;
}

function columnsOf(decisions: readonly Decision[]): Columns {
  const first = new Map<Decision, number>();
  let one = 0;
  for (const decision of decisions) {
    first.set(decision, one);
    one += decision.candidates.length;
  }
  return { first, one };
}

/** All ways to pick an index of each decision's candidates. */
function combinations(decisions: readonly Decision[]): readonly (readonly number[])[] {
  return decisions.reduce<readonly (readonly number[])[]>(
    (picks, { candidates }) =>
      picks.flatMap((pick) => [...candidates.keys()].map((index) => [...pick, index])),
    [[]],
  );
}

function presenceColumns({ presence }: CostTerm, { first }: Columns): readonly number[][] {
  if (presence === undefined) return [];
  const { decision: { candidates }, decision, block } = presence;
  const deep = [...candidates.keys()].filter((index) => candidates[index]! > block);
  return [deep.map((index) => first.get(decision)! + index)];
}

/** Turn terms into rows; terms that differ only in their costs share one. */
function rowsOf(terms: readonly CostTerm[], columns: Columns): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const term of terms) {
    const [inner, ...outer] = term.decisions;
    const presence = presenceColumns(term, columns);
    for (const pick of combinations(outer)) {
      const values = pick.map((index, i) => outer[i]!.candidates[index]!);
      const factors = [
        ...pick.map((index, i) => [columns.first.get(outer[i]!)! + index]),
        ...presence,
      ];
      const key = factors.join(";");
      for (const [index, value] of (inner?.candidates ?? [0]).entries()) {
        const cost = term.cost([value, ...values]);
        if (cost === 0) continue;
        const { costs } = rows.get(key) ?? rows.set(key, { costs: new Map(), factors }).get(key)!;
        const column = inner === undefined ? columns.one : columns.first.get(inner)! + index;
        costs.set(column, (costs.get(column) ?? 0) + cost);
      }
    }
  }
  return [...rows.values()];
}

/** [factors · rows, columns]: the costs of all rows, then their first factors, and so on. */
function matrixOf(rows: readonly Row[], { one }: Columns): Tensor2D {
  const count = 1 + Math.max(0, ...rows.map(({ factors }) => factors.length));
  const matrix = tf.buffer([count * rows.length, one + 1]);
  for (const [row, { costs, factors }] of rows.entries()) {
    for (const [column, cost] of costs) matrix.set(cost, row, column);
    for (let factor = 1; factor < count; factor++) {
      for (const column of factors[factor - 1] ?? [one]) {
        matrix.set(1, factor * rows.length + row, column);
      }
    }
  }
  return matrix.toTensor() as Tensor2D;
}

/**
 * Prepare the expected cost of a network whose decisions are drawn from their probabilities:
 *
 *     E = Σ over nodes of P(its block is kept) · Σ_jk p_j · q_k · cost(c_j channels in, c_k out)
 *
 * For costs that are bilinear in the widths, as multiply-adds are, this is cost(E[in], E[out]), the
 * paper's eq. 8. Decisions are taken as independent. A node reads the width of its first input's main
 * branch; what follows a stage reads that of the stage's last block, as in the official code.
 *
 * @param blueprint The unpruned network.
 * @param options Decisions, cost model, and how projections count.
 * @returns The prepared function; dispose it.
 * @throws {EspalierError} ERR_CONFIG_INVALID if the cost of a node that reads many searched layers
 * at once is not bilinear; ERR_BLUEPRINT_INVALID where a node does not fit its inputs.
 */
export function expectedCost(blueprint: Blueprint, options: ExpectedCostOptions): ExpectedCost {
  const { decisions, model, projections = "omitted" } = options;
  const columns = columnsOf(decisions);
  const rows = rowsOf(costTerms(blueprint, { decisions, model, projections }), columns);
  // Kept when all are there.
  const { matrix, transposed, one } = tf.tidy(() => {
    const matrix = matrixOf(rows, columns);
    const all = { matrix, transposed: tf.transpose(matrix), one: tf.ones<tf.Rank.R1>([1]) };
    Object.values(all).forEach((tensor) => tf.keep<tf.Tensor>(tensor));
    return all;
  });
  // The gradient of matMul would transpose the matrix at every step: longer than all the rest.
  const factorsOf = tf.customGrad<Tensor>((column) => ({
    value: tf.matMul<Tensor>(matrix, column as Tensor),
    gradFunc: (dy) => tf.matMul<Tensor>(transposed, dy),
  }));

  return {
    evaluate: (probabilities) =>
      tf.tidy(() => {
        const column = tf.concat([...decisions.map(({ id }) => probabilities.get(id)!), one]);
        const factors = factorsOf(column.reshape([-1, 1])).reshape([-1, rows.length]);
        const product = unstackRows(factors).reduce((product, factor) => product.mul(factor));
        const nodes = product.sum();
        return (model.base === undefined ? nodes : nodes.add(model.base)) as Scalar;
      }),
    [Symbol.dispose]: () => tf.dispose([matrix, transposed, one]),
  };
}
