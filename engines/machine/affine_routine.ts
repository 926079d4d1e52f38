/**
 * relu?(x·matrix + bias + residual∘scale) for one panel of channels.
 *
 * A tile of rows is kept in registers, one vector for each row and column; each channel of x is
 * read once and multiplied by its row of the matrix. Only addresses and the number of rows are
 * arguments; all else about the data is in the code.
 *
 * @module
 */
import { Assembler, type Memory, registers, type Vector } from "./assemble.ts";
import { type Column, columnsOf, FLOAT, formOf, setTailMask, VECTOR } from "./columns.ts";
import { loadArguments, namesOf, type Routine } from "./routine.ts";
import { eachRow } from "./loops.ts";

/** What a routine is made for. */
export interface AffineShape {
  /** Channels of x, all of which count unless the matrix is diagonal. */
  readonly depth: number;
  /** Channels of the panel. */
  readonly channels: number;
  /** Channels of y. */
  readonly width: number;
  /** Whether the matrix has a diagonal only. */
  readonly diagonal: boolean;
  /** Whether relu is applied. */
  readonly relu: boolean;
  /** Whether it has a largest value. */
  readonly clipped: boolean;
  /** The residual, if it has channels in this panel. */
  readonly residual: {
    /** Its channels. */
    readonly width: number;
    /** How many of them are of this panel. */
    readonly channels: number;
    /** Whether it is scaled. */
    readonly scaled: boolean;
  } | undefined;
}

const { rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11 } = registers;
const ARGUMENTS = (
  { x: rsi, y: rdx, residual: rcx, rows: r8, matrix: r9, bias: r10, scale: r11, max: rdi }
) as const;
const COUNTER = rax;

const TAIL = 1;
const RESIDUAL_TAIL = 2;
const ZERO: Vector = 31;
const SPLAT: Vector = 30;

/** Rows of a tile by vectors of a panel: as many as registers allow. */
const TILE_ROWS = [0, 16, 14, 9, 6];
/** Channels of x whose code is written out; more of them are a loop. */
const WRITTEN_OUT = 32;
const LOOPED = 8;

/** A tile under construction. */
interface Tile {
  readonly a: Assembler;
  readonly shape: AffineShape;
  readonly columns: readonly Column[];
  readonly rows: number;
}

const sumOf = ({ columns }: Tile, row: number, column: number): Vector =>
  row * columns.length + column;
/** Registers for a row of the matrix, behind the sums. */
const weightOf = ({ columns, rows }: Tile, column: number): Vector =>
  rows * columns.length + column;

/** Do something for each vector of the tile. */
function each(
  tile: Tile,
  visit: (sum: Vector, column: Column, at: [number, number]) => void,
): void {
  for (let row = 0; row < tile.rows; row++) {
    tile.columns.forEach((column, index) => visit(sumOf(tile, row, index), column, [row, index]));
  }
}

function loadRow(tile: Tile, { base, offset }: Memory): void {
  tile.columns.forEach((column, index) =>
    tile.a.load(weightOf(tile, index), { base, offset: offset + column.offset }, {
      bytes: column.bytes,
    })
  );
}

/** Add the products with some channels of x, from those at the registers on. */
function addProducts(tile: Tile, channels: number): void {
  const { a, shape, columns, rows } = tile;
  for (let channel = 0; channel < channels; channel++) {
    loadRow(tile, { base: ARGUMENTS.matrix, offset: channel * columns.length * VECTOR });
    for (let row = 0; row < rows; row++) {
      const x = { base: ARGUMENTS.x, offset: (row * shape.depth + channel) * FLOAT };
      if (columns.length > 1) a.splat(SPLAT, x);
      columns.forEach(({ bytes }, index) => {
        const weight = weightOf(tile, index);
        if (columns.length > 1) a.multiplyAdd(sumOf(tile, row, index), [SPLAT, weight], { bytes });
        else a.multiplyAdd(sumOf(tile, row, index), [weight, x], { bytes, broadcast: true });
      });
    }
  }
}

