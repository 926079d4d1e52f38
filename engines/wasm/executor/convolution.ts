import type { Convolution, ConvolutionOptions, Feature } from "@espalier/supernet/engine";
import { backend_util } from "@tensorflow/tfjs";
import { type ConvInfo, runForward, runInputGradient } from "../simd/convolution.ts";
import { filterGradient } from "../simd/filter_gradient.ts";
import type { Heap } from "../simd/heap.ts";
import type { Features } from "./features.ts";

function infoOf(
  { shape: [batch, height, width, channels] }: Feature,
  { shape: [rows, columns, from, to], strides: [down, across], padding }: ConvolutionOptions,
): ConvInfo {
  const [top, bottom, left, right] = padding;
  return backend_util.computeConv2DInfo(
    [batch, height, width, channels],
    [rows, columns, from, to],
    [down, across],
    1,
    [[0, 0], [top, bottom], [left, right], [0, 0]],
    "floor",
  );
}

/** Run a convolution. */
export function convolve(
  { heap, features }: { readonly heap: Heap; readonly features: Features },
  x: Feature,
  options: ConvolutionOptions,
): Convolution {
  const info = infoOf(x, options), { kernel } = options, at = (y: Feature) => features.pointer(y);
  return {
    output: features.make(
      info.outShape,
      (y) => runForward(heap, info, { x: at(x), kernel, out: at(y) }),
    ),
    inputGradient: (dy) =>
      features.make(
        x.shape,
        (dx) => runInputGradient(heap, info, { x: at(dy), kernel, out: at(dx) }),
      ),
    kernelGradient: (dy) => filterGradient(heap, info, { x: at(x), dy: at(dy) }),
    [Symbol.dispose]() {},
  };
}
