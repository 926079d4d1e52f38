/** Edits (insert, delete, replace) that turn `a` into `b` (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The name that was probably meant: at most a third of its letters are off. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const ranked = names.map((known) => ({
    known,
    edits: distance(name.toLowerCase(), known.toLowerCase()),
  })).sort((a, b) => a.edits - b.edits);
  const [best] = ranked;
  if (best === undefined) return undefined;
  return best.edits <= Math.max(1, Math.ceil(best.known.length / 3)) ? best.known : undefined;
}
