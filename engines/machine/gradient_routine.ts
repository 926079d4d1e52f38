/**
 * The reverse of `affine` for one panel of channels: d, its column sums, and xᵀ·d.
 *
 * A block of rows at a time: the first tile makes d and multiplies it by as many channels of x as
 * registers allow; the next ones read the block's d and x again, from the cache.
 *
 * @module
 */
import { Assembler, type Integer, registers, type Vector } from "./assemble.ts";
import { type Column, columnsOf, FLOAT, formOf, setTailMask } from "./columns.ts";
import { loadArguments, namesOf, type Routine } from "./routine.ts";
import { eachBlock, eachRow } from "./loops.ts";
import { addToSums, SUMS } from "./sums.ts";

/** What a routine is made for. */
export interface GradientShape {
  /** Channels of x, all of which count unless the matrix is diagonal. */
  readonly depth: number;
  /** Channels of the panel. */
  readonly channels: number;
  /** Channels of d and y. */
  readonly width: number;
  /** Channels of each dy: one or two. */
  readonly dys: readonly number[];
  /** Whether there is a y. */
  readonly masked: boolean;
  /** Whether y has a largest value, which stands behind the sums. */
  readonly clipped: boolean;
  /** Whether the matrix has a diagonal only. */
  readonly diagonal: boolean;
}

const { rax, rbx, rcx, rdx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15 } = registers;
/** The sums are the bias's, then those of the matrix's rows. */
const ARGUMENTS = { x: rsi, d: rdx, dy: rcx, dy2: r8, y: r9, rows: r10, sums: rdi } as const;
const { x: X, d: D, dy: DY, dy2: DY2, y: Y, rows: ROWS, sums: ALL_SUMS } = ARGUMENTS;
const [BLOCK, COUNT, X_START, D_START] = [r11, rax, rbx, rbp];
const [X_WALK, D_WALK, TILES, TILE_SUMS] = [r15, r12, r14, r13];
const SAVED = [rbx, rbp, r12, r13, r14, r15];

const TAIL = 1;
/** First of the masks that say where y > 0. */
const POSITIVE = 2;
const ZERO: Vector = 31;
const SPLAT: Vector = 30;

/** Channels of x in the first tile and in the others, by vectors of the panel. */
const FIRST_TILE = [0, 28, 13, 8, 5];
const NEXT_TILES = [0, 29, 14, 9, 6];
/** Bytes of the x and d of a block where they are read again. */
const BLOCK_BYTES = 65536;
/** Rows whose sums are made in floats. */
const MOST_ROWS = 256;

/** How the channels of x are cut. */
interface Tiles {
  /** Channels of the first tile. */
  readonly first: number;
  /** Channels of each other one. */
  readonly size: number;
  /** Number of the others. */
  readonly count: number;
}

/** As few tiles as possible, of about equal size. */
export function tilesOf(depth: number, vectors: number): Tiles {
  const [most, next] = [FIRST_TILE[vectors]!, NEXT_TILES[vectors]!];
  const count = Math.max(0, Math.ceil((depth - most) / next));
  const size = Math.min(next, Math.ceil(depth / (count + 1)));
  return { first: depth - count * size, size, count };
}

/** A panel under construction. Registers: products, then sums of d, then d. */
interface Build {
  readonly a: Assembler;
  readonly shape: GradientShape;
  readonly columns: readonly Column[];
}

const rowBytes = ({ columns }: Build): number => columns.length * SUMS;
const unrollOf = (products: number): number => products > 8 ? 1 : products > 4 ? 2 : 4;

/** Where the largest value of y stands. */
const maxOffset = (build: Build): number =>
  rowBytes(build) * (1 + (build.shape.diagonal ? 1 : build.shape.depth));

/** Make and write d of one row. */
function makeD({ a, shape, columns }: Build, row: number, first: Vector): void {
  columns.forEach((column, index) => {
    const at = (base: Integer, width: number) => ({
      base,
      offset: row * width * FLOAT + column.offset,
    });
    const whole = formOf(column, TAIL)!;
    const form = shape.masked ? { bytes: column.bytes, mask: POSITIVE + index } : whole;
    const d = first + index;
    if (shape.masked) a.less(POSITIVE + index, [ZERO, at(Y, shape.width)], whole);
    if (shape.clipped) {
      a.load(d, at(Y, shape.width), { ...whole, zeroing: whole.mask !== undefined });
      a.splat(SPLAT, { base: ALL_SUMS, offset: maxOffset({ a, shape, columns }) });
      a.less(POSITIVE + index, [d, SPLAT], form);
    }
    a.load(d, at(DY, shape.dys[0]!), { ...form, zeroing: form.mask !== undefined });
    if (shape.dys.length > 1) a.add(d, [d, at(DY2, shape.dys[1]!)], form);
    a.store(at(D, shape.width), d, whole);
  });
}

/** Add the products of d with some channels of x. */
function addProducts(
  { a, shape, columns }: Build,
  { row, x, channels, d }: {
    readonly row: number;
    readonly x: Integer;
    readonly channels: number;
    readonly d: Vector;
  },
): void {
  const vectors = columns.length;
  for (let channel = 0; channel < channels; channel++) {
    const from = { base: x, offset: (row * shape.depth + channel) * FLOAT };
    if (vectors > 1) a.splat(SPLAT, from);
    columns.forEach(({ bytes }, index) => {
      const sum = channel * vectors + index;
      if (vectors > 1) a.multiplyAdd(sum, [SPLAT, d + index], { bytes });
      else a.multiplyAdd(sum, [d, from], { bytes, broadcast: true });
    });
  }
}

