/**
 * The gradient pass: sizes, panels, sums.
 *
 * @module
 */
import { panelsOf } from "./columns.ts";
import { gradientRoutine } from "./gradient_routine.ts";
import type { Gradient, GradientOptions, Rows } from "./machine_passes.ts";
import { countOf, paddedOf, requireFit, type Runner, startOf, sumsIn, unpack } from "./runner.ts";

function requireSizes(x: Rows, { dys, y, diagonal, d }: GradientOptions): void {
  const [depth, width] = [x.channels, d.channels];
  const widths = dys.map(({ channels }) => channels);
  requireFit(
    (dys.length === 1 || dys.length === 2) && widths.every((channels) => channels >= width),
    `there are 1 or 2 gradients of at least ${width} channels: found [${widths}]`,
  );
  const channels = y?.channels ?? width;
  requireFit(channels === width, `y has the ${width} channels of d: found ${channels}`);
  requireFit(!diagonal || width <= depth, `x has the ${width} channels of d: found ${depth}`);
}

/** `MachinePasses.gradient`. */
export function gradient(runner: Runner, x: Rows, options: GradientOptions): Gradient {
  const { dys, y, max, diagonal, d } = options;
  requireSizes(x, options);
  const [depth, width, rows] = [x.channels, d.channels, countOf(options.rows)];
  const bias = new Float64Array(width);
  const matrix = new Float64Array(diagonal ? width : depth * width);
  for (const panel of panelsOf(width)) {
    const padded = paddedOf(panel);
    const count = (1 + matrix.length / width) * padded;
    const { address, sums } = sumsIn(runner, count + 1);
    // The float behind the sums.
    new Float32Array(sums.buffer, sums.byteOffset)[2 * count] = max ?? Infinity;
    runner.run(gradientRoutine, {
      shape: {
        ...{ depth, channels: panel.channels, width, dys: dys.map(({ channels }) => channels) },
        ...{ masked: y !== undefined, clipped: y !== undefined && max !== undefined, diagonal },
      },
      values: {
        x: diagonal ? startOf(x, panel) : x.address,
        d: startOf(d, panel),
        dy: startOf(dys[0]!, panel),
        dy2: startOf(dys.at(-1)!, panel),
        y: y ? startOf(y, panel) : 0n,
        rows,
        sums: address,
      },
    });
    unpack(bias, sums, { width, panel });
    unpack(matrix, sums.subarray(padded), { width, panel });
  }
  return { bias, matrix };
}
