/**
 * The moments pass: panels, sums.
 *
 * @module
 */
import { panelsOf } from "./columns.ts";
import type { Moments, MomentsOptions, Rows } from "./machine_passes.ts";
import { momentsRoutine } from "./moments_routine.ts";
import { countOf, paddedOf, type Runner, startOf, sumsIn, unpack } from "./runner.ts";

/** `MachinePasses.moments`. */
export function moments(runner: Runner, x: Rows, options: MomentsOptions): Moments {
  const [width, rows] = [x.channels, countOf(options.rows)];
  const [sums, squares] = [new Float64Array(width), new Float64Array(width)];
  for (const panel of panelsOf(width)) {
    const padded = paddedOf(panel);
    const found = sumsIn(runner, 2 * padded);
    runner.run(momentsRoutine, {
      shape: { channels: panel.channels, width },
      values: { x: startOf(x, panel), rows, sums: found.address },
    });
    unpack(sums, found.sums, { width, panel });
    unpack(squares, found.sums.subarray(padded), { width, panel });
  }
  return { sums, squares };
}
