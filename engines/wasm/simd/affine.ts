/**
 * Maps of channels: a diagonal one by the loops over columns, a full one as a product.
 *
 * @module
 */
import type { RowMap } from "@espalier/supernet/engine";
import { ROWS, ROWS_MULTIPLE } from "./block.ts";
import { periodOf, writePattern } from "./period.ts";
import type { Heap } from "./heap.ts";
import { type MatrixLayout, packPanels, paddedChannels, panelGroupsOf } from "./panels.ts";
import { columnRoutine, cutOf, fitRows, type RowData, type Rows, visitRows } from "./rows.ts";

const FLOAT = 4;

/** Bytes of an operand's chunk, which is read once. */
const CHUNK = 65536;

/** A map of rows of C channels to rows of D. */
export interface RowsMap extends Omit<RowMap, "residual"> {
  /** Added into the first channels, of which it may have more or fewer than D. */
  readonly residual?: Rows | undefined;
}

/** Rows, and where their map goes. */
export interface RowsPlace {
  /** Number of rows. */
  readonly count: number;
  /** Address of the result. */
  readonly out: number;
}

/** `out = relu?(x·matrix + bias + residual∘scale)`. */
export function affineRows(heap: Heap, x: Rows, options: RowsMap & RowsPlace): void {
  if (options.diagonal) scaleRows(heap, x, options);
  else multiplyRows(heap, x, { ...options, layout: layoutOf(x.channels, options.bias.length) });
}

/** Lower and upper bound of what a map gives. */
const boundsOf = ({ relu, max = Infinity }: Pick<RowsMap, "relu" | "max">) =>
  relu ? [0, max] : [-Infinity, Infinity];

function scaleRows(
  heap: Heap,
  x: Rows,
  { matrix, bias, residual, scale, relu, max, count, out }: RowsMap & RowsPlace,
): void {
  const channels = bias.length, period = periodOf(channels);
  const floats = 4 * period.vectors;
  const data: RowData[] = [
    x,
    { pointer: out, channels, written: true },
    ...(residual ? [residual] : []),
  ];
  const cut = cutOf(period.rows, data.map((rows) => rows.channels), CHUNK);
  const copy = cut.copyBytes(channels);
  const [factors, biases, scales, bounds, fitX, fitResidual, room] = heap.scratch(
    ...[floats * FLOAT, floats * FLOAT, floats * FLOAT, 2 * FLOAT, copy, copy, cut.room],
  ) as [number, number, number, number, number, number, number];
  writePattern(heap.floats(factors, floats), matrix);
  writePattern(heap.floats(biases, floats), bias);
  writePattern(heap.floats(scales, floats), scale ?? Float32Array.of(1));
  heap.floats(bounds, 2).set(boundsOf({ relu, max }));
  const scaleAll = columnRoutine(heap, residual ? "scale#r" : "scale#", { period, fixed: [4] });
  visitRows(heap, data, {
    ...{ count, cut, room },
    visit({ rows, pointers: [from, to, beside] }) {
      const narrow = fitRows(heap, {
        ...{ from: from!, own: x.channels, channels, rows, room: fitX },
      });
      const added = beside === undefined ? 0 : fitRows(heap, {
        ...{ from: beside, own: residual!.channels, channels, rows, room: fitResidual },
      });
      scaleAll(rows, [narrow, to!, factors, biases, bounds, added, scales]);
    },
  });
}

const layoutOf = (depth: number, channels: number): MatrixLayout => ({
  ...{ slabs: [0], depth, depthStride: channels, channels, channelStride: 1 },
});

/** `out = relu?(x·matrix + bias + residual∘scale)`, of a matrix with any layout. */
export function multiplyRows(
  heap: Heap,
  x: Rows,
  { matrix, bias, residual, scale, relu, max, count, out, layout }:
    & Omit<RowsMap, "diagonal">
    & RowsPlace
    & { readonly layout: MatrixLayout },
): void {
  const channels = bias.length, inner = x.channels, width = paddedChannels(channels);
  const data: RowData[] = [
    x,
    { pointer: out, channels, written: true },
    ...(residual ? [residual] : []),
  ];
  const cut = cutOf(ROWS_MULTIPLE, data.map((rows) => rows.channels), CHUNK);
  const [panels, biases, scales, bounds, fitResidual, room] = heap.scratch(
    ...[inner * width * FLOAT, width * FLOAT, width * FLOAT, 2 * FLOAT],
    ...[cut.copyBytes(channels), cut.room],
  ) as [number, number, number, number, number, number];
  packPanels(heap.floats(panels, inner * width), matrix, layout);
  heap.floats(biases, width).fill(0).set(bias);
  heap.floats(scales, width).fill(1).set(scale ?? []);
  heap.floats(bounds, 2).set(boundsOf({ relu, max }));
  const groups = panelGroupsOf(channels).map((group) => ({
    ...group,
    multiply: heap.call[`rows${group.vectors}${residual ? "r" : ""}`]!,
  }));
  const own = Math.max(channels, residual?.channels ?? 0);
  visitRows(heap, data, {
    ...{ count, cut, room },
    visit({ rows, pointers: [from, to, beside = 0] }) {
      // A wider residual is read where it is.
      const added = own === residual?.channels
        ? beside
        : residual === undefined
        ? 0
        : fitRows(heap, {
          ...{ from: beside, own: residual.channels, channels, rows, room: fitResidual },
        });
      for (const { first, vectors, count, channels: left, multiply } of groups) {
        multiply(
          ...[count, rows / ROWS[vectors], inner, from!, inner * FLOAT],
          ...[panels + first * inner * FLOAT, 4 * vectors * inner * FLOAT],
          ...[to! + first * FLOAT, channels * FLOAT, left, biases + first * FLOAT, bounds],
          ...[added + first * FLOAT, own * FLOAT, scales + first * FLOAT],
        );
      }
    },
  });
}
