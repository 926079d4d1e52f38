/**
 * The interface of the row passes.
 *
 * @module
 */

/** Rows of float32 numbers in memory, contiguous. */
export interface Rows {
  /** Where the first row begins. */
  readonly address: bigint;
  /** Numbers of a row. */
  readonly channels: number;
}

/** Arguments of {@linkcode MachinePasses.moments}. */
export interface MomentsOptions {
  /** Number of rows. */
  readonly rows: number;
}

/** What {@linkcode MachinePasses.moments} finds. */
export interface Moments {
  /** [C]: sums of the channels. */
  readonly sums: Float64Array<ArrayBuffer>;
  /** [C]: sums of their squares. */
  readonly squares: Float64Array<ArrayBuffer>;
}

/** Arguments of {@linkcode MachinePasses.affine}. */
export interface AffineOptions {
  /** Number of rows. */
  readonly rows: number;
  /** [C, D]; the D numbers of its diagonal if `diagonal`. */
  readonly matrix: Float32Array;
  /** Whether the matrix has a diagonal only; D is then at most C. */
  readonly diagonal: boolean;
  /** [D]. */
  readonly bias: Float32Array;
  /** Added into the first channels, as many as both it and y have. */
  readonly residual?: Rows | undefined;
  /** [D], factors of the residual; 1 if absent. */
  readonly scale?: Float32Array | undefined;
  /** Whether relu is applied at the end. */
  readonly relu: boolean;
  /** The largest value behind relu; Infinity if absent. */
  readonly max?: number | undefined;
  /** [rows, D], written. May be the residual if that has D channels. */
  readonly y: Rows;
}

/** Arguments of {@linkcode MachinePasses.gradient}. */
export interface GradientOptions {
  /** Number of rows. */
  readonly rows: number;
  /** One or two gradients, which are added; their first D channels count. */
  readonly dys: readonly Rows[];
  /** [rows, D], the output of a relu: gradients count where it is positive; everywhere if absent. */
  readonly y?: Rows | undefined;
  /** The largest value behind that relu: gradients count where y is below it too. */
  readonly max?: number | undefined;
  /** Whether the matrix has a diagonal only; D is then at most C. */
  readonly diagonal: boolean;
  /** [rows, D], written. May be one of `dys`, or y, that has D channels. */
  readonly d: Rows;
}

/** What {@linkcode MachinePasses.gradient} finds. */
export interface Gradient {
  /** [D]: column sums of d. */
  readonly bias: Float64Array<ArrayBuffer>;
  /** [C, D]: xᵀ·d; if `diagonal` [D]: column sums of x∘d. */
  readonly matrix: Float64Array<ArrayBuffer>;
}

/**
 * Passes over rows of channels, in the thread that calls. Each thread opens its own.
 *
 * Nothing beyond the rows is read or written. Products are float32; sums over the rows are made in
 * blocks of float32 that are added up in float64.
 */
export interface MachinePasses extends Disposable {
  /**
   * Sums and sums of squares of each channel.
   *
   * @param x [rows, C].
   * @param options Number of rows.
   * @returns The sums.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` when the system gives no memory for code.
   */
  moments(x: Rows, options: MomentsOptions): Moments;

  /**
   * y = relu?(x·matrix + bias + residual∘scale).
   *
   * @param x [rows, C].
   * @param options The other arguments.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` when sizes do not fit, or the system gives no memory
   * for code.
   */
  affine(x: Rows, options: AffineOptions): void;

  /**
   * The reverse of `affine`: d = Σ dys where y > 0, and the gradients of bias and matrix. That of x
   * is `affine` of d with the transposed matrix; that of the residual is d∘scale.
   *
   * @param x [rows, C], what `affine` was given.
   * @param options The other arguments.
   * @returns The gradients of bias and matrix.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` when sizes do not fit, or the system gives no memory
   * for code.
   */
  gradient(x: Rows, options: GradientOptions): Gradient;
}
