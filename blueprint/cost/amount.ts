import { type Amount, EspalierError } from "@espalier/core";
import * as z from "zod";

/** Schema of an {@linkcode Amount}. */
export const amountSchema: z.ZodType<Amount> = z.union([z.number().positive(), z.string()]);

const COUNTS: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9 };
const BYTES = {
  ...{ B: 1, kB: 1e3, MB: 1e6, GB: 1e9 },
  ...{ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 },
};
const TIMES = { us: 1e-3, "µs": 1e-3, ms: 1, s: 1e3 };
const SCALES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  bytes: BYTES,
  milliseconds: TIMES,
};

/** A finite number above 0 and what follows it. */
function split(text: string): readonly [value: number, unit: string] | undefined {
  const [, digits, unit] = /^\s*(\d+(?:\.\d*)?(?:e\d+)?|\.\d+)\s*(\D*?)\s*$/i.exec(text) ?? [];
  const value = Number(digits);
  return value > 0 && Number.isFinite(value) ? [value, unit!] : undefined;
}

/**
 * An amount in the unit of its cost.
 *
 * @param amount What the user asks for.
 * @param options Name and unit of the cost, and that of the unpruned network.
 * @returns The cost.
 * @throws {EspalierError} ERR_CONFIG_INVALID for text that is no such amount.
 */
export function amountOf(
  amount: Amount,
  { cost, unit, unpruned }: {
    readonly cost: string;
    readonly unit: string;
    readonly unpruned: number;
  },
): number {
  const scales = SCALES[unit] ?? COUNTS;
  const [value, suffix] = typeof amount === "number" ? [amount, ""] : split(amount) ?? [NaN, ""];
  if (suffix === "%") return value / 100 * unpruned;
  if (suffix === "" && value > 0) return value <= 1 ? value * unpruned : value;
  const scale = Object.hasOwn(scales, suffix) ? scales[suffix] : undefined;
  if (scale !== undefined && value > 0) return value * scale;
  const units = Object.keys(scales).filter((name) => name !== "").join(", ");
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot read the amount of ${cost} in the budget as it must be a number above 0, of ${unit}: ` +
      `"${amount}". Give a share (60% or 0.6), ${unit}, or a number with ${units}.`,
  );
}
