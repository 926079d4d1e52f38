/**
 * Convolution and gradient of its input: sizes, scratch memory, routines.
 *
 * @module
 */
import { FLOAT } from "../columns.ts";
import { requireFit, type Runner } from "../runner.ts";
import type { Region } from "../scratch.ts";
import { convolutionRoutine, planOf } from "./convolution_routine.ts";
import { HALF_BITS, kernelTransform } from "./kernel_transforms.ts";
import { matrixBytes, PLANES } from "./planes.ts";
import { tilesAlong } from "./tile_rows.ts";
import { TAPS, turnRoutine } from "./turn.ts";
import type { ConvolveOptions, Images, InputGradientOptions } from "./winograd_passes.ts";

/** Offsets in the code have 31 bits. */
const MOST_BYTES = 2 ** 31;

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
  const bytes = PLANES * FLOAT * Math.max(x.channels, y.channels) *
    Math.max(x.width, x.channels, y.channels);
  requireFit(
    bytes < MOST_BYTES,
    `a row and a kernel have less than ${MOST_BYTES} bytes, transformed: found ${bytes}`,
  );
}

function requireKernel(kernel: Float32Array, [from, to]: readonly [number, number]): void {
  requireFit(
    kernel.length === TAPS * from * to,
    `the kernel has 3 · 3 · ${from} · ${to} numbers: found ${kernel.length}`,
  );
}

/** y = x ∗ kernel; with the kernel turned for a gradient. */
interface Correlation {
  readonly kernel: Float32Array;
  readonly y: Images;
  readonly isTurned: boolean;
}

/** Write the planes of the kernel to an address, with room for two kernels. */
function transformKernel(
  runner: Runner,
  { kernel, isTurned }: Correlation,
  { from, to, room, planes }: {
    readonly from: number;
    readonly to: number;
    readonly room: readonly [Region, Region];
    readonly planes: Region;
  },
): void {
  const [given, turned] = room;
  given.floats.set(kernel);
  if (isTurned) {
    runner.run(turnRoutine, {
      shape: { inner: to, outer: from },
      values: { from: given.address, to: turned.address },
    });
  }
  runner.run(kernelTransform, {
    shape: { depth: from, rows: from, width: to },
    values: {
      kernel: (isTurned ? turned : given).address,
      ...{ planes: planes.address, half: HALF_BITS },
    },
  });
}

function correlate(runner: Runner, x: Images, correlation: Correlation): void {
  if (x.batch === 0) return;
  const { height, width } = x;
  const { y, isTurned } = correlation;
  const [from, to] = [x.channels, y.channels];
  const shape = { height, width, from, to };
  const { input, output } = planOf(shape);
  const isInPlace = input === output;
  const size = TAPS * from * to * FLOAT;
  const [given, turned, kernels, planes, products, zeros, sink] = runner.scratch(
    ...[size, isTurned ? size : 0, matrixBytes(from, to)],
    ...[PLANES * input.plane, isInPlace ? 0 : PLANES * output.plane],
    ...[width * from * FLOAT, width * to * FLOAT],
  ) as [Region, Region, Region, Region, Region, Region, Region];
  transformKernel(runner, correlation, { from, to, room: [given, turned], planes: kernels });
  zeros.floats.fill(0);
  runner.run(convolutionRoutine, {
    shape,
    values: {
      ...{ x: x.address, y: y.address, rows: BigInt(x.batch * tilesAlong(height)) },
      ...{ kernels: kernels.address, planes: planes.address },
      products: (isInPlace ? planes : products).address,
      ...{ zeros: zeros.address, sink: sink.address, row: 0n, outputRow: 0n },
    },
  });
}

/** `WinogradPasses.convolve`. */
export function convolve(runner: Runner, x: Images, { kernel, y }: ConvolveOptions): void {
  requireImages(x, y);
  requireKernel(kernel, [x.channels, y.channels]);
  correlate(runner, x, { kernel, y, isTurned: false });
}

/** `WinogradPasses.inputGradient`. */
export function inputGradient(
  runner: Runner,
  dy: Images,
  { kernel, dx }: InputGradientOptions,
): void {
  requireImages(dy, dx);
  requireKernel(kernel, [dx.channels, dy.channels]);
  correlate(runner, dy, { kernel, y: dx, isTurned: true });
}
