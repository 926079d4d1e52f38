/**
 * The executor's passes over rows of channels, by machine code of our own.
 *
 * @module
 */
import type { Feature } from "@espalier/supernet/engine";
import type { MachinePasses, Rows } from "../../machine/mod.ts";
import { varianceOf } from "../variance.ts";
import type { RowPasses } from "./rows.ts";
import { pixelsOf, type TensorFeature, type Tensors } from "./tensors.ts";

/**
 * Passes by machine code.
 *
 * @param tensors Where the features lie.
 * @param machine The code.
 * @returns The passes.
 */
export function machineRowPasses(tensors: Tensors, machine: MachinePasses): RowPasses {
  const { context } = tensors;
  const rowsOf = (x: Feature): Rows => ({
    address: context.address((x as TensorFeature).id),
    channels: x.shape[3],
  });
  const make = (like: Feature, channels: number): TensorFeature => {
    const [batch, height, width] = like.shape;
    const shape = [batch, height, width, channels] as const;
    return tensors.feature(context.allocate(shape), shape);
  };

  /** Moments of x − shift, whose sums lose no digits. */
  function shiftedVariance(x: Feature, mean: Float64Array): Float64Array {
    const channels = mean.length, rows = pixelsOf(x);
    const y = make(x, channels);
    machine.affine(rowsOf(x), {
      ...{ rows, diagonal: true, relu: false, y: rowsOf(y) },
      matrix: new Float32Array(channels).fill(1),
      bias: Float32Array.from(mean, (value) => -value),
    });
    const { sums, squares } = machine.moments(rowsOf(y), { rows });
    context.dispose(y.id);
    return squares.map((sum, c) => sum / rows - (sums[c]! / rows) ** 2);
  }

  return {
    moments(x) {
      const rows = pixelsOf(x);
      const { sums, squares } = machine.moments(rowsOf(x), { rows });
      const mean = sums.map((sum) => sum / rows);
      const variance = varianceOf(mean, squares.map((sum) => sum / rows));
      return { mean, variance: variance ?? shiftedVariance(x, mean) };
    },
    affine(x, { residual, ...map }) {
      const y = make(x, map.bias.length);
      machine.affine(rowsOf(x), {
        ...map,
        rows: pixelsOf(x),
        residual: residual && rowsOf(residual),
        y: rowsOf(y),
      });
      return y;
    },
    affineGradient(x, { dys, channels, y, max, diagonal }) {
      const d = make(x, channels), rows = pixelsOf(x);
      const own = rowsOf(d);
      // Two at a time: what was added up before is read where it will be written.
      const parts = dys.map(rowsOf);
      while (parts.length > 2) {
        machine.gradient(own, { rows, dys: parts.splice(0, 2), diagonal: true, d: own });
        parts.unshift(own);
      }
      const mask = y && rowsOf(y);
      const sums = machine.gradient(rowsOf(x), {
        ...{ rows, dys: parts, y: mask, max, diagonal, d: own },
      });
      return { d, ...sums };
    },
  };
}
