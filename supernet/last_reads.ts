/**
 * Recognise the last read of each value. The value can be freed after it, which keeps the memory of
 * an evaluation low.
 *
 * @param names Names of the values, once for each read.
 * @returns A function to call with the name at each read; it returns whether that is the last read.
 */
export function lastReads(names: Iterable<string>): (name: string) => boolean {
  const left = new Map<string, number>();
  for (const name of names) left.set(name, (left.get(name) ?? 0) + 1);
  return (name) => {
    left.set(name, left.get(name)! - 1);
    return left.get(name) === 0;
  };
}
