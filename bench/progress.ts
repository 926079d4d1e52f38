import type { Load } from "./environment.ts";

/** Tells where the work is. */
export type Say = (text: string) => void;

/** Says each turn of a measurement, and looks at the load. */
export function turnTeller(
  say: Say,
  { rounds, load }: { readonly rounds: number; readonly load: Load },
): (turn: { readonly round: number; readonly name: string }) => void {
  return ({ round, name }) => {
    load.look();
    say(round === 0 ? `warming up: ${name}` : `round ${round} of ${rounds}: ${name}`);
  };
}

/** Says so if other work took part of the processors. */
export function sayIfBusy(say: Say, load: Load): void {
  if (!load.isHigh()) return;
  say(
    `the machine was busy (${load.describe()}): threads that wait for each other lose most, so that ` +
      `ratios between engines hold less well`,
  );
}
