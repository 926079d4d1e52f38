/**
 * Gradient of the kernel: sizes, scratch memory, routines.
 *
 * @module
 */
import { FLOAT } from "../columns.ts";
import type { Runner } from "../runner.ts";
import type { Region } from "../scratch.ts";
import { requireImages } from "./convolve.ts";
import { gradientPlanOf, gradientRoutine } from "./gradient_routine.ts";
import { HALF_BITS, kernelGradientTransform } from "./kernel_transforms.ts";
import { matrixBytes, PLANES } from "./planes.ts";
import { tilesAlong } from "./tile_rows.ts";
import { TAPS } from "./turn.ts";
import type { Images, KernelGradientOptions } from "./winograd_passes.ts";

const addressOf = (array: Float32Array<ArrayBuffer>): bigint =>
  BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(array)));

/** `WinogradPasses.kernelGradient`. */
export function kernelGradient(
  runner: Runner,
  x: Images,
  { dy }: KernelGradientOptions,
): Float32Array<ArrayBuffer> {
  requireImages(x, dy);
  const { height, width } = x;
  const [from, to] = [x.channels, dy.channels];
  const shape = { height, width, from, to };
  // Numbers of a buffer do not move, as those of a small array might.
  const kernel = new Float32Array(new ArrayBuffer(TAPS * from * to * FLOAT));
  if (x.batch === 0) return kernel;
  const { groups, input, gradient } = gradientPlanOf(shape);
  const rows = groups.count * groups.size;
  const [sums, planes, dyPlanes, zeros] = runner.scratch(
    matrixBytes(rows, to),
    // The last group of the last tile may go beyond its channels.
    ...[PLANES * input.plane + rows * FLOAT, PLANES / 2 * gradient.plane],
    width * Math.max(from, to) * FLOAT,
  ) as [Region, Region, Region, Region];
  zeros.floats.fill(0);
  sums.floats.fill(0);
  runner.run(gradientRoutine, {
    shape,
    values: {
      ...{ x: x.address, dy: dy.address, rows: BigInt(x.batch * tilesAlong(height)) },
      ...{ planes: planes.address, dyPlanes: dyPlanes.address, sums: sums.address },
      ...{ zeros: zeros.address, row: 0n, dyRow: 0n },
    },
  });
  runner.run(kernelGradientTransform, {
    shape: { depth: from, rows, width: to },
    values: { kernel: addressOf(kernel), planes: sums.address, half: HALF_BITS },
  });
  return kernel;
}
