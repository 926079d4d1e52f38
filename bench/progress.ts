/** Tells where the work is. */
export type Say = (text: string) => void;

/** Says each turn of a measurement. */
export function turnTeller(
  say: Say,
  { rounds }: { readonly rounds: number },
): (turn: { readonly round: number; readonly name: string }) => void {
  return ({ round, name }) =>
    say(round === 0 ? `warming up: ${name}` : `round ${round} of ${rounds}: ${name}`);
}
