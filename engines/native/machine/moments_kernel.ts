/**
 * Sums and sums of squares for one panel of channels.
 *
 * @module
 */
import { Assembler, registers, type Vector } from "./assemble.ts";
import { columnsOf, FLOAT, formOf, setTail } from "./columns.ts";
import { type Kernel, loadArguments, namesOf } from "./kernel.ts";
import { eachBlock, eachRow } from "./loops.ts";
import { addToSums, SUMS } from "./sums.ts";

/** What a routine is made for. */
export interface MomentsShape {
  /** Channels of the panel. */
  readonly channels: number;
  /** Channels of x. */
  readonly width: number;
}

const { rax, rdx, rsi, r8, r9 } = registers;
/** All sums come before those of squares. */
const ARGUMENTS = { x: rsi, rows: r8, sums: r9 } as const;
const [BLOCK, COUNT] = [rdx, rax];

const TAIL = 1;
/** Rows at once, by vectors of the panel: each with sums of its own, for an addition takes long. */
const ROWS_AT_ONCE = [0, 4, 4, 3, 3];
/** Rows whose sums are made in floats, for each row at once. */
const MOST_ROWS = 64;
/** Registers that hold no sums. */
const [VALUE, SPARE]: [Vector, Vector] = [30, 31];

function assemble({ channels, width }: MomentsShape): Uint8Array<ArrayBuffer> {
  const a = new Assembler();
  const columns = columnsOf(channels);
  const vectors = columns.length;
  const copies = ROWS_AT_ONCE[vectors]!;
  const sumOf = (copy: number, column: number): Vector => 2 * (copy * vectors + column);
  const readRow = (row: number): void =>
    columns.forEach((column, index) => {
      const form = formOf(column, TAIL)!;
      const sum = sumOf(row, index);
      const from = { base: ARGUMENTS.x, offset: row * width * FLOAT + column.offset };
      a.load(VALUE, from, { ...form, zeroing: form.mask !== undefined });
      a.add(sum, [sum, VALUE]);
      a.multiplyAdd(sum + 1, [VALUE, VALUE]);
    });
  const addSums = (): void =>
    columns.forEach((column, index) => {
      for (const part of [0, 1]) {
        const sum = sumOf(0, index) + part;
        for (let copy = 1; copy < copies; copy++) a.add(sum, [sum, sumOf(copy, index) + part]);
        const offset = (part * vectors + index) * SUMS;
        addToSums(a, { sum, column, base: ARGUMENTS.sums, offset, spare: [VALUE, SPARE] });
      }
    });
  setTail(a, TAIL, { channels, spare: rax });
  loadArguments(a, ARGUMENTS);
  eachBlock(a, {
    ...{ rows: ARGUMENTS.rows, block: BLOCK, size: MOST_ROWS * copies },
    body() {
      for (let sum = 0; sum < sumOf(copies, 0); sum++) a.clear(sum);
      a.move(COUNT, BLOCK);
      eachRow(a, {
        ...{ count: COUNT, unroll: copies, advance: [[ARGUMENTS.x, width * FLOAT]] },
        body: (rows) => {
          for (let row = 0; row < rows; row++) readRow(row);
        },
      });
      addSums();
    },
  });
  a.leave();
  return a.finish();
}

/** The kernel. */
export const momentsKernel: Kernel<MomentsShape, keyof typeof ARGUMENTS> = {
  name: "moments",
  parameters: namesOf(ARGUMENTS),
  assemble,
};
