import { checkOptions, type OptionFields } from "@espalier/core";
import { aligned, formatBytes, formatDuration } from "@espalier/reports";
import * as z from "zod";
import type { PlannedNode, StudyPlan } from "./plan.ts";

/** Settings of {@linkcode planText}. */
export interface PlanTextOptions {
  /**
   * Processes that work.
   *
   * @default {1}
   */
  readonly workers?: number | undefined;
}

const textSchema = z.strictObject(
  { workers: z.int().min(1).optional() } satisfies OptionFields<PlanTextOptions>,
);

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

/** A line a name of phases. */
function phaseRow(phase: string, nodes: readonly PlannedNode[]): readonly string[] {
  const missing = nodes.filter(({ there }) => !there);
  const times = missing.flatMap(({ ms }) => ms ?? []);
  const known = nodes.flatMap(({ ms }) => ms ?? []);
  return [
    phase,
    String(sum(nodes.map(({ runs }) => runs.length))),
    String(nodes.length),
    String(nodes.length - missing.length),
    known.length === 0 ? "?" : formatDuration(sum(known) / known.length),
    missing.length > times.length ? "?" : formatDuration(sum(times)),
  ];
}

/**
 * A study's plan for people: phases, which are there, and how long the others take.
 *
 * @param plan The plan.
 * @param options How many processes work.
 * @returns Lines, with a line break at the end.
 * @throws {EspalierError} ERR_CONFIG_INVALID for an unknown option or an invalid value.
 */
export function planText({ runs, phases }: StudyPlan, options: PlanTextOptions = {}): string {
  checkOptions(textSchema, options, { subject: "planText()" });
  const { workers = 1 } = options;
  const names = [...new Set(phases.map(({ phase }) => phase))];
  const rows = names.map((name) => phaseRow(name, phases.filter(({ phase }) => phase === name)));
  const lines = aligned([["phase", "of runs", "shared", "there", "each", "left"], ...rows]);
  const missing = phases.filter(({ there }) => !there);
  const times = missing.flatMap(({ ms }) => ms ?? []);
  const bytes = missing.flatMap(({ bytes }) => bytes ?? []);
  const seeds = new Set(runs.map(({ seed }) => seed)).size;
  const unknown = missing.length - times.length;
  const inAll = formatDuration(sum(times) / workers);
  const on = workers === 1 ? "" : ` on ${workers} workers`;
  const time = missing.length === 0
    ? "Everything is there."
    : times.length === 0
    ? "No such phase was measured yet."
    : `Left: about ${inAll}${on}${
      unknown === 0 ? "" : `, and ${unknown} phases that were never measured`
    }.`;
  const disk = bytes.length === missing.length && bytes.length > 0
    ? [`Disk: about ${formatBytes(sum(bytes))} more.`]
    : [];
  return [
    `${runs.length / seeds} cells × ${seeds} seeds: ${runs.length} runs`,
    "",
    ...lines,
    "",
    time,
    ...disk,
    "",
  ].join("\n");
}
