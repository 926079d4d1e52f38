/** One comparison with a recorded number. */
export interface Finding {
  /** What was compared. */
  readonly what: string;
  /** How far off, in units of the tolerance: above 1 is a failure. */
  readonly excess: number;
  /** Relative error, to print. */
  readonly error: number;
  /** Whether it is a gradient, which a flipped relu may move by up to 1 %. */
  readonly gradient: boolean;
}

/** A tolerance: |a − e| ≤ relative · |scale| + absolute, scale = e unless given. */
export interface Tolerance {
  /** Share of the scale. */
  readonly relative: number;
  /** Added to it. */
  readonly absolute: number;
}

/** The fixtures' README, section "Tolerances". */
export const TOLERANCES = {
  value: { relative: 1e-5, absolute: 1e-6 },
  logits: { relative: 1e-5, absolute: 0 },
  output: { relative: 3e-5, absolute: 0 },
  architectureGradient: { relative: 1e-3, absolute: 1e-6 },
  parameterGradient: { relative: 1e-3, absolute: 0 },
  exact: { relative: 0, absolute: 0 },
} as const;

/** Collects comparisons of one case. */
export class Findings {
  /** What was compared so far. */
  readonly all: Finding[] = [];

  /**
   * Compare numbers, flat or nested, each with the largest of them (`largest`) or its own as scale.
   * An expected value that is absent or null is nothing to compare with.
   */
  compare(
    what: string,
    { actual, expected, tolerance, scale = "own" }: {
      actual: unknown;
      expected: unknown;
      tolerance: Tolerance;
      scale?: "own" | "largest" | number;
    },
  ): void {
    if (expected === undefined || expected === null) return;
    const a = flatten(actual), e = flatten(expected);
    const largest = Math.max(...e.map((value) => Math.abs(value ?? 0)));
    let worst = a.length === e.length ? 0 : Infinity, error = worst;
    for (const [i, wanted] of e.entries()) {
      if (wanted === null) continue;
      const size = scale === "own" ? Math.abs(wanted) : scale === "largest" ? largest : scale;
      const off = Math.abs(a[i]! - wanted);
      const allowed = tolerance.relative * size + tolerance.absolute;
      worst = Math.max(worst, off === 0 ? 0 : Number.isNaN(off) ? Infinity : off / allowed);
      error = Math.max(error, off === 0 ? 0 : off / (size || 1));
    }
    this.all.push({
      what,
      excess: worst,
      error,
      gradient: tolerance === TOLERANCES.architectureGradient ||
        tolerance === TOLERANCES.parameterGradient,
    });
  }
}

function flatten(value: unknown): (number | null)[] {
  if (typeof value === "number" || value === null) return [value];
  return Array.from(value as Iterable<unknown>).flatMap(flatten);
}

/** Norm and probe product of a tensor, as the fixtures store it. */
export function summary(values: ArrayLike<number>, probe: ArrayLike<number>): [number, number] {
  let squares = 0, product = 0;
  for (let i = 0; i < values.length; i++) {
    squares += values[i]! * values[i]!;
    product += values[i]! * probe[i]!;
  }
  return [Math.sqrt(squares), product];
}
