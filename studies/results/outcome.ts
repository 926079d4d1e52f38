import type { Blueprint, SerializedError } from "@espalier/core";
import type { Report, ReportRow } from "@espalier/pruning";
import { type LayerWidth, layerWidths } from "@espalier/reports";
import type { Cell, Variant } from "../axes/contract.ts";
import type { EpochPoint } from "../run/measures.ts";

/** What became of a phase of a run. */
export interface PhaseOutcome {
  /** Name of the phase. */
  readonly phase: string;
  /** Time of its making, in milliseconds; absent where nobody measured it. */
  readonly ms?: number;
  /** Whether other runs of the study have it too. */
  readonly shared: boolean;
  /** Its epochs. */
  readonly epochs: readonly EpochPoint[];
}

/** What became of a run. */
export interface RunOutcome {
  /** Its seed. */
  readonly seed: number;
  /** What was measured; absent where it failed. */
  readonly report?: Report;
  /** Channels of each layer; absent where it failed or derives no network. */
  readonly widths?: readonly LayerWidth[];
  /** Why it failed; absent unless it did. */
  readonly error?: SerializedError;
  /** Its phases, in order. */
  readonly phases: readonly PhaseOutcome[];
}

/**
 * What became of a cell.
 *
 * @typeParam C The cells.
 */
export interface CellOutcome<C extends Cell = Cell> {
  /** The cell. */
  readonly cell: C;
  /** Its runs, in the order of the seeds. */
  readonly runs: readonly RunOutcome[];
}

/** What a run's phases made, as far as a study reads it. */
interface Made {
  readonly report?: Report;
  readonly pruned?: Blueprint;
}

/** Report and widths of what a run's phases made. */
export function measured(
  made: object,
  { network }: Pick<Variant, "network">,
): Pick<RunOutcome, "report" | "widths"> {
  const { report, pruned } = made as Made;
  const blueprint = "blueprint" in network ? network.blueprint : network;
  return {
    ...report && { report },
    ...pruned && { widths: layerWidths(blueprint, pruned) },
  };
}

/** The networks of a report: unpruned, pruned without transfers, and what the run ends with. */
export function rowsOf({ rows }: Report): {
  readonly unpruned: ReportRow;
  readonly control: ReportRow | undefined;
  readonly pruned: ReportRow;
} {
  const [unpruned, pruned, transferred] = rows;
  return {
    unpruned: unpruned!,
    control: transferred && pruned!,
    pruned: transferred ?? pruned ?? unpruned!,
  };
}
