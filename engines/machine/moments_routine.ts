/**
 * Sums and sums of squares for one panel of channels.
 *
 * @module
 */
import { Assembler, registers, type Vector } from "./assemble.ts";
import { type Column, columnsOf, FLOAT, formOf, setTailMask } from "./columns.ts";
import { loadArguments, namesOf, type Routine } from "./routine.ts";
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
/** Rows summed side by side, by vectors of the panel: independent sums hide the latency of addition. */
const ROWS_AT_ONCE = [0, 4, 4, 3, 3];
/** Rows whose sums are made in floats, for each row at once. */
const MOST_ROWS = 64;
/** Registers that hold no sums. */
const [VALUE, SPARE]: [Vector, Vector] = [30, 31];

/** A panel under construction. Registers: sums and squares of each column, row by row. */
interface Build {
  readonly a: Assembler;
  readonly width: number;
  readonly columns: readonly Column[];
}

const sumOf = ({ columns }: Build, row: number, column: number): Vector =>
  2 * (row * columns.length + column);

function readRow(build: Build, row: number): void {
  const { a, width, columns } = build;
  columns.forEach((column, index) => {
    const form = formOf(column, TAIL)!;
    const sum = sumOf(build, row, index);
    const from = { base: ARGUMENTS.x, offset: row * width * FLOAT + column.offset };
    a.load(VALUE, from, { ...form, zeroing: form.mask !== undefined });
    a.add(sum, [sum, VALUE]);
    a.multiplyAdd(sum + 1, [VALUE, VALUE]);
  });
}

/** Add up the sums of the rows side by side, and add that to the totals. */
function addSums(build: Build, rows: number): void {
  const { a, columns } = build;
  columns.forEach((column, index) => {
    for (const part of [0, 1]) {
      const sum = sumOf(build, 0, index) + part;
      for (let row = 1; row < rows; row++) a.add(sum, [sum, sumOf(build, row, index) + part]);
      const offset = (part * columns.length + index) * SUMS;
      addToSums(a, { sum, column, base: ARGUMENTS.sums, offset, spare: [VALUE, SPARE] });
    }
  });
}

function assemble({ channels, width }: MomentsShape): Uint8Array<ArrayBuffer> {
  const a = new Assembler();
  const columns = columnsOf(channels);
  const build = { a, width, columns };
  const unroll = ROWS_AT_ONCE[columns.length]!;
  setTailMask(a, TAIL, { channels, spare: rax });
  loadArguments(a, ARGUMENTS);
  eachBlock(a, {
    ...{ rows: ARGUMENTS.rows, block: BLOCK, size: MOST_ROWS * unroll },
    body() {
      for (let sum = 0; sum < sumOf(build, unroll, 0); sum++) a.clear(sum);
      a.move(COUNT, BLOCK);
      eachRow(a, {
        ...{ count: COUNT, unroll, advance: [[ARGUMENTS.x, width * FLOAT]] },
        body(rows) {
          for (let row = 0; row < rows; row++) readRow(build, row);
        },
      });
      addSums(build, unroll);
    },
  });
  a.ret();
  return a.finish();
}

/** The routine. */
export const momentsRoutine: Routine<MomentsShape, keyof typeof ARGUMENTS> = {
  name: "moments",
  parameters: namesOf(ARGUMENTS),
  assemble,
};
