/**
 * The sums of a block of tiles: for each plane [C, tiles] · [tiles, D], added to those before.
 *
 * Of the gradient only half of the transform lies in memory, [4, 2, tiles, D]; the other half, at
 * most one addition, is cheaper made anew than written and read.
 *
 * @module
 */
import { type Assembler, type Integer, registers, type Vector } from "../assemble.ts";
import { type Column, columnsOf, FLOAT } from "../columns.ts";
import { eachRow } from "../loops.ts";
import { type Ahead, bring } from "./ahead.ts";
import type { MatrixPanel, Planes } from "./planes.ts";

const { rax, rbx, rcx, rsi, r8, r9, r10, r11, r12, r13 } = registers;
/** Registers with the planes of the input, of the output's gradient, and of the sums. */
export const SUM_PLACES: Readonly<Record<"input" | "gradient" | "sums", Integer>> = {
  ...{ input: r8, gradient: r9, sums: r10 },
};
/** Register with the number of the block's tiles. */
export const TILES: Integer = r13;
const [COUNT, GROUPS, INPUT, GRADIENT, CHANNEL, ROW] = [rax, rbx, rsi, rcx, r11, r12];

const SPLAT: Vector = 31;
/** Channels of a group by vectors of a panel: as many as registers allow. */
export const MOST_CHANNELS = [0, 28, 14, 9, 6] as const;

/** How the channels of the input are cut: groups of equal size, the last one filled up. */
export interface Groups {
  readonly count: number;
  readonly size: number;
}

/** As few groups as possible. */
export function groupsOf(depth: number, most: number): Groups {
  const count = Math.ceil(depth / most);
  return { count, size: Math.ceil(depth / count) };
}

/** What is summed. */
export interface Sums {
  readonly panel: MatrixPanel;
  readonly groups: Groups;
  readonly input: Planes;
  readonly gradient: Planes;
  /** What is brought into the cache meanwhile. */
  readonly ahead: readonly Ahead[];
}

interface Build extends Sums {
  readonly a: Assembler;
  readonly columns: readonly Column[];
  /** Column of the planes, 0 to 3. */
  readonly x: number;
}

/** Load the gradient of a tile, transformed: v, v + w, v − w or w. */
function loadFactors({ a, columns, groups: { size }, gradient, x }: Build, tile: number): void {
  columns.forEach(({ offset, bytes }, index) => {
    const factor = size * columns.length + index;
    const at = { base: GRADIENT, offset: tile * gradient.tile + offset };
    const next = { ...at, offset: at.offset + gradient.plane };
    a.load(factor, x === 3 ? next : at, { bytes });
    if (x === 1) a.add(factor, [factor, next], { bytes });
    if (x === 2) a.minus(factor, [factor, next], { bytes });
  });
}

/** Add the products of one tile. */
function addTile(build: Build, tile: number): void {
  const { a, columns, groups: { size }, input } = build;
  const vectors = columns.length;
  const factors = size * vectors;
  loadFactors(build, tile);
  for (let channel = 0; channel < size; channel++) {
    const x = { base: INPUT, offset: tile * input.tile + channel * FLOAT };
    if (vectors > 1) a.splat(SPLAT, x);
    columns.forEach(({ bytes }, index) => {
      const sum = channel * vectors + index;
      if (vectors > 1) a.multiplyAdd(sum, [SPLAT, factors + index], { bytes });
      else a.multiplyAdd(sum, [factors, x], { bytes, broadcast: true });
    });
  }
}

/** The sums of a group, whose first channel is at a register. */
function addGroup(build: Build): void {
  const { a, columns, groups: { size }, panel, input, gradient } = build;
  const vectors = columns.length;
  a.move(INPUT, CHANNEL);
  a.move(GRADIENT, SUM_PLACES.gradient);
  a.move(COUNT, TILES);
  for (let sum = 0; sum < size * vectors; sum++) a.clear(sum);
  eachRow(a, {
    ...{ count: COUNT, unroll: size * vectors > 16 ? 1 : 2 },
    advance: [[INPUT, input.tile], [GRADIENT, gradient.tile]],
    body(tiles) {
      for (let tile = 0; tile < tiles; tile++) addTile(build, tile);
    },
  });
  for (let sum = 0; sum < size * vectors; sum++) {
    const { offset, bytes } = columns[sum % vectors]!;
    const at = {
      base: SUM_PLACES.sums,
      offset: Math.floor(sum / vectors) * panel.row + offset,
    };
    a.add(sum, [sum, at], { bytes });
    a.store(at, sum, { bytes });
  }
  a.increase(CHANNEL, size * FLOAT);
  a.increase(SUM_PLACES.sums, size * panel.row);
}

/**
 * Append the sums of all planes. Channels beyond the last one are read, and summed, too.
 *
 * @param a The routine; its `SUM_PLACES` and `TILES` are set.
 */
export function sumPlanes(a: Assembler, sums: Sums): void {
  const columns = columnsOf(sums.panel.channels);
  const nextRow = a.label();
  a.set(ROW, 4);
  a.place(nextRow);
  for (let x = 0; x < 4; x++) {
    bring(a, sums.ahead);
    const nextGroup = a.label();
    a.move(CHANNEL, SUM_PLACES.input);
    a.set(GROUPS, sums.groups.count);
    a.place(nextGroup);
    addGroup({ ...sums, a, columns, x });
    a.decrease(GROUPS, 1);
    a.jump("notEqual", nextGroup);
    a.increase(SUM_PLACES.input, sums.input.plane);
  }
  a.increase(SUM_PLACES.gradient, 2 * sums.gradient.plane);
  a.decrease(ROW, 1);
  a.jump("notEqual", nextRow);
}
