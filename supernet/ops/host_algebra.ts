/**
 * The C×C algebra of norms and mixtures on the host, in double precision, for the executor. It is what
 * tensor_norms.ts and tensor_algebra.ts express as tensor operations. A step has thousands of such
 * operations, and the call of each costs more than its arithmetic.
 *
 * @module
 */

/** One candidate of a mixture, with its aggregation matrix A [c, D] row by row. */
export interface HostCandidate {
  /** Its channels c. */
  readonly channels: number;
  /** [c · D]. */
  readonly matrix: Float32Array;
  /** γ, [c]. */
  readonly gamma: Float32Array;
  /** β, [c]. */
  readonly beta: Float32Array;
  /** w. */
  readonly weight: number;
}

/** M [C · D] and b [D]. */
export interface HostMap {
  /** [C · D]. */
  readonly matrix: Float64Array;
  /** [D]. */
  readonly bias: Float64Array;
}

/** M = Σ_k w_k · diag(γ_k)·A_k, b = Σ_k w_k · β_k·A_k; C = D = `widest`. */
export function mixtureMap(candidates: readonly HostCandidate[], widest: number): HostMap {
  const matrix = new Float64Array(widest * widest), bias = new Float64Array(widest);
  for (const { channels, matrix: a, gamma, beta, weight } of candidates) {
    for (let i = 0; i < channels; i++) {
      const scale = weight * gamma[i]!, shift = weight * beta[i]!;
      for (let j = 0, at = i * widest; j < widest; j++, at++) {
        matrix[at]! += scale * a[at]!;
        bias[j]! += shift * a[at]!;
      }
    }
  }
  return { matrix, bias };
}

/** Gradients of one candidate. */
export interface HostCandidateGradient {
  /** [c]. */
  readonly gamma: Float32Array;
  /** [c]. */
  readonly beta: Float32Array;
  /** Of its weight. */
  readonly weight: number;
}

/** Gradient of `mixtureMap` with respect to one candidate, given those of M and b. */
export function mixtureMapGradient(
  { channels, matrix: a, gamma, beta, weight }: HostCandidate,
  { matrix: dMatrix, bias: dBias }: HostMap,
): HostCandidateGradient {
  const widest = dBias.length;
  const dGamma = new Float32Array(channels), dBeta = new Float32Array(channels);
  let dWeight = 0;
  for (let i = 0; i < channels; i++) {
    let ofScale = 0, ofShift = 0;
    for (let j = 0, at = i * widest; j < widest; j++, at++) {
      ofScale += a[at]! * dMatrix[at]!;
      ofShift += a[at]! * dBias[j]!;
    }
    dGamma[i] = weight * ofScale;
    dBeta[i] = weight * ofShift;
    dWeight += gamma[i]! * ofScale + beta[i]! * ofShift;
  }
  return { gamma: dGamma, beta: dBeta, weight: dWeight };
}

/** Batch statistics on the host. */
export interface HostMoments {
  /** m, [C]. */
  readonly mean: ArrayLike<number>;
  /** inv = 1/√(v + ε), [C]. */
  readonly inv: Float64Array;
}

/** 1/√(v + ε). */
export function inverseDeviation(variance: ArrayLike<number>, epsilon: number): Float64Array {
  return Float64Array.from(variance, (v) => 1 / Math.sqrt(v + epsilon));
}

/** A plain norm as a map of channels: y = o∘scale + bias. */
export interface HostScale {
  /** γ∘inv, [C]. */
  readonly scale: Float32Array;
  /** β − m∘scale, [C]. */
  readonly bias: Float32Array;
}

/** The map of a plain norm. */
export function normMap(
  { gamma, beta }: Pick<HostCandidate, "gamma" | "beta">,
  { mean, inv }: HostMoments,
): HostScale {
  const scale = gamma.map((value, c) => value * inv[c]!);
  return { scale, bias: beta.map((value, c) => value - mean[c]! * scale[c]!) };
}

