/**
 * The named kernels of the supernet: passes over [..., C] data that norms, mixtures and their
 * gradients are made of. Here they are composed of TensorFlow.js's operations. An engine may
 * register faster ones with `tf.registerKernel` under the same names, as it does for
 * TensorFlow.js's own.
 *
 * They run off the tape: only custom gradients (custom_op.ts) call them.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import {
  activate,
  asRows,
  columnSums,
  firstChannels,
  type FusedActivation,
  maskGradient,
  padChannels,
} from "./rows.ts";

/** Mean and biased variance of each channel. */
export interface Moments {
  /** [C]. */
  readonly mean: tf.Tensor1D;
  /** [C]. */
  readonly variance: tf.Tensor1D;
}

/** |mean| ≤ 7 deviations: E[x²] − E[x]² then loses less than two of float32's seven digits. */
const SAFE_RATIO = 50;

/**
 * `EspalierColumnMoments`: mean and biased variance of each channel of x [..., C]. Accurate where
 * |mean| ≫ deviation.
 */
export function columnMoments(x: tf.Tensor): Moments {
  const made = runNamed("EspalierColumnMoments", { x });
  if (made !== undefined) {
    return { mean: made[0] as tf.Tensor1D, variance: made[1] as tf.Tensor1D };
  }
  const rows = asRows(x), count = rows.shape[0];
  const mean = tf.div(columnSums(rows), count) as tf.Tensor1D;
  const meanSquare = mean.square();
  const fast = tf.sub(tf.div(columnSums(rows.square()), count), meanSquare) as tf.Tensor1D;
  const safe = tf.all(tf.lessEqual(meanSquare, tf.mul(fast, SAFE_RATIO))).dataSync()[0] === 1;
  const variance = safe ? fast : tf.div(columnSums(tf.square(tf.sub(rows, mean))), count);
  return { mean, variance: variance as tf.Tensor1D };
}

/** What `affine` computes besides the product. */
export interface AffineOptions {
  /** [C, D], or the diagonal [C] of a diagonal one. */
  readonly matrix: tf.Tensor;
  /** [D]. */
  readonly bias: tf.Tensor;
  /** [..., D], added. */
  readonly residual?: tf.Tensor;
  /** Factor of the residual by channel, [D]. Absent: 1. */
  readonly scale?: tf.Tensor;
  /** Applied at the end. */
  readonly activation?: FusedActivation | undefined;
}

/** `EspalierAffine`: x·matrix + bias + residual∘scale, then the activation. [..., C] → [..., D]. */
export function affine(x: tf.Tensor, options: AffineOptions): tf.Tensor {
  const { matrix, bias, residual, scale, activation } = options;
  const inputs = { x, matrix, bias, ...(residual && { residual }), ...(scale && { scale }) };
  const [made] = runNamed("EspalierAffine", inputs, { relu: activation === "relu" }) ?? [];
  if (made !== undefined) return activation === "relu" ? made : activate(made, activation);
  const rows = asRows(x);
  const product = matrix.rank === 1 ? rows.mul(matrix) : tf.matMul(rows, matrix as tf.Tensor2D);
  const shifted = product.add(bias);
  const sum = residual === undefined
    ? shifted
    : shifted.add(scale === undefined ? asRows(residual) : asRows(residual).mul(scale));
  return activate(sum, activation).reshape([...x.shape.slice(0, -1), bias.size]);
}

/** What `affineGradient` gives. */
export interface AffineGradient {
  /** Gradient before the activation, [..., D]. */
  readonly d: tf.Tensor;
  /** Its sum over the rows, [D]. */
  readonly bias: tf.Tensor1D;
  /** xᵀ·d, [C, D]; of a diagonal matrix Σ x∘d, [C]. */
  readonly matrix: tf.Tensor;
}

/** `EspalierAffineGrad`: gradient of `affine` with respect to matrix and bias, and d. */
export function affineGradient(
  { x, dy, y, activation, diagonal }: {
    readonly x: tf.Tensor;
    readonly dy: tf.Tensor;
    readonly y: tf.Tensor | undefined;
    readonly activation: FusedActivation | undefined;
    readonly diagonal: boolean;
  },
): AffineGradient {
  const fused = activation === "relu";
  const given = fused || activation === undefined ? dy : maskGradient(dy, y!, activation);
  const made = runNamed(
    "EspalierAffineGrad",
    { x, dy: given, ...(fused && { y: y! }) },
    { diagonal },
  );
  if (made !== undefined) {
    return { d: made[0]!, bias: made[1] as tf.Tensor1D, matrix: made[2]! };
  }
  const d = fused ? maskGradient(dy, y!, activation) : given;
  const [rows, dRows] = [asRows(x), asRows(d)];
  const matrix = diagonal ? columnSums(tf.mul(rows, dRows)) : tf.matMul(rows, dRows, true, false);
  return { d, bias: columnSums(dRows), matrix };
}

/**
 * `EspalierResidualAdd`: a [..., C] + b [..., D], the narrower padded with zero channels, then the
 * activation.
 */
export function residualSum(
  [a, b]: readonly [tf.Tensor, tf.Tensor],
  activation: FusedActivation | undefined,
): tf.Tensor {
  const [made] = runNamed("EspalierResidualAdd", { a, b }, { relu: activation === "relu" }) ?? [];
  if (made !== undefined) return activation === "relu" ? made : activate(made, activation);
  const widest = Math.max(a.shape[a.rank - 1]!, b.shape[b.rank - 1]!);
  return activate(tf.add(padChannels(a, widest), padChannels(b, widest)), activation);
}

/** `EspalierResidualAddGrad`: gradients of `residualSum` with respect to a and b. */
export function residualSumGradient(
  { dy, y, activation, channels }: {
    readonly dy: tf.Tensor;
    readonly y: tf.Tensor | undefined;
    readonly activation: FusedActivation | undefined;
    readonly channels: readonly [number, number];
  },
): readonly tf.Tensor[] {
  const fused = activation === "relu";
  const given = fused ? dy : maskGradient(dy, y ?? dy, activation);
  const made = runNamed("EspalierResidualAddGrad", { dy: given, ...(fused && { y: y! }) }, {
    channels: [...channels],
  });
  if (made !== undefined) return made;
  const d = fused ? maskGradient(dy, y!, activation) : given;
  return channels.map((own) => firstChannels(d, own));
}

/** Run a kernel that the engine registered; undefined where it registered none. */
function runNamed(
  name: string,
  inputs: tf.NamedTensorMap,
  attributes: tf.NamedAttrMap = {},
): tf.Tensor[] | undefined {
  if (tf.getKernel(name, tf.getBackend()) == null) return undefined;
  return [tf.engine().runKernel(name, inputs, attributes)].flat() as tf.Tensor[];
}
