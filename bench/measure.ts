/** Times of some steps. */
export interface Sample {
  /** Of each step. */
  readonly ms: readonly number[];
  /** Memory peak of the process so far; absent where it is not asked for. */
  readonly peakMiB?: number;
}

/** Something that can be timed. */
export interface Subject {
  /** Name, for progress. */
  readonly name: string;
  /** Do and time so many steps. */
  measure(steps: number): Promise<Sample>;
}

/** What the rounds gave. */
export interface Measurement {
  /** Median of all steps. */
  readonly ms: number;
  /** Highest memory peak. */
  readonly peakMiB: number;
}

/** The middle number; of an even count the mean of the middle two. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Time subjects in turn, A B A B …, so that what else the machine does hits all of them alike. A first
 * step of each is not counted.
 *
 * @param subjects What is timed.
 * @param options Rounds, steps of a subject in one round, and what to tell before each turn.
 * @returns A measurement a subject.
 */
export async function measureInTurn(
  subjects: readonly Subject[],
  { rounds, steps, onTurn }: {
    readonly rounds: number;
    readonly steps: number;
    readonly onTurn: (turn: { readonly round: number; readonly name: string }) => void;
  },
): Promise<Measurement[]> {
  const samples = subjects.map((): Sample[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, subject] of subjects.entries()) {
      onTurn({ round, name: subject.name });
      const sample = await subject.measure(round === 0 ? 1 : steps);
      if (round > 0) samples[i]!.push(sample);
    }
  }
  return samples.map((own) => ({
    ms: median(own.flatMap(({ ms }) => ms)),
    peakMiB: Math.max(...own.map(({ peakMiB = 0 }) => peakMiB)),
  }));
}
