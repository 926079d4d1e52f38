/**
 * The gradient of a kernel's planes: transform the tiles of a block, input and gradient, and sum their
 * products; then the next block.
 *
 * @module
 */
import { type Assembler, registers } from "../assemble.ts";
import { FLOAT, vectorsOf } from "../columns.ts";
import type { Routine } from "../routine.ts";
import { type Ahead, imageBytes } from "./ahead.ts";
import { AHEAD, assembleBlocks, type ConvolutionShape, slotsOf } from "./blocks.ts";
import {
  type Groups,
  groupsOf,
  MOST_CHANNELS,
  SUM_PLACES,
  sumPlanes,
  TILES,
} from "./gradient_sums.ts";
import { type Block, blockOf, matrixPanels, type Planes, planesOf } from "./planes.ts";
import { BLOCK, tilesAlong } from "./tile_rows.ts";
import { TILE, transformGradient, transformInput } from "./transforms.ts";

const { rax } = registers;

/** `row` and `dyRow` are the rows of tiles in an image; `rows` those of all images. */
const PARAMETERS = [
  "x",
  "dy",
  "rows",
  "planes",
  "dyPlanes",
  "sums",
  "zeros",
  "row",
  "dyRow",
] as const;
type Parameter = typeof PARAMETERS[number];

const { at, fetch } = slotsOf(PARAMETERS);

/** How a gradient is worked on. */
export interface GradientPlan {
  readonly block: Block;
  readonly groups: Groups;
  readonly input: Planes;
  readonly gradient: Planes;
}

/** Tiles of a block, about: fewer read the sums too often, more exceed the first-level cache. */
const BLOCK_TILES = 32;

/** Plan a gradient. */
export function gradientPlanOf({ width, from, to }: ConvolutionShape): GradientPlan {
  const vectors = Math.max(...matrixPanels(from, to).map(({ channels }) => vectorsOf(channels)));
  const block = blockOf(tilesAlong(width), { wanted: BLOCK_TILES, most: 1 });
  return {
    ...{ block, groups: groupsOf(from, MOST_CHANNELS[vectors]!) },
    ...{ input: planesOf(from, block.tiles), gradient: planesOf(to, block.tiles) },
  };
}

/** Count the tiles of a block, with so many in a row. */
function countTiles(a: Assembler, columns: number): void {
  const again = a.label();
  a.move(rax, BLOCK);
  a.set(TILES, 0);
  a.place(again);
  a.increase(TILES, columns);
  a.decrease(rax, 1);
  a.jump("notEqual", again);
}

/** The images of the next block. */
function aheadOf({ width, from, to }: ConvolutionShape, rows: number): Ahead[] {
  return [from, to].map((channels, index) => ({
    register: AHEAD[index]!,
    bytes: imageBytes(rows, { width, channels }),
    isWritten: false,
  }));
}

function assemble(shape: ConvolutionShape): Uint8Array<ArrayBuffer> {
  const { height, width, from, to } = shape;
  const { block, groups, input, gradient } = gradientPlanOf(shape);
  return assembleBlocks(shape, {
    ...{ rows: at("rows"), size: block.rows },
    body(a) {
      countTiles(a, tilesAlong(width));
      fetch(a, [[TILE, "planes"]]);
      transformInput(a, {
        ...{ size: { height, width, channels: from }, planes: input },
        ...{ start: at("x"), row: at("row"), outside: at("zeros") },
      });
      fetch(a, [[TILE, "dyPlanes"]]);
      transformGradient(a, {
        ...{ size: { height, width, channels: to }, planes: gradient },
        ...{ start: at("dy"), row: at("dyRow"), outside: at("zeros") },
      });
      fetch(a, [[AHEAD[0], "x"], [AHEAD[1], "dy"]]);
      for (const panel of matrixPanels(groups.count * groups.size, to)) {
        fetch(a, [
          [SUM_PLACES.input, "planes"],
          [SUM_PLACES.gradient, "dyPlanes", panel.first * FLOAT],
          [SUM_PLACES.sums, "sums", panel.start],
        ]);
        const ahead = panel.first > 0 ? [] : aheadOf(shape, block.rows);
        sumPlanes(a, { panel, groups, input, gradient, ahead });
      }
    },
  });
}

/** The routine. */
export const gradientRoutine: Routine<ConvolutionShape, Parameter> = {
  name: "winogradGradient",
  parameters: PARAMETERS,
  assemble,
};
