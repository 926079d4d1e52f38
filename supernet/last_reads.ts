/**
 * Tell the last of the reads of each value, behind which it can be freed: that keeps an evaluation's
 * memory low.
 *
 * @param names Names of the values, once for each read.
 * @returns Called with a name for each read: whether there is no other to come.
 */
export function lastReads(names: Iterable<string>): (name: string) => boolean {
  const left = new Map<string, number>();
  for (const name of names) left.set(name, (left.get(name) ?? 0) + 1);
  return (name) => {
    left.set(name, left.get(name)! - 1);
    return left.get(name) === 0;
  };
}
