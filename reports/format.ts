import type { MetricValue } from "@espalier/core";

/** Placeholder for a missing number. */
export const NOTHING = "–";

const STEPS = [[1e9, "G"], [1e6, "M"], [1e3, "k"]] as const;

/** Four digits, trailing zeros kept so that columns stay aligned. */
function fourDigits(value: number): string {
  return value.toFixed(Math.max(0, 3 - Math.floor(Math.log10(Math.max(value, 1)))));
}

/** A count in four digits, as in `22.44 M`; whole numbers up to 9999 stay as they are. */
export function formatCount(value: number): string {
  if (value < 1e4) return Number.isInteger(value) ? String(value) : fourDigits(value);
  // From 0.99995 on, four digits would read 1000 of the next smaller step.
  const [size, letter] = STEPS.find(([size]) => value >= size * 0.99995)!;
  return `${fourDigits(value / size)} ${letter}`;
}

/** A size of files in three digits, as in `1.05 MB`. */
export function formatBytes(bytes: number): string {
  const [size, letter] = STEPS.find(([size]) => bytes >= size * 0.9995) ?? [1, ""];
  const value = bytes / size;
  return `${size === 1 || value >= 99.95 ? value.toFixed(0) : value.toPrecision(3)} ${letter}B`;
}

/** A share from 0 to 1 as a percentage, as in `71.2 %`. */
export function formatShare(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** A difference that should be none, as in `3.1e-7`; 0 is `0`. */
export function formatDifference(difference: number): string {
  return difference === 0 ? "0" : difference.toExponential(1);
}

/** A number without a unit, in three digits. */
export function formatNumber(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(1) : value.toPrecision(3);
}

/** A metric: a share as a percentage. */
export function formatMetric({ value, share }: MetricValue, digits = 1): string {
  return share ? formatShare(value, digits) : formatNumber(value);
}

/** A time, as in `4.2 s`, `42 s`, `3 min 05 s`, `2 h 10 min`. */
export function formatDuration(ms: number): string {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const two = (n: number): string => String(n).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** Rows of a table as lines: the first column to the left, the others to the right. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row.map((cell, i) => i === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[i]!))
      .join("  ").trimEnd()
  );
}

/** Text for a terminal: names come from anywhere, and control characters would command it. */
export function plainText(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