function multiply(tile: Tile): void {
  const { a, columns, shape: { depth } } = tile;
  if (depth <= WRITTEN_OUT) return addProducts(tile, depth);
  const again = a.label();
  const looped = depth - depth % LOOPED;
  const rowBytes = columns.length * VECTOR;
  a.set(COUNTER, looped / LOOPED);
  a.place(again);
  addProducts(tile, LOOPED);
  a.increase(ARGUMENTS.x, LOOPED * FLOAT);
  a.increase(ARGUMENTS.matrix, LOOPED * rowBytes);
  a.decrease(COUNTER, 1);
  a.jump("notEqual", again);
  addProducts(tile, depth % LOOPED);
  a.decrease(ARGUMENTS.x, looped * FLOAT);
  a.decrease(ARGUMENTS.matrix, looped * rowBytes);
}

function multiplyDiagonal(tile: Tile): void {
  loadRow(tile, { base: ARGUMENTS.matrix, offset: 0 });
  each(tile, (sum, column, [row, index]) => {
    const x = { base: ARGUMENTS.x, offset: row * tile.shape.depth * FLOAT + column.offset };
    tile.a.multiplyAdd(sum, [weightOf(tile, index), x], formOf(column, TAIL));
  });
}

function addResidual(tile: Tile, residual: NonNullable<AffineShape["residual"]>): void {
  const { a } = tile;
  if (residual.scaled) loadRow(tile, { base: ARGUMENTS.scale, offset: 0 });
  each(tile, (sum, column, [row, index]) => {
    const form = formOf(column, RESIDUAL_TAIL, residual.channels);
    if (form === undefined) return;
    const from = { base: ARGUMENTS.residual, offset: row * residual.width * FLOAT + column.offset };
    if (residual.scaled) a.multiplyAdd(sum, [weightOf(tile, index), from], form);
    else a.add(sum, [sum, from], form);
  });
}

function visitTile(tile: Tile): void {
  const { a, shape } = tile;
  each(tile, (sum, { bytes, offset }, [row, index]) => {
    const bias = { base: ARGUMENTS.bias, offset };
    a.load(sum, row === 0 ? bias : sumOf(tile, 0, index), { bytes });
  });
  if (shape.diagonal) multiplyDiagonal(tile);
  else multiply(tile);
  if (shape.residual) addResidual(tile, shape.residual);
  if (shape.clipped) a.splat(SPLAT, { base: ARGUMENTS.max, offset: 0 });
  each(tile, (sum, column, [row]) => {
    // NaN stays, as the second operand.
    if (shape.relu) a.maximum(sum, [ZERO, sum], { bytes: column.bytes });
    if (shape.clipped) a.minimum(sum, [SPLAT, sum], { bytes: column.bytes });
    const y = { base: ARGUMENTS.y, offset: row * shape.width * FLOAT + column.offset };
    a.store(y, sum, formOf(column, TAIL));
  });
}

function assemble(shape: AffineShape): Uint8Array<ArrayBuffer> {
  const a = new Assembler();
  const columns = columnsOf(shape.channels);
  const { residual } = shape;
  setTailMask(a, TAIL, { channels: shape.channels, spare: rax });
  if (residual) setTailMask(a, RESIDUAL_TAIL, { channels: residual.channels, spare: rax });
  loadArguments(a, ARGUMENTS);
  a.clear(ZERO);
  eachRow(a, {
    count: ARGUMENTS.rows,
    unroll: TILE_ROWS[columns.length]!,
    advance: [
      [ARGUMENTS.x, shape.depth * FLOAT],
      [ARGUMENTS.y, shape.width * FLOAT],
      ...(residual ? [[ARGUMENTS.residual, residual.width * FLOAT] as const] : []),
    ],
    body: (rows) => visitTile({ a, shape, columns, rows }),
  });
  a.ret();
  return a.finish();
}

/** The routine. */
export const affineRoutine: Routine<AffineShape, keyof typeof ARGUMENTS> = {
  name: "affine",
  parameters: namesOf(ARGUMENTS),
  assemble,
};
