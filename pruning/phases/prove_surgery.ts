import { inferShapes } from "@espalier/blueprint";
import {
  type Blueprint,
  EspalierError,
  type PhaseContext,
  type TrainedNetwork,
} from "@espalier/core";
import { compile, inheritedWeights, readersMasked } from "@espalier/supernet";
import { countOf, createBatches, entering, normalizationOf, toInputs } from "@espalier/training";
import * as tf from "@tensorflow/tfjs";
import type { Surgery } from "../report.ts";

/** Images that both networks see. */
const IMAGES = 4;

/** Share of the largest output that rounding may make: engines may multiply in half precision. */
const TOLERANCE = 1e-3;

/** Whether masked readers say what a derived network computes: the same nodes, and no channel is new. */
function isComparable(pruned: Blueprint, unpruned: Blueprint): boolean {
  const shapes = inferShapes(unpruned);
  return pruned.nodes.length === unpruned.nodes.length &&
    pruned.nodes.every(({ id, origin }, i) =>
      id === unpruned.nodes[i]!.id &&
      (origin?.outputs ?? []).every((channel) => channel < shapes.get(id)!.channels)
    );
}

/**
 * Prove that a derived network is cut out of the unpruned one rightly: with inherited weights it gives
 * what the unpruned network gives whose layers read none of the dropped channels, on a few training
 * images.
 *
 * @param context The phase.
 * @param options The derived network, and the trained unpruned one, if there is one.
 * @returns The largest difference of an output; null where nothing can be compared: without a teacher, and
 * where the derived network has projections, cut stages or wider layers.
 * @throws {EspalierError} ERR_DERIVE_DIFFERS if it is more than rounding.
 */
export async function proveSurgery(
  context: PhaseContext,
  { pruned, teacher }: {
    readonly pruned: Blueprint;
    readonly teacher: TrainedNetwork | undefined;
  },
): Promise<Surgery | null> {
  const { phase, blueprint, dataset } = context;
  if (teacher === undefined || !isComparable(pruned, blueprint)) return null;
  const { train, shape, labels } = dataset;
  const batches = createBatches({
    split: train,
    shape,
    labels,
    statistics: await normalizationOf(dataset),
    batchSize: IMAGES,
    indices: Int32Array.from({ length: Math.min(IMAGES, countOf(train, shape)) }, (_, i) => i),
  });
  const [batch] = await Array.fromAsync(batches);
  const outputsOf = ({ blueprint, weights }: TrainedNetwork): Float32Array => {
    using network = compile(blueprint, { random: context.random, weights });
    return tf.tidy(() => {
      const x = entering(blueprint, toInputs(batch!, dataset));
      const { logits, all = [logits] } = network.forward(x, { training: false });
      return tf.concat(all.map((value) => tf.reshape(value, [-1]))).dataSync<"float32">().slice();
    });
  };
  const compact = outputsOf({ blueprint: pruned, weights: inheritedWeights(pruned, teacher) });
  const masked = outputsOf({ blueprint, weights: readersMasked(pruned, teacher) });
  const difference = largest(masked.map((value, i) => value - compact[i]!));
  if (!(difference <= TOLERANCE * largest(masked))) throw differs(blueprint, difference);
  context.emit({ type: "derive:check", phase, images: batch!.size, difference });
  return { images: batch!.size, difference };
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function differs({ name }: Blueprint, difference: number): EspalierError {
  return new EspalierError(
    "ERR_DERIVE_DIFFERS",
    `Cannot prune "${name}" as what is left must compute what it computed before without the dropped ` +
      `channels: an output is off by ${
        difference.toExponential(1)
      }. This is a fault of Espalier or of ` +
      "the engine; please report it, with the network.",
  );
}
