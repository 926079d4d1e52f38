/**
 * Convolution and gradient of its input: sizes, workspace, kernels.
 *
 * @module
 */
import { FLOAT } from "../columns.ts";
import { requireFit, type Runner } from "../runner.ts";
import type { Region } from "../workspace.ts";
import { convolutionKernel, planOf } from "./convolution_kernel.ts";
import { HALF_BITS, kernelTransform } from "./kernel_transforms.ts";
import { matrixBytes, PLANES } from "./planes.ts";
import { tilesAlong } from "./tile_rows.ts";
import type { Images } from "./winograd_passes.ts";

/** Numbers of a kernel for one pair of channels. */
export const TAPS = 9;

/** Refuse images that are none, or that do not go together. */
export function requireImages(x: Images, y: Images): void {
  const sizes = ({ height, width, channels }: Images) => [height, width, channels];
  requireFit(
    [...sizes(x), ...sizes(y)].every((size) => Number.isInteger(size) && size >= 1) &&
      Number.isInteger(x.batch) && x.batch >= 0,
    `images have at least one pixel and channel: found [${x.batch}, ${sizes(x)}] and [${y.batch}, ${
      sizes(y)
    }]`,
  );
  requireFit(
    x.batch === y.batch && x.height === y.height && x.width === y.width,
    `input and output have as many pixels: found [${x.batch}, ${x.height}, ${x.width}] and ` +
      `[${y.batch}, ${y.height}, ${y.width}]`,
  );
}

function requireKernel(kernel: Float32Array, [from, to]: readonly [number, number]): void {
  requireFit(
    kernel.length === TAPS * from * to,
    `the kernel has 3 · 3 · ${from} · ${to} numbers: found ${kernel.length}`,
  );
}

/** y = x ∗ kernel; `fill` writes the kernel, [3, 3, channels of x, channels of y]. */
function correlate(
  runner: Runner,
  x: Images,
  { y, fill }: { readonly y: Images; readonly fill: (kernel: Float32Array) => void },
): void {
  if (x.batch === 0) return;
  const { height, width } = x;
  const [from, to] = [x.channels, y.channels];
  const shape = { height, width, from, to };
  const { input, output } = planOf(shape);
  const [kernel, kernels, planes, products, zeros, sink] = runner.regions(
    ...[TAPS * from * to * FLOAT, matrixBytes(from, to)],
    ...[PLANES * input.plane, input === output ? 0 : PLANES * output.plane],
    ...[width * from * FLOAT, width * to * FLOAT],
  ) as [Region, Region, Region, Region, Region, Region];
  fill(kernel.floats);
  zeros.floats.fill(0);
  runner.run(kernelTransform, {
    shape: { depth: from, rows: from, width: to },
    values: { kernel: kernel.address, planes: kernels.address, half: HALF_BITS },
  });
  runner.run(convolutionKernel, {
    shape,
    values: {
      ...{ x: x.address, y: y.address, rows: BigInt(x.batch * tilesAlong(height)) },
      ...{
        kernels: kernels.address,
        planes: planes.address,
        products: (input === output ? planes : products).address,
      },
      ...{ zeros: zeros.address, sink: sink.address, row: 0n, outputRow: 0n },
    },
  });
}

/** `WinogradPasses.convolve`. */
export function convolve(
  runner: Runner,
  x: Images,
  { kernel, y }: { readonly kernel: Float32Array; readonly y: Images },
): void {
  requireImages(x, y);
  requireKernel(kernel, [x.channels, y.channels]);
  correlate(runner, x, { y, fill: (target) => target.set(kernel) });
}

/** Turn a kernel by 180° and exchange its channels: [3, 3, C, D] → [3, 3, D, C]. */
function turn(
  target: Float32Array,
  source: Float32Array,
  [inner, outer]: readonly [number, number],
): void {
  const size = inner * outer;
  for (let tap = 0; tap < TAPS; tap++) {
    const to = (TAPS - 1 - tap) * size;
    for (let c = 0; c < inner; c++) {
      const from = tap * size + c * outer;
      for (let d = 0; d < outer; d++) target[to + d * inner + c] = source[from + d]!;
    }
  }
}

/** `WinogradPasses.inputGradient`. */
export function inputGradient(
  runner: Runner,
  dy: Images,
  { kernel, dx }: { readonly kernel: Float32Array; readonly dx: Images },
): void {
  requireImages(dy, dx);
  const channels = [dx.channels, dy.channels] as const;
  requireKernel(kernel, channels);
  correlate(runner, dy, { y: dx, fill: (target) => turn(target, kernel, channels) });
}
