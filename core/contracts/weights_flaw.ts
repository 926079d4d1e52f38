import type { Flaw } from "../plugin/token.ts";
import { arrayFlaw, told } from "./flaws.ts";
import type { Weights } from "./network.ts";

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

/** Weights: finite, of the size of their shapes; if `known` are given, of their names and shapes. */
export function weightsFlaw(made: unknown, known?: Weights): Flaw {
  if (typeof made !== "object" || made === null) return `must be weights by name: ${told(made)}`;
  for (const [name, weight] of Object.entries(made as Weights)) {
    const own = known?.[name];
    if (known !== undefined && own === undefined) return `must be the student's: "${name}" is not`;
    if (!Array.isArray(weight?.shape)) return `must have shapes: "${name}" has none`;
    if (own !== undefined && own.shape.join() !== weight.shape.join()) {
      return `must have the student's shapes: "${name}" is [${weight.shape.join(", ")}], not [${
        own.shape.join(", ")
      }]`;
    }
    const flaw = arrayFlaw(weight.values, sizeOf(weight.shape));
    if (flaw !== undefined) return `has "${name}", whose values ${flaw}`;
  }
  return undefined;
}
