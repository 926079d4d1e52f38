/**
 * Routines that work on images block by block.
 *
 * @module
 */
import { Assembler, type Integer, type Memory, registers } from "../assemble.ts";
import { setTailMask } from "../columns.ts";
import { BLOCK } from "./tile_rows.ts";
import { READ_TAIL, WRITTEN_TAIL } from "./transforms.ts";

const { rax, rbx, rdx, rdi, r12, r13, r14, r15 } = registers;
const SAVED = [rbx, r12, r13, r14, r15];

/** Registers that go through the images ahead of the transforms. */
export const AHEAD: readonly [Integer, Integer] = [rdx, r15];

/** Sizes of a convolution. */
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

/** Arguments that stay in memory; some of them change there. */
export interface Slots<Name extends string> {
  /** Where an argument is. */
  readonly at: (name: Name) => Memory;
  /** Append the loads of arguments into registers, each with what is added. */
  readonly fetch: (a: Assembler, places: readonly (readonly [Integer, Name, number?])[]) => void;
}

/** Slots of arguments, by their order. */
export function slotsOf<Name extends string>(names: readonly Name[]): Slots<Name> {
  const at = (name: Name): Memory => ({ base: rdi, offset: 8 * names.indexOf(name) });
  return {
    at,
    fetch(a, places) {
      for (const [register, name, offset = 0] of places) {
        a.move(register, at(name));
        a.increase(register, offset);
      }
    },
  };
}

/** Append the split of a block from the rows that are left. */
function takeBlock(
  a: Assembler,
  { rows, size }: { readonly rows: Memory; readonly size: number },
): void {
  a.move(rax, rows);
  a.set(BLOCK, size);
  a.compareRegisters(rax, BLOCK);
  a.moveIfBelow(BLOCK, rax);
  a.subtract(rax, BLOCK);
  a.spill(rows, rax);
}

/**
 * Make a routine that runs `body` for each block of rows of tiles, with their number in `BLOCK`.
 *
 * @param shape Sizes of the convolution.
 * @param options Memory with the number of all rows, at least 1; rows of a block; and its code.
 */
export function assembleBlocks(
  { from, to }: ConvolutionShape,
  { rows, size, body }: {
    readonly rows: Memory;
    readonly size: number;
    readonly body: (a: Assembler) => void;
  },
): Uint8Array<ArrayBuffer> {
  const a = new Assembler();
  const again = a.label();
  for (const register of SAVED) a.push(register);
  setTailMask(a, READ_TAIL, { channels: from, spare: rax });
  setTailMask(a, WRITTEN_TAIL, { channels: to, spare: rax });
  a.place(again);
  takeBlock(a, { rows, size });
  body(a);
  a.move(rax, rows);
  a.compare(rax, 0);
  a.jump("notEqual", again);
  for (const register of SAVED.toReversed()) a.pop(register);
  a.ret();
  return a.finish();
}
