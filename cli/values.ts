/** Words of options as values; what is none is refused with the option's name. */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import * as z from "zod";

function parse<T>(schema: z.ZodType<T>, value: unknown, expected: string): T {
  const { success, data } = schema.safeParse(value);
  if (success) return data;
  throw new InvalidArgumentError(`It must be ${expected}.`);
}

const digits = /^\d+$/;

/** A whole number from `least`. */
export const wholeFrom = (least: number) => (text: string): number =>
  parse(
    z.int().min(least),
    digits.test(text) ? Number(text) : undefined,
    `a whole number, ${least} or more`,
  );

const TARGET = "a share of the unpruned network's cost, as 50% or 0.5, or a cost, as 120000";

/** `50%` or `0.5` of the unpruned network's cost, or a cost itself; 100% at most. */
export function target(text: string): number {
  const [, number, percent] = /^([\d.]+(?:e\d+)?)\s*(%?)$/.exec(text.trim()) ?? [];
  if (percent) return parse(z.number().positive().max(100), Number(number), TARGET) / 100;
  return parse(z.number().positive(), Number(number), TARGET);
}

/** A number above 0. */
export const above0 = (text: string): number =>
  parse(z.number().positive(), text.trim() === "" ? undefined : Number(text), "a number above 0");

/** Words with commas between them, each one of `known`. */
export const wordsOf = <const W extends string>(known: readonly W[]) => (text: string): W[] =>
  text.split(",").map((word) =>
    parse(z.enum(known), word, `one or more of ${known.join(", ")}, with commas between them`)
  );

const LIMIT = "a cost and the most that it may be, as params=60%, params=0.6 or peakMemory=2MB";

/** `params=60%`; may be given for several costs. */
export function limit(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name, amount] = parse(
    z.tuple([z.string(), z.string(), z.string()]),
    /^\s*(\w+)\s*=\s*(\S.*?)\s*$/.exec(text)?.slice(0, 3),
    LIMIT,
  );
  return { ...before, [name]: amount };
}

/** Collects the values of an option that may be given more than once. */
export const collect = (value: string, before: readonly string[] = []): string[] => [
  ...before,
  value,
];
