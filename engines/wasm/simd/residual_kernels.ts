/**
 * The sum of two features of different width, as Espalier's own kernels.
 *
 * @module
 */
import type * as tf from "@tensorflow/tfjs";
import { affineRows } from "./affine.ts";
import { periodOf } from "./period.ts";
import { type Heap, heapOf, type WasmBackend } from "./heap.ts";
import { columnRoutine, cutOf, resizeRows, type RowData, visitRows } from "./rows.ts";
import { channelsOf, rowsAt, rowsOf } from "./unit_kernels.ts";

const FLOAT = 4;

/** Arguments of `EspalierResidualAdd`. */
export interface ResidualAddArguments {
  /** Both features. */
  readonly inputs: { readonly a: tf.TensorInfo; readonly b: tf.TensorInfo };
  /** Whether negative sums become zero. */
  readonly attrs?: { readonly relu?: boolean } | undefined;
  /** The backend that holds them. */
  readonly backend: WasmBackend;
}

/**
 * `EspalierResidualAdd`: a [..., C] and b [..., D] give their sum [..., max(C, D)], the narrower
 * added into the first channels of the wider; attribute `relu`.
 */
export function residualAdd({ inputs, attrs, backend }: ResidualAddArguments): tf.TensorInfo {
  const heap = heapOf(backend);
  const [narrow, wide] = [inputs.a, inputs.b].sort((a, b) => channelsOf(a) - channelsOf(b)) as [
    tf.TensorInfo,
    tf.TensorInfo,
  ];
  const channels = channelsOf(wide), result = heap.output(wide.shape);
  affineRows(heap, rowsAt(backend, wide), {
    count: rowsOf(wide),
    matrix: new Float32Array(channels).fill(1),
    diagonal: true,
    bias: new Float32Array(channels),
    residual: rowsAt(backend, narrow),
    relu: attrs?.relu === true,
    out: heap.pointer(result),
  });
  return result;
}

/** Arguments of `EspalierResidualAddGrad`. */
export interface ResidualAddGradArguments {
  /** Gradient of the sum, and the sum if a relu followed. */
  readonly inputs: { readonly dy: tf.TensorInfo; readonly y?: tf.TensorInfo };
  /** Channels of a and b. */
  readonly attrs: { readonly channels: readonly [number, number] };
  /** The backend that holds them. */
  readonly backend: WasmBackend;
}

/** dy where y > 0, and its first channels. */
function maskRows(
  heap: Heap,
  { dy, y }: ResidualAddGradArguments["inputs"],
  { d, first }: { readonly d: tf.TensorInfo; readonly first: tf.TensorInfo | undefined },
): void {
  const [channels, count] = [channelsOf(dy), rowsOf(dy)];
  const at = (tensor: tf.TensorInfo, written: boolean): RowData => ({
    ...{ pointer: heap.pointer(tensor), channels: channelsOf(tensor), written },
  });
  const masked = y === undefined ? [] : [at(y, false), at(d, true)];
  const data = [at(dy, false), ...masked, ...(first ? [at(first, true)] : [])];
  const period = periodOf(channels);
  const cut = cutOf(period.rows, data.map(({ channels }) => channels));
  const [sums, most, room] = heap.scratch(16 * period.vectors, FLOAT, cut.room) as [
    ...[number, number, number],
  ];
  heap.floats(most, 1)[0] = Infinity;
  const mask = columnRoutine(heap, "gradient#m", { period, fixed: [7] });
  visitRows(heap, data, {
    ...{ count, cut, room },
    visit({ rows, pointers }) {
      const [dy, y, d = dy] = pointers.slice(0, 1 + masked.length);
      if (y !== undefined) {
        mask(rows, [dy!, sums, 0, y, d!, 0, 0, most]);
      }
      if (first === undefined) return;
      const widths = [channels, channelsOf(first)] as const;
      resizeRows(heap, { rows, from: d!, to: pointers.at(-1)!, widths });
    },
  });
}

/**
 * `EspalierResidualAddGrad`: dy [..., max(C, D)] and y? (of a relu), attribute `channels` [C, D],
 * give the gradients of a [..., C] and b [..., D].
 */
export function residualAddGrad(
  { inputs, attrs, backend }: ResidualAddGradArguments,
): tf.TensorInfo[] {
  const heap = heapOf(backend);
  const { dy, y } = inputs;
  const [narrow, wide] = [Math.min(...attrs.channels), Math.max(...attrs.channels)];
  const d = y === undefined ? heap.share(dy) : heap.output(dy.shape);
  const first = narrow === wide ? undefined : heap.output([...dy.shape.slice(0, -1), narrow]);
  if (y !== undefined || first !== undefined) maskRows(heap, inputs, { d, first });
  const other = first ?? heap.share(d);
  return attrs.channels[0] === wide ? [d, other] : [other, d];
}
