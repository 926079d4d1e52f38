import type { Program } from "./program.ts";
import type { PassState } from "./state.ts";

/**
 * The end of a network, which is little work and is done on the host: the mean over all positions
 * and a dense layer.
 */
export function classify(
  { ops, pass, ledger, values, dValues, gradients }: PassState,
  { pooled, classifier }: Program,
): { readonly logits: Float32Array; readonly back: (dLogits: Float32Array) => void } {
  const x = values.get(pooled)!;
  const [images, height, width, channels] = x.shape;
  const positions = height * width, classes = classifier.channels;
  const means = meansOf(ops.read(x), { images, positions, channels });
  const kernel = pass.weights(`${classifier.id}/kernel`);
  const bias = classifier.bias ? pass.weights(`${classifier.id}/bias`) : undefined;
  const logits = new Float32Array(images * classes);
  for (let n = 0; n < images; n++) {
    for (let k = 0; k < classes; k++) {
      let sum = bias?.[k] ?? 0;
      for (let c = 0; c < channels; c++) sum += means[n * channels + c]! * kernel[c * classes + k]!;
      logits[n * classes + k] = sum;
    }
  }
  const back = (dLogits: Float32Array): void => {
    if (!pass.frozen) keepGradients(dLogits);
    const dx = new Float32Array(images * positions * channels);
    const row = new Float32Array(channels);
    for (let n = 0, at = 0; n < images; n++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = 0; k < classes; k++) {
          sum += dLogits[n * classes + k]! * kernel[c * classes + k]!;
        }
        row[c] = sum / positions;
      }
      for (let p = 0; p < positions; p++, at += channels) dx.set(row, at);
    }
    const feature = ledger.hold(ops.upload(dx, x.shape));
    dValues.add(pooled, feature);
    ledger.release(feature);
  };
  const keepGradients = (dLogits: Float32Array): void => {
    const dKernel = new Float32Array(kernel.length), dBias = new Float32Array(classes);
    for (let n = 0; n < images; n++) {
      for (let k = 0; k < classes; k++) {
        const dy = dLogits[n * classes + k]!;
        dBias[k]! += dy;
        for (let c = 0; c < channels; c++) {
          dKernel[c * classes + k]! += means[n * channels + c]! * dy;
        }
      }
    }
    gradients.weights.set(`${classifier.id}/kernel`, dKernel);
    if (bias) gradients.weights.set(`${classifier.id}/bias`, dBias);
  };
  return { logits, back };
}

/** Means over the positions of each image, [images, channels]. */
function meansOf(
  values: Float32Array,
  { images, positions, channels }: {
    readonly images: number;
    readonly positions: number;
    readonly channels: number;
  },
): Float32Array {
  const means = new Float32Array(images * channels);
  for (let n = 0, at = 0; n < images; n++) {
    for (let p = 0; p < positions; p++) {
      for (let c = 0; c < channels; c++, at++) means[n * channels + c]! += values[at]!;
    }
  }
  return means.map((sum) => sum / positions);
}
