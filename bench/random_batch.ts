import { type Batch, createRandom } from "@espalier/core";
import type { Job } from "./job.ts";
import { CLASSES } from "./networks.ts";

/** Variance of a uniform number in [0, 1) is 1/12. */
const UNIT = Math.sqrt(12);

/**
 * A batch of noise with mean 0 and deviation 1, as normalised images have.
 *
 * @param job Images, and their height and width.
 * @param key The same key gives the same batch.
 * @returns The batch.
 */
export function randomBatch({ batch, size }: Pick<Job, "batch" | "size">, key: number): Batch {
  const stream = createRandom(1).stream("bench/images", key);
  const uniforms = stream.uniforms(batch * size * size * 3);
  return {
    images: Float32Array.from(uniforms, (u) => (u - 0.5) * UNIT),
    labels: Int32Array.from({ length: batch }, () => stream.integer(CLASSES)),
    size: batch,
  };
}
