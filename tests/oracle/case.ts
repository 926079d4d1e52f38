import type { Findings } from "./findings.ts";

/** A fixture file, parsed; its other fields depend on its kind. */
export interface CaseFile {
  /** What it holds. */
  readonly kind: string;
}

/** How a case is run. */
export interface CaseOptions {
  /** Whether the supernet takes its fused path. */
  readonly fused: boolean;
}

/** A group of comparisons with a name. */
export interface Case {
  /** Name, to print. */
  readonly name: string;
  /** Compare. */
  run(findings: Findings, options: CaseOptions): Promise<void> | void;
}

/** Makes the cases of a file. */
export type CaseReader<F extends CaseFile> = (file: F) => readonly Case[];

/** The network that a fixture describes. */
export interface NetworkSpec {
  readonly block: "basic" | "bottleneck";
  readonly depth: number;
  readonly stageBlocks: readonly number[];
  readonly classes: number;
  readonly images: number;
  readonly size: number;
}
