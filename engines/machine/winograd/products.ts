/**
 * The products of a block of tiles: for each plane [tiles, C] · [C, D].
 *
 * @module
 */
import { type Assembler, type Integer, registers, type Vector } from "../assemble.ts";
import { type Column, columnsOf, FLOAT } from "../columns.ts";
import { type Ahead, bring } from "./ahead.ts";
import { type MatrixPanel, PLANES, type Planes } from "./planes.ts";

const { rax, rbx, rcx, rsi, r8, r9, r10, r11, r12, r13 } = registers;
/** Registers with the planes of the input, of the kernels, and of the products. */
export const PRODUCT_PLACES: Readonly<Record<"input" | "kernels" | "output", Integer>> = {
  ...{ input: r8, kernels: r9, output: r10 },
};
/** Register with the bytes of the block's tiles in a plane of the input. */
export const INPUT_BYTES: Integer = r13;
const [LEFT, CHANNELS, INPUT, OUTPUT, KERNELS, PLANE] = [rax, rbx, rsi, rcx, r11, r12];

const SPLAT: Vector = 31;
/** Tiles of a group by vectors of a panel: as many as registers allow. */
export const MOST_TILES = [0, 16, 14, 9, 6] as const;
/** Channels whose code is written out; more of them are a loop. */
const WRITTEN_OUT = 16;
const LOOPED = 8;

/** What is multiplied. */
export interface Products {
  readonly depth: number;
  readonly panel: MatrixPanel;
  /** Tiles of a group. */
  readonly group: number;
  readonly input: Planes;
  readonly output: Planes;
  /** What is brought into the cache meanwhile. */
  readonly ahead: readonly Ahead[];
}

interface Build extends Products {
  readonly a: Assembler;
  readonly columns: readonly Column[];
}

/** Add the products with some channels, from those at the registers on. */
function addProducts({ a, columns, panel, input, group }: Build, channels: number): void {
  const vectors = columns.length;
  const weights = group * vectors;
  for (let channel = 0; channel < channels; channel++) {
    columns.forEach(({ offset, bytes }, index) =>
      a.load(weights + index, { base: KERNELS, offset: channel * panel.row + offset }, { bytes })
    );
    for (let tile = 0; tile < group; tile++) {
      const x = { base: INPUT, offset: tile * input.tile + channel * FLOAT };
      if (vectors > 1) a.splat(SPLAT, x);
      columns.forEach(({ bytes }, index) => {
        const sum = tile * vectors + index;
        if (vectors > 1) a.multiplyAdd(sum, [SPLAT, weights + index], { bytes });
        else a.multiplyAdd(sum, [weights, x], { bytes, broadcast: true });
      });
    }
  }
}

function addAll(build: Build): void {
  const { a, depth, panel } = build;
  a.move(KERNELS, PRODUCT_PLACES.kernels);
  if (depth <= WRITTEN_OUT) return addProducts(build, depth);
  const again = a.label();
  const rest = depth % LOOPED;
  a.set(CHANNELS, (depth - rest) / LOOPED);
  a.place(again);
  addProducts(build, LOOPED);
  a.increase(INPUT, LOOPED * FLOAT);
  a.increase(KERNELS, LOOPED * panel.row);
  a.decrease(CHANNELS, 1);
  a.jump("notEqual", again);
  addProducts(build, rest);
  a.decrease(INPUT, (depth - rest) * FLOAT);
}

function multiplyGroup(build: Build): void {
  const { a, columns, group, input, output } = build;
  const sums = group * columns.length;
  for (let sum = 0; sum < sums; sum++) a.clear(sum);
  addAll(build);
  for (let sum = 0; sum < sums; sum++) {
    const { offset, bytes } = columns[sum % columns.length]!;
    const tile = Math.floor(sum / columns.length);
    a.store({ base: OUTPUT, offset: tile * output.tile + offset }, sum, { bytes });
  }
  a.increase(INPUT, group * input.tile);
  a.increase(OUTPUT, group * output.tile);
}

/**
 * Append the products of all planes. The last group may go beyond the block's tiles.
 *
 * @param a The routine; its `PRODUCT_PLACES` and `INPUT_BYTES` are set.
 */
export function multiplyPlanes(a: Assembler, products: Products): void {
  const build = { ...products, a, columns: columnsOf(products.panel.channels) };
  const [nextPlane, nextGroup] = [a.label(), a.label()];
  a.set(PLANE, PLANES);
  a.place(nextPlane);
  bring(a, products.ahead);
  a.move(INPUT, PRODUCT_PLACES.input);
  a.move(OUTPUT, PRODUCT_PLACES.output);
  a.move(LEFT, INPUT_BYTES);
  a.place(nextGroup);
  multiplyGroup(build);
  a.decrease(LEFT, products.group * products.input.tile);
  a.jump("above", nextGroup);
  a.increase(PRODUCT_PLACES.input, products.input.plane);
  a.increase(PRODUCT_PLACES.kernels, products.panel.plane);
  a.increase(PRODUCT_PLACES.output, products.output.plane);
  a.decrease(PLANE, 1);
  a.jump("notEqual", nextPlane);
}