/** What the backward pass of a plain norm needs: do = d∘γ∘inv + o∘scale + bias. */
export interface HostScaleGradient extends HostScale {
  /** Gradient of γ, [C]. */
  readonly gamma: Float32Array;
}

/** From G = Σ_rows o∘d and db = Σ_rows d, which is also the gradient of β. */
export function normMapGradient(
  scale: Float32Array,
  { mean, inv, product, sums, count }: HostMoments & HostSums,
): HostScaleGradient {
  const gamma = scale.map((_, c) => (product[c]! - sums[c]! * mean[c]!) * inv[c]!);
  const a = gamma.map((g, c) => -scale[c]! * inv[c]! * g / count);
  const bias = a.map((value, c) => -scale[c]! * sums[c]! / count - value * mean[c]!);
  return { gamma, scale: a, bias };
}

/** F = diag(inv)·M and b' = b − m·F, so that y = o·F + b'. */
export function normalizedMap(
  { matrix, bias }: HostMap,
  { mean, inv }: HostMoments,
): { readonly matrix: Float32Array; readonly bias: Float32Array } {
  const channels = inv.length, width = bias.length;
  const f = new Float32Array(matrix.length), shift = Float64Array.from(bias);
  for (let i = 0, at = 0; i < channels; i++) {
    for (let j = 0; j < width; j++, at++) {
      const entry = inv[i]! * matrix[at]!;
      f[at] = entry;
      shift[j]! -= mean[i]! * entry;
    }
  }
  return { matrix: f, bias: Float32Array.from(shift) };
}

/** Sums over the rows that the gradient of a norm is made of. */
export interface HostSums {
  /** G, [C, D]; of a plain norm its diagonal. */
  readonly product: ArrayLike<number>;
  /** db, [D]. */
  readonly sums: ArrayLike<number>;
  /** N. */
  readonly count: number;
}

/** What the backward pass of a mixed norm needs. */
export interface NormGradientMaps {
  /** Gradients of M and b. */
  readonly map: HostMap;
  /** Fᵀ, [D · C]: do = d·Fᵀ + o∘scale + bias. */
  readonly back: Float32Array;
  /** −inv²∘q, [C]. */
  readonly scale: Float32Array;
  /** −inv∘p + inv²∘q∘m, [C]. */
  readonly bias: Float32Array;
}

/**
 * From G = oᵀ·d and db = Σ_rows d: dM = diag(inv)·(G − m⊗db), q = rowsum(dM ∘ M)/N, p = (M·db)/N, the
 * two means that batch norm's gradient needs, without a pass over the data.
 */
export function mixedNormGradient(
  { matrix, bias: width }: HostMap,
  { mean, inv, product, sums, count }: HostMoments & {
    /** G, [C · D]. */
    readonly product: ArrayLike<number>;
    /** db, [D]. */
    readonly sums: ArrayLike<number>;
    /** N. */
    readonly count: number;
  },
): NormGradientMaps {
  const channels = inv.length, columns = width.length;
  const dMatrix = new Float64Array(matrix.length), back = new Float32Array(matrix.length);
  const scale = new Float32Array(channels), shift = new Float32Array(channels);
  for (let i = 0, at = 0; i < channels; i++) {
    let q = 0, p = 0;
    for (let j = 0; j < columns; j++, at++) {
      const entry = inv[i]! * (product[at]! - mean[i]! * sums[j]!);
      dMatrix[at] = entry;
      q += entry * matrix[at]!;
      p += matrix[at]! * sums[j]!;
      back[j * channels + i] = inv[i]! * matrix[at]!;
    }
    const a = -(inv[i]! ** 2) * q / count;
    scale[i] = a;
    shift[i] = -inv[i]! * p / count - a * mean[i]!;
  }
  return { map: { matrix: dMatrix, bias: Float64Array.from(sums) }, back, scale, bias: shift };
}
