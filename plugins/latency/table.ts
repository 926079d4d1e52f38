import * as z from "zod";

/** Times of one kind of unit at one size. */
export interface LatencyUnit {
  /** What is run, as {@linkcode unitKind} names it. */
  readonly kind: string;
  /** Rows times columns of what enters. */
  readonly area: number;
  /** Channels that enter, ascending. */
  readonly inputs: readonly number[];
  /** Channels that leave, ascending; absent where they follow from those that enter. */
  readonly outputs?: readonly number[] | undefined;
  /** [inputs, outputs] milliseconds; one column where `outputs` is absent. */
  readonly ms: readonly (readonly number[])[];
}

/** Times of the units of networks on one engine of one device. */
export interface LatencyTable {
  /** What was run: the compiled network, or the exported LayersModel. */
  readonly runs: "network" | "exported";
  /** Milliseconds of a pass beside its units. */
  readonly base: number;
  /**
   * Factor of base and units: the time of the whole network that was measured, by their sum. Layers that
   * run one after the other find less in the caches than one that is run again and again.
   */
  readonly scale: number;
  /**
   * Within what distance of their median half of the whole network's passes lay, as a share of it. Large
   * where other programs ran, or the processor changed its speed.
   */
  readonly spread: number;
  /** The units. */
  readonly units: readonly LatencyUnit[];
}

/** Tables by engine and device. */
export type LatencyTables = Readonly<Record<string, Readonly<Record<string, LatencyTable>>>>;

const ascending = z.array(z.number().positive()).min(1)
  .refine((axis) => axis.every((value, i) => i === 0 || axis[i - 1]! < value), "must ascend");

const unit: z.ZodType<LatencyUnit, LatencyUnit> = z.strictObject({
  kind: z.string().min(1),
  area: z.number().positive(),
  inputs: ascending,
  outputs: ascending.optional(),
  ms: z.array(z.array(z.number().min(0))),
}).refine(
  ({ inputs, outputs, ms }) =>
    ms.length === inputs.length && ms.every((row) => row.length === (outputs ?? [1]).length),
  "must have one time for each pair of widths",
);

/** Schema of {@linkcode LatencyTables}, which may come from a file. */
export const latencyTablesSchema: z.ZodType<LatencyTables, LatencyTables> = z.record(
  z.string(),
  z.record(
    z.string(),
    z.strictObject({
      runs: z.enum(["network", "exported"]),
      base: z.number().min(0),
      scale: z.number().positive(),
      spread: z.number().min(0),
      units: z.array(unit),
    }),
  ),
);