function addDiagonal({ a, shape, columns }: Build, row: number, d: Vector): void {
  columns.forEach((column, index) => {
    const x = { base: X, offset: row * shape.depth * FLOAT + column.offset };
    a.multiplyAdd(index, [d + index, x], formOf(column, TAIL));
  });
}

function clear({ a }: Build, sums: number): void {
  for (let sum = 0; sum < sums; sum++) a.clear(sum);
}

/** Add the sums of some rows of the matrix, or of the bias, to the totals. */
function addSums(
  { a, columns }: Build,
  { sums, base, offset, spare }: {
    readonly sums: readonly [first: Vector, count: number];
    readonly base: Integer;
    readonly offset: number;
    readonly spare: Vector;
  },
): void {
  for (let index = 0; index < sums[1]; index++) {
    addToSums(a, {
      ...{ sum: sums[0] + index, column: columns[index % columns.length]!, base },
      ...{ offset: offset + index * SUMS, spare: [SPLAT, spare] },
    });
  }
}

/** The tile that makes d. */
function firstTile(build: Build, channels: number): void {
  const { a, shape, columns } = build;
  const vectors = columns.length;
  const products = shape.diagonal ? vectors : channels * vectors;
  const [bias, d] = [products, products + vectors];
  clear(build, products + vectors);
  eachRow(a, {
    count: COUNT,
    unroll: unrollOf(products),
    advance: [
      [X, shape.depth * FLOAT],
      [D, shape.width * FLOAT],
      ...shape.dys.map((width, index) => [index === 0 ? DY : DY2, width * FLOAT] as const),
      ...(shape.masked ? [[Y, shape.width * FLOAT] as const] : []),
    ],
    body(rows) {
      for (let row = 0; row < rows; row++) {
        makeD(build, row, d);
        columns.forEach(({ bytes }, index) =>
          a.add(bias + index, [bias + index, d + index], { bytes })
        );
        if (shape.diagonal) addDiagonal(build, row, d);
        else addProducts(build, { row, x: X, channels, d });
      }
    },
  });
  addSums(build, { sums: [bias, vectors], base: ALL_SUMS, offset: 0, spare: d });
  addSums(build, { sums: [0, products], base: ALL_SUMS, offset: rowBytes(build), spare: d });
}

/** The loop over the tiles that read d. */
function nextTiles(build: Build, { first, size, count }: Tiles): void {
  const { a, shape, columns } = build;
  const vectors = columns.length;
  const d = size * vectors;
  const again = a.label();
  a.increase(X_START, first * FLOAT);
  a.move(TILE_SUMS, ALL_SUMS);
  a.increase(TILE_SUMS, (1 + first) * rowBytes(build));
  a.set(TILES, count);
  a.place(again);
  a.move(X_WALK, X_START);
  a.move(D_WALK, D_START);
  a.move(COUNT, BLOCK);
  clear(build, size * vectors);
  eachRow(a, {
    count: COUNT,
    unroll: unrollOf(size * vectors),
    advance: [[X_WALK, shape.depth * FLOAT], [D_WALK, shape.width * FLOAT]],
    body(rows) {
      for (let row = 0; row < rows; row++) {
        columns.forEach((column, index) => {
          const from = { base: D_WALK, offset: row * shape.width * FLOAT + column.offset };
          const form = formOf(column, TAIL)!;
          a.load(d + index, from, { ...form, zeroing: form.mask !== undefined });
        });
        addProducts(build, { row, x: X_WALK, channels: size, d });
      }
    },
  });
  addSums(build, { sums: [0, size * vectors], base: TILE_SUMS, offset: 0, spare: d });
  a.increase(X_START, size * FLOAT);
  a.increase(TILE_SUMS, size * rowBytes(build));
  a.decrease(TILES, 1);
  a.jump("notEqual", again);
}

function blockRows({ depth, channels }: GradientShape, isReadAgain: boolean): number {
  if (!isReadAgain) return MOST_ROWS;
  const rows = Math.floor(BLOCK_BYTES / (FLOAT * (depth + channels)));
  return Math.min(MOST_ROWS, Math.max(32, rows));
}

function assemble(shape: GradientShape): Uint8Array<ArrayBuffer> {
  const a = new Assembler();
  const columns = columnsOf(shape.channels);
  const build = { a, shape, columns };
  const tiles = shape.diagonal
    ? { first: 0, size: 0, count: 0 }
    : tilesOf(shape.depth, columns.length);
  for (const register of SAVED) a.push(register);
  setTailMask(a, TAIL, { channels: shape.channels, spare: rax });
  loadArguments(a, ARGUMENTS);
  a.clear(ZERO);
  eachBlock(a, {
    ...{ rows: ROWS, block: BLOCK, size: blockRows(shape, tiles.count > 0) },
    body() {
      a.move(X_START, X);
      a.move(D_START, D);
      a.move(COUNT, BLOCK);
      firstTile(build, tiles.first);
      if (tiles.count > 0) nextTiles(build, tiles);
    },
  });
  for (const register of SAVED.toReversed()) a.pop(register);
  a.ret();
  return a.finish();
}

/** The routine. */
export const gradientRoutine: Routine<GradientShape, keyof typeof ARGUMENTS> = {
  name: "gradient",
  parameters: namesOf(ARGUMENTS),
  assemble,
};
