/** Items in work at once: decoding runs on threads, of which there are few. */
const AT_ONCE = 8;

/**
 * Do something for each index, several at once; ends at the first failure.
 *
 * @param count Number of indices from 0.
 * @param work What is done.
 */
export async function each(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  try {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, worker));
  } finally {
    next = count;
  }
}
