/**
 * A convolution: transform the tiles of a block, multiply, transform back; then the next block.
 *
 * @module
 */
import { registers } from "../assemble.ts";
import { FLOAT, vectorsOf } from "../columns.ts";
import type { Routine } from "../routine.ts";
import { type Ahead, imageBytes } from "./ahead.ts";
import { AHEAD, assembleBlocks, type ConvolutionShape, slotsOf } from "./blocks.ts";
import {
  type Block,
  blockOf,
  matrixPanels,
  paddedBytes,
  PLANES,
  type Planes,
  planesOf,
} from "./planes.ts";
import { INPUT_BYTES, MOST_TILES, multiplyPlanes, PRODUCT_PLACES } from "./products.ts";
import { tilesAlong } from "./tile_rows.ts";
import { TILE, transformInput, transformOutput } from "./transforms.ts";

const { rax } = registers;

/** `row` and `outputRow` are the rows of tiles in an image; `rows` those of all images. */
const PARAMETERS = [
  "x",
  "y",
  "rows",
  "kernels",
  "planes",
  "products",
  "zeros",
  "sink",
  "row",
  "outputRow",
] as const;
type Parameter = typeof PARAMETERS[number];

const { at, fetch } = slotsOf(PARAMETERS);

/** How a convolution is worked on. */
export interface ConvolutionPlan {
  readonly block: Block;
  /** Planes of the input. */
  readonly input: Planes;
  /** Planes of the products; if those of the input, products are written over them. */
  readonly output: Planes;
}

/** Bytes of the planes of a block: they share the first-level cache with a plane of kernels. */
const BLOCK_BYTES = 3 << 13;
/** The first bound keeps groups full, and kernels from being read too often. */
const [FEWEST_TILES, MOST_OF_BLOCK] = [16, 48];

/** Plan a convolution. */
export function planOf({ width, from, to }: ConvolutionShape): ConvolutionPlan {
  const panels = matrixPanels(from, to);
  const most = MOST_TILES[Math.max(...panels.map(({ channels }) => vectorsOf(channels)))]!;
  const wider = Math.max(from, to);
  const fitting = BLOCK_BYTES / (PLANES * paddedBytes(wider));
  const wanted = Math.min(MOST_OF_BLOCK, Math.max(FEWEST_TILES, fitting));
  const block = blockOf(tilesAlong(width), { wanted, most });
  // A second panel would find the input overwritten.
  const isInPlace = panels.length === 1;
  const planes = (channels: number): Planes => planesOf(isInPlace ? wider : channels, block.tiles);
  const input = planes(from);
  return { block, input, output: isInPlace ? input : planes(to) };
}

/** The next block's input, and this one's output. */
function aheadOf({ width, from, to }: ConvolutionShape, rows: number): Ahead[] {
  const bytes = (channels: number): number => imageBytes(rows, { width, channels });
  return [
    { register: AHEAD[0], bytes: bytes(from), isWritten: false },
    { register: AHEAD[1], bytes: bytes(to), isWritten: true },
  ];
}

function assemble(shape: ConvolutionShape): Uint8Array<ArrayBuffer> {
  const { height, width, from, to } = shape;
  const { block, input, output } = planOf(shape);
  return assembleBlocks(shape, {
    ...{ rows: at("rows"), size: block.rows },
    body(a) {
      fetch(a, [[TILE, "planes"]]);
      transformInput(a, {
        ...{ size: { height, width, channels: from }, planes: input },
        ...{ start: at("x"), row: at("row"), outside: at("zeros") },
      });
      a.move(INPUT_BYTES, TILE);
      fetch(a, [[rax, "planes"], [AHEAD[0], "x"], [AHEAD[1], "y"]]);
      a.subtract(INPUT_BYTES, rax);
      for (const panel of matrixPanels(from, to)) {
        fetch(a, [
          [PRODUCT_PLACES.input, "planes"],
          [PRODUCT_PLACES.kernels, "kernels", panel.start],
          [PRODUCT_PLACES.output, "products", panel.first * FLOAT],
        ]);
        const ahead = panel.first > 0 ? [] : aheadOf(shape, block.rows);
        multiplyPlanes(a, { depth: from, panel, group: block.group, input, output, ahead });
      }
      fetch(a, [[TILE, "products"]]);
      transformOutput(a, {
        ...{ size: { height, width, channels: to }, planes: output },
        ...{ start: at("y"), row: at("outputRow"), outside: at("sink") },
      });
    },
  });
}

/** The routine. */
export const convolutionRoutine: Routine<ConvolutionShape, Parameter> = {
  name: "winogradConvolution",
  parameters: PARAMETERS,
  assemble,
};
