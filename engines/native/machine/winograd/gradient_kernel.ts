/**
 * The gradient of a kernel's planes: transform the tiles of a block, input and gradient, and sum their
 * products; then the next block.
 *
 * @module
 */
import { Assembler, type Integer, type Memory, registers } from "../assemble.ts";
import { FLOAT, setTail, vectorsOf } from "../columns.ts";
import type { Kernel } from "../kernel.ts";
import { type Ahead, imageBytes } from "./ahead.ts";
import type { ConvolutionShape } from "./convolution_kernel.ts";
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
import { READ_TAIL, TILE, transformGradient, transformInput, WRITTEN_TAIL } from "./transforms.ts";

const { rax, rbx, rdx, rdi, r12, r13, r14, r15 } = registers;
const SAVED = [rbx, r12, r13, r14, r15];
const [NEXT_INPUT, NEXT_GRADIENT] = [rdx, r15];

type Parameter = "x" | "dy" | "rows" | "planes" | "dyPlanes" | "sums" | "zeros" | "row" | "dyRow";
const PARAMETERS: readonly Parameter[] = [
  ...["x", "dy", "rows", "planes", "dyPlanes", "sums", "zeros", "row", "dyRow"] as const,
];

/** Arguments stay in memory, where some of them change. */
const slot = (name: Parameter): Memory => ({ base: rdi, offset: 8 * PARAMETERS.indexOf(name) });

/** How a gradient is worked on. */
export interface GradientPlan {
  readonly block: Block;
  readonly groups: Groups;
  readonly input: Planes;
  readonly gradient: Planes;
}

/** Tiles of a block, about: fewer read the sums too often, more leave the first cache. */
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

/** Take the rows of a block from those that are left, and count their tiles. */
function takeBlock(a: Assembler, { rows, columns }: { rows: number; columns: number }): void {
  a.move(rax, slot("rows"));
  a.set(BLOCK, rows);
  a.compareRegisters(rax, BLOCK);
  a.moveIfBelow(BLOCK, rax);
  a.subtract(rax, BLOCK);
  a.keep(slot("rows"), rax);
  a.move(rax, BLOCK);
  a.set(TILES, 0);
  const again = a.label();
  a.place(again);
  a.increase(TILES, columns);
  a.decrease(rax, 1);
  a.jump("notEqual", again);
}

/** The images of the next block. */
function aheadOf({ width, from, to }: ConvolutionShape, rows: number): Ahead[] {
  const bytes = (channels: number): number => imageBytes(rows, { width, channels });
  return [
    { register: NEXT_INPUT, bytes: bytes(from), isWritten: false },
    { register: NEXT_GRADIENT, bytes: bytes(to), isWritten: false },
  ];
}

function assemble(shape: ConvolutionShape): Uint8Array<ArrayBuffer> {
  const { height, width, from, to } = shape;
  const { block, groups, input, gradient } = gradientPlanOf(shape);
  const a = new Assembler();
  const again = a.label();
  for (const register of SAVED) a.push(register);
  setTail(a, READ_TAIL, { channels: from, spare: rax });
  setTail(a, WRITTEN_TAIL, { channels: to, spare: rax });
  a.place(again);
  takeBlock(a, { rows: block.rows, columns: tilesAlong(width) });
  a.move(TILE, slot("planes"));
  transformInput(a, {
    ...{ size: { height, width, channels: from }, planes: input },
    ...{ start: slot("x"), row: slot("row"), outside: slot("zeros") },
  });
  a.move(TILE, slot("dyPlanes"));
  transformGradient(a, {
    ...{ size: { height, width, channels: to }, planes: gradient },
    ...{ start: slot("dy"), row: slot("dyRow"), outside: slot("zeros") },
  });
  a.move(NEXT_INPUT, slot("x"));
  a.move(NEXT_GRADIENT, slot("dy"));
  for (const panel of matrixPanels(groups.count * groups.size, to)) {
    const at = (register: Integer, name: Parameter, offset: number): void => {
      a.move(register, slot(name));
      a.increase(register, offset);
    };
    at(SUM_PLACES.input, "planes", 0);
    at(SUM_PLACES.gradient, "dyPlanes", panel.first * FLOAT);
    at(SUM_PLACES.sums, "sums", panel.start);
    const ahead = panel.first > 0 ? [] : aheadOf(shape, block.rows);
    sumPlanes(a, { panel, groups, input, gradient, ahead });
  }
  a.move(rax, slot("rows"));
  a.compare(rax, 0);
  a.jump("notEqual", again);
  for (const register of SAVED.toReversed()) a.pop(register);
  a.leave();
  return a.finish();
}

/** The kernel. */
export const gradientKernel: Kernel<ConvolutionShape, Parameter> = {
  name: "winogradGradient",
  parameters: PARAMETERS,
  assemble,
};
