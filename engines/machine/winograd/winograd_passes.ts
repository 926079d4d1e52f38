/**
 * The interface of the convolutions.
 *
 * @module
 */

/** An image batch in memory: [batch, height, width, channels], float32, row-major. */
export interface Images {
  /** Where the first pixel begins. */
  readonly address: bigint;
  /** Number of images. */
  readonly batch: number;
  /** Rows of an image. */
  readonly height: number;
  /** Pixels of a row. */
  readonly width: number;
  /** Numbers of a pixel. */
  readonly channels: number;
}

/** Arguments of {@linkcode WinogradPasses.convolve}. */
export interface ConvolveOptions {
  /** [3, 3, C, D]. */
  readonly kernel: Float32Array;
  /** [batch, height, width, D], written. */
  readonly y: Images;
}

/** Arguments of {@linkcode WinogradPasses.inputGradient}. */
export interface InputGradientOptions {
  /** [3, 3, C, D], what `convolve` was given. */
  readonly kernel: Float32Array;
  /** [batch, height, width, C], written. */
  readonly dx: Images;
}

/** Arguments of {@linkcode WinogradPasses.kernelGradient}. */
export interface KernelGradientOptions {
  /** [batch, height, width, D], gradient of `convolve`'s y. */
  readonly dy: Images;
}

/**
 * Convolutions with 3 × 3 kernels, stride 1 and one pixel of zeros on every side, in the thread that
 * calls. Each thread opens its own.
 *
 * Winograd's minimal filtering F(2×2, 3×3): 16 products for four pixels instead of 36, at the price
 * of some more rounding; an infinite or undefined number spreads over the tiles of 2 × 2 pixels that
 * look at it. Nothing beyond the images is read or written.
 *
 * @see Lavin and Gray, Fast Algorithms for Convolutional Neural Networks (2016), section 4.1.
 */
export interface WinogradPasses extends Disposable {
  /**
   * y = x ∗ kernel.
   *
   * @param x [batch, height, width, C].
   * @param options Kernel and output.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` when sizes do not fit, or the system gives no memory
   * for code.
   */
  convolve(x: Images, options: ConvolveOptions): void;

  /**
   * Gradient of `convolve`'s x.
   *
   * @param dy [batch, height, width, D], gradient of y.
   * @param options Kernel and output.
   * @throws {EspalierError} `ERR_ENGINE_FAILED` when sizes do not fit, or the system gives no memory
   * for code.
   */
  inputGradient(dy: Images, options: InputGradientOptions): void;

  /**
   * Gradient of `convolve`'s kernel.
   *
   * @param x [batch, height, width, C].
   * @param options Gradient of y.
   * @returns [3, 3, C, D].
   * @throws {EspalierError} `ERR_ENGINE_FAILED` when sizes do not fit, or the system gives no memory
   * for code.
   */
  kernelGradient(x: Images, options: KernelGradientOptions): Float32Array<ArrayBuffer>;
}
