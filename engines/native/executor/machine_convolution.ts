/**
 * Convolutions of the executor by machine code of our own.
 *
 * @module
 */
import type { Convolution, ConvolutionOptions, FeatureShape } from "@espalier/supernet/engine";
import type { Images, WinogradPasses } from "../../machine/mod.ts";
import { suitsWinograd } from "../../winograd.ts";
import type { TensorFeature, Tensors } from "./tensors.ts";

/** Entries of a kernel's plane above which its transform costs more than the products save. */
const LARGEST_PLANE = 512 * 512;

/**
 * Whether a convolution is done by Winograd's filtering: where the machine code does it, which keeps the
 * size of images, odd ones too, and faster than TensorFlow, as with more than one channel and not with
 * hundreds. Wasm's code has other limits.
 */
export function usesWinograd({ shape, strides, padding }: ConvolutionOptions): boolean {
  const [, , from, to] = shape;
  return suitsWinograd(shape, strides) && padding.every((size) => size === 1) && from > 1 &&
    from * to < LARGEST_PLANE;
}

/** Run a convolution for which {@linkcode usesWinograd} holds. */
export function convolveByMachine(
  { context, feature }: Tensors,
  x: TensorFeature,
  { winograd, kernel, shape: [, , from, to] }: ConvolutionOptions & {
    readonly winograd: WinogradPasses;
  },
): Convolution {
  const [batch, height, width] = x.shape;
  const imagesOf = ({ id, shape: [batch, height, width, channels] }: TensorFeature): Images => ({
    ...{ address: context.address(id), batch, height, width, channels },
  });
  const make = (channels: number): TensorFeature => {
    const shape: FeatureShape = [batch, height, width, channels];
    return feature(context.allocate(shape), shape);
  };
  const output = make(to);
  winograd.convolve(imagesOf(x), { kernel, y: imagesOf(output) });
  return {
    output,
    inputGradient(dy) {
      const dx = make(from);
      winograd.inputGradient(imagesOf(dy as TensorFeature), { kernel, dx: imagesOf(dx) });
      return dx;
    },
    kernelGradient(dy) {
      return winograd.kernelGradient(imagesOf(x), { dy: imagesOf(dy as TensorFeature) });
    },
    [Symbol.dispose]() {},
  };
}
