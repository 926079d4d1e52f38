/**
 * Values that JSON can hold: their type, what is none, and canonical text.
 *
 * @module
 */

/** Anything that survives `JSON.parse(JSON.stringify(value))`. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** A path into a value as text, as in `weights["conv/kernel"][3]`. */
export function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => {
    if (typeof part === "number") return `[${part}]`;
    return /^[A-Za-z_$][\w$]*$/.test(String(part)) ? `.${String(part)}` : `["${String(part)}"]`;
  });
  return text.join("").replace(/^\./, "") || "the value itself";
}

/** Levels of nesting at most; whoever walks a value may then call itself a level. */
const DEEPEST = 200;

/** Where a value is not plain JSON, and what is there. */
export interface JsonFlaw {
  /** The place. */
  readonly path: string;
  /** What was found. */
  readonly found: string;
}

/** Whether an object is a plain one, of this realm or another. */
export function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What a value is, in a few words. */
export function nameOf(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) {
    return isPlainObject(value) ? "an object" : `a ${value.constructor?.name ?? "object"}`;
  }
  if (typeof value === "number" || value === undefined) return String(value);
  return `a ${typeof value}`;
}

function flawAt(
  value: unknown,
  accepts: (value: unknown) => boolean,
  path: readonly PropertyKey[],
  above: readonly object[],
): JsonFlaw | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (Number.isFinite(value) || accepts(value)) return undefined;
  const flaw = { path: pathText(path), found: nameOf(value) };
  if (typeof value !== "object") return flaw;
  if (above.includes(value)) return { ...flaw, found: "a loop" };
  if (above.length === DEEPEST) {
    return { path: `${pathText(path.slice(0, 3))}...`, found: `deeper than ${DEEPEST} levels` };
  }
  if (!Array.isArray(value) && !isPlainObject(value)) return flaw;
  const entries = Array.isArray(value) ? value.entries() : Object.entries(value);
  for (const [key, entry] of entries) {
    if (key === "__proto__") return { ...flaw, found: "an object with a key __proto__" };
    if (entry === undefined && !Array.isArray(value)) continue;
    const inner = flawAt(entry, accepts, [...path, key], [...above, value]);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/**
 * The first place where `value` is neither plain JSON nor accepted, nested too deep, or has the key
 * `__proto__`, which copies of it would take for a prototype; absent properties may be undefined.
 */
export function jsonFlaw(
  value: unknown,
  accepts: (value: unknown) => boolean = () => false,
): JsonFlaw | undefined {
  return flawAt(value, accepts, [], []);
}

/** JSON text with sorted keys: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, entry) => {
    if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return entry;
    return Object.fromEntries(Object.entries(entry).sort(([a], [b]) => a < b ? -1 : 1));
  });
}

/** Freeze a JSON value recursively. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const entry of Object.values(value)) deepFreeze(entry);
  return Object.freeze(value);
}
