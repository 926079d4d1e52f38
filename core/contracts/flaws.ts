import type { Tensor } from "@tensorflow/tfjs";
import type { Flaw } from "../plugin/token.ts";

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** A few words for a value. */
export function told(value: unknown): string {
  if (isTensor(value)) return `a tensor [${value.shape.join(", ")}]`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  return isObject(value) ? `a ${value.constructor?.name ?? "object"}` : String(value);
}

/** Whether a value looks like a tensor; core loads no tensor library. */
export function isTensor(value: unknown): value is Tensor {
  return isObject(value) && "dataSync" in value && Array.isArray(Object(value).shape);
}

/** A tensor of this shape. */
export function tensorFlaw(value: unknown, shape: readonly number[]): Flaw {
  if (isTensor(value) && value.shape.join() === shape.join()) return undefined;
  return `must be a tensor [${shape.join(", ")}]: ${told(value)}`;
}

/** A list of this length. */
export function listFlaw(value: unknown, length: number): Flaw {
  if (Array.isArray(value) && value.length === length) return undefined;
  return `must be a list of ${length}: ${told(value)}`;
}

/** A finite number from `least`. */
export function numberFlaw(value: unknown, least = -Infinity): Flaw {
  if (Number.isFinite(value) && (value as number) >= least) return undefined;
  const range = least === -Infinity ? "a finite number" : `a finite number of at least ${least}`;
  return `must be ${range}: ${told(value)}`;
}

/** Finite numbers by name. */
export function numbersFlaw(value: unknown): Flaw {
  if (!isObject(value)) return `must be numbers by name: ${told(value)}`;
  for (const [name, entry] of Object.entries(value)) {
    const flaw = numberFlaw(entry);
    if (flaw !== undefined) return `has "${name}", which ${flaw}`;
  }
  return undefined;
}

/** A method. */
export function methodFlaw(value: unknown): Flaw {
  return typeof value === "function" ? undefined : `must be a method: ${told(value)}`;
}

/** A name. */
export function nameFlaw(value: unknown): Flaw {
  return typeof value === "string" && value !== "" ? undefined : `must be a name: ${told(value)}`;
}

/** A number or a function of the moment. */
export function scheduleFlaw(value: unknown, least = -Infinity): Flaw {
  return typeof value === "function" ? undefined : numberFlaw(value, least);
}

/** A typed array of this length without NaN and infinities. */
export function arrayFlaw(value: unknown, length: number): Flaw {
  if (!(value instanceof Float32Array) || value.length !== length) {
    const found = value instanceof Float32Array ? `one of ${value.length}` : told(value);
    return `must be a Float32Array of ${length}: ${found}`;
  }
  const at = value.findIndex((entry) => !Number.isFinite(entry));
  return at < 0 ? undefined : `must hold finite numbers: entry ${at} is ${value[at]}`;
}
