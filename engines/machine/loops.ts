/**
 * Loops over rows.
 *
 * @module
 */
import type { Assembler, Integer } from "./assemble.ts";

/** Rows to visit. */
export interface RowLoop {
  /** Register with the number of rows; 0 afterwards. */
  readonly count: Integer;
  /** Rows at a time, as long as there are as many. */
  readonly unroll: number;
  /** Registers that go through the rows, and the bytes of a row. */
  readonly advance: readonly (readonly [Integer, number])[];
  /** Appends the code for some rows, which begin at the registers. */
  readonly body: (rows: number) => void;
}

/** Append a loop over rows: groups first, then the rest one by one. */
export function eachRow(a: Assembler, { count, unroll, advance, body }: RowLoop): void {
  const end = a.label();
  const single = a.label();
  const step = (rows: number): void => {
    body(rows);
    for (const [register, bytes] of advance) a.increase(register, rows * bytes);
    a.decrease(count, rows);
  };
  if (unroll > 1) {
    const group = a.label();
    a.compare(count, unroll);
    a.jump("below", single);
    a.place(group);
    step(unroll);
    a.compare(count, unroll);
    a.jump("notBelow", group);
  }
  a.place(single);
  a.compare(count, 0);
  a.jump("equal", end);
  const again = a.label();
  a.place(again);
  step(1);
  a.jump("notEqual", again);
  a.place(end);
}

/** Append a loop over blocks of rows: `body` finds the rows of its block in a register. */
export function eachBlock(
  a: Assembler,
  { rows, block, size, body }: {
    /** Register with the number of rows; 0 afterwards. */
    readonly rows: Integer;
    /** Register for the rows of a block, which `body` leaves as they are. */
    readonly block: Integer;
    /** Rows of all blocks but the last. */
    readonly size: number;
    readonly body: () => void;
  },
): void {
  const again = a.label();
  a.place(again);
  a.set(block, size);
  a.compareRegisters(rows, block);
  a.moveIfBelow(block, rows);
  body();
  a.subtract(rows, block);
  a.jump("notEqual", again);
}
