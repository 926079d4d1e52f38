/**
 * Walks through the tiles of images: 2 × 2 pixels each, row by row, from image to image.
 *
 * @module
 */
import { type Assembler, type Integer, type Memory, registers } from "../assemble.ts";
import { FLOAT } from "../columns.ts";

const { rax, rbx, rcx, rsi, r14 } = registers;
/** Register with the number of rows of tiles to walk through. */
export const BLOCK: Integer = r14;
const [ROW, ROWS, COUNT, START] = [rax, rbx, rcx, rsi];

/** Size of images. */
export interface Size {
  /** Rows. */
  readonly height: number;
  /** Pixels of a row. */
  readonly width: number;
  /** Numbers of a pixel. */
  readonly channels: number;
}

/** Tiles below each other, or side by side. */
export const tilesAlong = (pixels: number): number => Math.ceil(pixels / 2);

/** A row of pixels that tiles look at. */
export interface Line {
  /** Its distance from the tile's first row. */
  readonly row: number;
  /** Register with its address, at the tile's first column. */
  readonly base: Integer;
}

/** A walk through tiles. */
export interface TileRows {
  readonly size: Size;
  /** Memory with the address of the current row of tiles. */
  readonly start: Memory;
  /** Memory with its number in its image. */
  readonly row: Memory;
  /** Memory with the address of a line that stands for those outside of the image. */
  readonly outside: Memory;
  readonly lines: readonly Line[];
  /** Appends the code for a tile, told which columns lie in the image. */
  readonly body: (isInside: (column: number) => boolean) => void;
}

/** Find the lines of a row of tiles, and go on to the next row. */
function findLines(a: Assembler, { size, start, row, outside, lines }: TileRows): void {
  const bytes = size.width * size.channels * FLOAT;
  const count = tilesAlong(size.height);
  const left = size.height - 2 * (count - 1);
  const [notFirst, notLast] = [a.label(), a.label()];
  a.move(START, start);
  a.move(ROW, row);
  for (const line of lines) {
    a.move(line.base, START);
    a.increase(line.base, line.row * bytes);
  }
  const above = lines.filter((line) => line.row < 0);
  if (above.length > 0) {
    a.compare(ROW, 0);
    a.jump("notEqual", notFirst);
    for (const { base } of above) a.move(base, outside);
    a.place(notFirst);
  }
  a.increase(START, 2 * bytes);
  a.increase(ROW, 1);
  a.compare(ROW, count);
  a.jump("below", notLast);
  for (const { base } of lines.filter((line) => line.row >= left)) a.move(base, outside);
  a.decrease(START, (2 - left) * bytes);
  a.set(ROW, 0);
  a.place(notLast);
  a.spill(start, START);
  a.spill(row, ROW);
}

/** Append a walk through `BLOCK` rows of tiles. `rax`, `rbx`, `rcx` and `rsi` are overwritten. */
export function eachTile(a: Assembler, rows: TileRows): void {
  const { size: { width, channels }, lines, body } = rows;
  const count = tilesAlong(width);
  const left = width - 2 * (count - 1);
  const tile = (isFirst: boolean, isLast: boolean): void => {
    body((column) => !(isFirst && column < 0) && !(isLast && column >= left));
    for (const { base } of lines) a.increase(base, 2 * channels * FLOAT);
  };
  const [nextRow, nextTile] = [a.label(), a.label()];
  a.move(ROWS, BLOCK);
  a.place(nextRow);
  findLines(a, rows);
  if (count === 1) tile(true, true);
  else {
    tile(true, false);
    if (count > 2) {
      a.set(COUNT, count - 2);
      a.place(nextTile);
      tile(false, false);
      a.decrease(COUNT, 1);
      a.jump("notEqual", nextTile);
    }
    tile(false, true);
  }
  a.decrease(ROWS, 1);
  a.jump("notEqual", nextRow);
}
