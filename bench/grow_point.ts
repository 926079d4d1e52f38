import type { BenchEngine } from "./environment.ts";

/** What grows; all else stays at `--depth`, `--batch`, K = 2 and 8 candidates. */
export const SWEEPS = {
  depth: [20, 32, 56],
  batch: [32, 64, 128, 256],
  k: [2, 4, 8],
  candidates: [4, 8, 16],
} as const;

/** The quantity that a sweep changes. */
export type Sweep = keyof typeof SWEEPS;

/** Sizes of one width search. */
export type Size = Readonly<Record<Sweep, number>>;

/** A width search of one size on one engine, in one sweep. */
export interface GrowthPoint extends Size {
  /** What grows. */
  readonly sweep: Sweep;
  /** On what. */
  readonly engine: BenchEngine;
  /** Images of both halves; null where it did not run. */
  readonly imagesPerSecond: number | null;
  /** Memory peak of its process; null where it did not run. */
  readonly peakMiB: number | null;
  /** Why it did not run. */
  readonly reason?: string;
}
