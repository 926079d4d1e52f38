/**
 * The kernel of the input's gradient: rotated by 180°, its channels exchanged.
 *
 * @module
 */
import { Assembler, registers } from "../assemble.ts";
import { FLOAT } from "../columns.ts";
import { loadArguments, namesOf, type Routine } from "../routine.ts";
import { eachRow } from "../loops.ts";

const { rax, rcx, rdx, rsi, r8, r9 } = registers;
const ARGUMENTS = { from: rsi, to: rdx } as const;
const [NUMBER, INNER, OUTER, COUNT] = [rax, rcx, r8, r9];

/** Numbers of a kernel for one pair of channels. */
export const TAPS = 9;

/** Sizes of the kernel: [3, 3, inner, outer] → [3, 3, outer, inner]. */
export interface TurnSize {
  readonly inner: number;
  readonly outer: number;
}

function assemble({ inner, outer }: TurnSize): Uint8Array<ArrayBuffer> {
  const a = new Assembler();
  const { from, to } = ARGUMENTS;
  const tap = inner * outer * FLOAT;
  const [nextTap, nextInner] = [a.label(), a.label()];
  loadArguments(a, ARGUMENTS);
  a.increase(to, (TAPS - 1) * tap);
  // Tap by tap: the same place in all taps would fall into the same cache set.
  a.set(COUNT, TAPS);
  a.place(nextTap);
  a.set(INNER, inner);
  a.place(nextInner);
  a.set(OUTER, outer);
  eachRow(a, {
    ...{ count: OUTER, unroll: 8, advance: [[from, FLOAT], [to, inner * FLOAT]] },
    body(numbers) {
      for (let index = 0; index < numbers; index++) {
        a.load32(NUMBER, { base: from, offset: index * FLOAT });
        a.store32({ base: to, offset: index * inner * FLOAT }, NUMBER);
      }
    },
  });
  a.decrease(to, tap - FLOAT);
  a.decrease(INNER, 1);
  a.jump("notEqual", nextInner);
  a.decrease(to, inner * FLOAT + tap);
  a.decrease(COUNT, 1);
  a.jump("notEqual", nextTap);
  a.ret();
  return a.finish();
}

/** The routine. */
export const turnRoutine: Routine<TurnSize, keyof typeof ARGUMENTS> = {
  name: "winogradTurn",
  parameters: namesOf(ARGUMENTS),
  assemble,
};
