import type { Network, PhaseContext } from "@espalier/core";
import {
  createBatches,
  drawByClass,
  normalizationOf,
  recalibrateNorms,
  strataOf,
} from "@espalier/training";

/** Images at most, and pixels: all images pass at once. */
const IMAGES = 512, PIXELS = IMAGES * 32 * 32;

/**
 * Give the norms of a network that inherited weights the statistics of training images: 512 of up to 32×32
 * pixels, fewer of larger ones, never less than a batch.
 *
 * @param phase The phase.
 * @param network The network.
 * @param options Images to draw from, by class where each has one; images of a batch, which fit into
 * memory; name of the random stream.
 * @returns Images that passed.
 */
export async function recalibrate(
  { dataset, random, signal }: PhaseContext,
  network: Network,
  { indices, batchSize, stream }: {
    readonly indices: Int32Array;
    readonly batchSize: number;
    readonly stream: string;
  },
): Promise<number> {
  if (network.statistics.size === 0) return 0;
  const { train, shape, classes, inputs, labels } = dataset;
  const [height, width] = shape;
  const count = Math.min(IMAGES, Math.max(batchSize, Math.floor(PIXELS / (height * width))));
  const drawn = drawByClass(strataOf(train, dataset), {
    ...{ indices, count },
    random: random.stream(stream),
  });
  const batches = createBatches({
    ...{ split: train, shape, labels, batchSize },
    statistics: await normalizationOf(dataset),
    indices: drawn,
  });
  await recalibrateNorms(network, { batches, shape, classes, inputs, labels, signal });
  return drawn.length;
}
