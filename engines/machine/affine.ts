/**
 * The affine pass: sizes, panels, padding.
 *
 * @module
 */
import { affineRoutine } from "./affine_routine.ts";
import { FLOAT, type Panel, panelsOf } from "./columns.ts";
import type { AffineOptions, Rows } from "./machine_passes.ts";
import { countOf, pack, paddedOf, requireFit, type Runner, startOf } from "./runner.ts";
import type { Region } from "./scratch.ts";

function requireSizes(x: Rows, { matrix, diagonal, bias, scale, y }: AffineOptions): void {
  const [depth, width] = [x.channels, bias.length];
  requireFit(
    matrix.length === (diagonal ? width : depth * width) && !(diagonal && width > depth),
    `the matrix has ${width} numbers for each of ${depth} channels, or a diagonal of at most ` +
      `${depth}: found ${matrix.length} numbers`,
  );
  requireFit(y.channels === width, `y has the bias's ${width} channels: found ${y.channels}`);
  const scales = scale?.length ?? width;
  requireFit(scales === width, `the scale has the bias's ${width} numbers: found ${scales}`);
}

/** Copies of matrix, bias and scale as the routine wants them. */
function packed(
  runner: Runner,
  { matrix, bias, scale, max = Infinity }: AffineOptions,
  panel: Panel,
): Record<"matrix" | "bias" | "scale" | "max", bigint> {
  const width = bias.length;
  const bytes = FLOAT * paddedOf(panel);
  const sources = [matrix, bias, scale ?? bias];
  const sizes = sources.map(({ length }) => bytes * length / width);
  const [last, ...regions] = runner.scratch(FLOAT, ...sizes) as [Region, ...Region[]];
  last.floats[0] = max;
  regions.forEach(({ floats }, index) => pack(floats, sources[index]!, { width, panel }));
  const [first, second, third] = regions as [Region, Region, Region];
  return { matrix: first.address, bias: second.address, scale: third.address, max: last.address };
}

/** The channels of the residual that fall into a panel. */
function residualIn(panel: Panel, { residual, scale }: AffineOptions) {
  if (residual === undefined || residual.channels <= panel.first) return undefined;
  const channels = Math.min(panel.channels, residual.channels - panel.first);
  return { width: residual.channels, channels, scaled: scale !== undefined };
}

/** `MachinePasses.affine`. */
export function affine(runner: Runner, x: Rows, options: AffineOptions): void {
  const { diagonal, relu, max, residual, y } = options;
  requireSizes(x, options);
  const rows = countOf(options.rows);
  for (const panel of panelsOf(y.channels)) {
    runner.run(affineRoutine, {
      shape: {
        ...{ depth: x.channels, channels: panel.channels, width: y.channels, diagonal, relu },
        clipped: relu && max !== undefined,
        residual: residualIn(panel, options),
      },
      values: {
        x: diagonal ? startOf(x, panel) : x.address,
        y: startOf(y, panel),
        residual: residual ? startOf(residual, panel) : 0n,
        rows,
        ...packed(runner, options, panel),
      },
    });
  }
}
