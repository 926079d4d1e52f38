import { type Batch, createRandom } from "@espalier/core";

/** Size of CIFAR's images. */
export const SHAPE = [32, 32, 3] as const;

/** Classes of CIFAR-10. */
export const CLASSES = 10;

/** Variance of a uniform number in [0, 1) is 1/12. */
const UNIT = Math.sqrt(12);

/**
 * A batch of noise with mean 0 and deviation 1, as normalised images have.
 *
 * @param size Images.
 * @param key The same key gives the same batch.
 * @returns The batch.
 */
export function randomBatch(size: number, key: number): Batch {
  const stream = createRandom(1).stream("bench/images", key);
  const pixels = SHAPE[0] * SHAPE[1] * SHAPE[2];
  const images = Float32Array.from(stream.uniforms(size * pixels), (u) => (u - 0.5) * UNIT);
  return { images, labels: Int32Array.from({ length: size }, () => stream.integer(CLASSES)), size };
}
