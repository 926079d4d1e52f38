/**
 * A convolution: transform the tiles of a block, multiply, transform back; then the next block.
 *
 * @module
 */
import { Assembler, type Integer, type Memory, registers } from "../assemble.ts";
import { setTail, vectorsOf } from "../columns.ts";
import type { Kernel } from "../kernel.ts";
import { type Ahead, imageBytes } from "./ahead.ts";
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
import { BLOCK, tilesAlong } from "./tile_rows.ts";
import { READ_TAIL, TILE, transformInput, transformOutput, WRITTEN_TAIL } from "./transforms.ts";

const { rax, rbx, rdx, rdi, r12, r13, r14, r15 } = registers;
const SAVED = [rbx, r12, r13, r14, r15];
const [NEXT_INPUT, NEXT_OUTPUT] = [rdx, r15];

/** What a routine is made for. */
export interface ConvolutionShape {
  /** Rows of an image. */
  readonly height: number;
  /** Pixels of a row. */
  readonly width: number;
  /** Channels of the input. */
  readonly from: number;
  /** Channels of the output. */
  readonly to: number;
}

/** `row` and `outputRow` are the rows of tiles in an image; `rows` those of all images. */
const PARAMETERS = [
  ...["x", "y", "rows", "kernels", "planes", "products", "zeros", "sink", "row", "outputRow"],
] as const;
type Parameter =
  | "x"
  | "y"
  | "rows"
  | "kernels"
  | "planes"
  | "products"
  | "zeros"
  | "sink"
  | "row"
  | "outputRow";

/** Arguments stay in memory, where some of them change. */
const slot = (name: Parameter): Memory => ({ base: rdi, offset: 8 * PARAMETERS.indexOf(name) });

/** How a convolution is worked on. */
export interface ConvolutionPlan {
  readonly block: Block;
  /** Planes of the input. */
  readonly input: Planes;
  /** Planes of the products; if those of the input, products are written over them. */
  readonly output: Planes;
}

/** Bytes of the planes of a block, as they share the first cache with a plane of kernels. */
const BLOCK_BYTES = 3 << 13;
/** The first bound keeps groups full; where it matters, kernels are not read too often, either. */
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

/** Take the rows of a block from those that are left. */
function takeBlock(a: Assembler, rows: number): void {
  a.move(rax, slot("rows"));
  a.set(BLOCK, rows);
  a.compareRegisters(rax, BLOCK);
  a.moveIfBelow(BLOCK, rax);
  a.subtract(rax, BLOCK);
  a.keep(slot("rows"), rax);
}

/** The next block's input, and this one's output. */
function aheadOf({ width, from, to }: ConvolutionShape, rows: number): Ahead[] {
  const bytes = (channels: number): number => imageBytes(rows, { width, channels });
  return [
    { register: NEXT_INPUT, bytes: bytes(from), isWritten: false },
    { register: NEXT_OUTPUT, bytes: bytes(to), isWritten: true },
  ];
}

function assemble(shape: ConvolutionShape): Uint8Array<ArrayBuffer> {
  const { height, width, from, to } = shape;
  const { block, input, output } = planOf(shape);
  const a = new Assembler();
  const again = a.label();
  for (const register of SAVED) a.push(register);
  setTail(a, READ_TAIL, { channels: from, spare: rax });
  setTail(a, WRITTEN_TAIL, { channels: to, spare: rax });
  a.place(again);
  takeBlock(a, block.rows);
  a.move(TILE, slot("planes"));
  transformInput(a, {
    ...{ size: { height, width, channels: from }, planes: input },
    ...{ start: slot("x"), row: slot("row"), outside: slot("zeros") },
  });
  a.move(INPUT_BYTES, TILE);
  a.move(rax, slot("planes"));
  a.subtract(INPUT_BYTES, rax);
  a.move(NEXT_INPUT, slot("x"));
  a.move(NEXT_OUTPUT, slot("y"));
  for (const panel of matrixPanels(from, to)) {
    const at = (register: Integer, name: Parameter, offset: number): void => {
      a.move(register, slot(name));
      a.increase(register, offset);
    };
    at(PRODUCT_PLACES.input, "planes", 0);
    at(PRODUCT_PLACES.kernels, "kernels", panel.start);
    at(PRODUCT_PLACES.output, "products", 4 * panel.first);
    const ahead = panel.first > 0 ? [] : aheadOf(shape, block.rows);
    multiplyPlanes(a, { depth: from, panel, group: block.group, input, output, ahead });
  }
  a.move(TILE, slot("products"));
  transformOutput(a, {
    ...{ size: { height, width, channels: to }, planes: output },
    ...{ start: slot("y"), row: slot("outputRow"), outside: slot("sink") },
  });
  a.move(rax, slot("rows"));
  a.compare(rax, 0);
  a.jump("notEqual", again);
  for (const register of SAVED.toReversed()) a.pop(register);
  a.leave();
  return a.finish();
}

/** The kernel. */
export const convolutionKernel: Kernel<ConvolutionShape, Parameter> = {
  name: "winogradConvolution",
  parameters: PARAMETERS as readonly Parameter[],
  assemble,
};
