/** Schemas of what the functions of this folder take: values may hold more than is shown. */
import type { BudgetLimit, BudgetZone, Metrics, MetricValue, OptionFields } from "@espalier/core";
import type { InferenceTime, Report, ReportRow } from "@espalier/pruning";
import * as z from "zod";

const numbers = z.array(z.number());

const limit = z.object(
  {
    cost: z.string(),
    unit: z.string(),
    high: z.number(),
    unpruned: z.number(),
    smallest: z.number(),
  } satisfies OptionFields<BudgetLimit>,
);

/** Schema of a {@linkcode BudgetZone}. */
export const zoneSchema: z.ZodType = z.object(
  {
    cost: z.string(),
    unit: z.string(),
    target: z.number(),
    low: z.number(),
    high: z.number(),
    unpruned: z.number(),
    smallest: z.number(),
    limits: z.array(limit).optional(),
  } satisfies OptionFields<BudgetZone>,
);

const metrics: z.ZodType<Metrics> = z.record(
  z.string(),
  z.object(
    {
      value: z.number(),
      better: z.enum(["higher", "lower"]),
      share: z.boolean(),
    } satisfies OptionFields<MetricValue>,
  ),
);

const time = z.object(
  {
    runs: z.enum(["network", "exported"]),
    batch: z.number(),
    lower: z.number(),
    median: z.number(),
    upper: z.number(),
  } satisfies OptionFields<InferenceTime>,
);

const row = z.object(
  {
    name: z.string(),
    metrics,
    loss: z.number(),
    costs: z.record(z.string(), z.number()),
    times: z.array(time),
  } satisfies OptionFields<ReportRow>,
);

/** Schema of a {@linkcode Report}, which may come from a file. */
export const reportSchema: z.ZodType = z.object(
  {
    network: z.string(),
    dataset: z.string(),
    engine: z.string(),
    budget: zoneSchema,
    normalization: z.object({ mean: numbers, deviation: numbers }),
    testImages: z.number(),
    surgery: z.object({ images: z.number(), difference: z.number() }).optional(),
    effort: z.object({ strategy: z.string(), images: z.number() }).optional(),
    metric: z.string(),
    baseline: metrics.optional(),
    rows: z.array(row),
  } satisfies OptionFields<Report>,
);
