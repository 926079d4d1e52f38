/**
 * What a routine is: machine code of its own for each shape of data.
 *
 * @module
 */
import { type Assembler, type Integer, registers } from "./assemble.ts";

/** Makes machine code, which finds its arguments in memory. */
export interface Routine<Shape, Argument extends string> {
  /** Its name. */
  readonly name: string;
  /** Names of the arguments, in order, each of 8 bytes. */
  readonly parameters: readonly Argument[];
  /** Make the code for a shape. */
  readonly assemble: (shape: Shape) => Uint8Array<ArrayBuffer>;
}

/** Names of arguments that are kept in registers, in order. */
export const namesOf = <Argument extends string>(
  places: Readonly<Record<Argument, Integer>>,
): Argument[] => Object.keys(places) as Argument[];

/**
 * Append the loads of the arguments into registers.
 *
 * @param a The routine.
 * @param places The register of each argument, in order; `rdi` may only be the last.
 */
export function loadArguments(a: Assembler, places: Readonly<Record<string, Integer>>): void {
  Object.values(places).forEach((register, index) =>
    a.move(register, { base: registers.rdi, offset: 8 * index })
  );
}
