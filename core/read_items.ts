import type { Numbers, Source } from "./contracts/source.ts";
import { EspalierError } from "./errors.ts";

const TYPES = { bytes: Uint8Array, integers: Int32Array, floats: Float32Array } as const;

/** Numbers that are read at a time where all items are read in order. */
const AT_A_TIME = 2 ** 20;

function refuse(rule: string, found: string, remedy: string): never {
  throw new EspalierError("ERR_DATA_INVALID", `Cannot use data as ${rule}: ${found}. ${remedy}`);
}

/**
 * Read items of a source, and refuse what it may not give.
 *
 * @param source Items that are read when they are needed.
 * @param indices Which ones.
 * @returns Their numbers, item after item.
 * @throws {EspalierError} ERR_DATA_INVALID for numbers of another kind or length, and for one that is
 * not finite, with the index of its item.
 */
export async function readItems(source: Source, indices: ArrayLike<number>): Promise<Numbers> {
  const { kind, size } = source;
  const made: unknown = await source.read(indices);
  const length = indices.length * size;
  if (!(made instanceof TYPES[kind]) || made.length !== length) {
    const { constructor: { name }, length: found } = Object(made);
    const state = `${indices.length} items were ${name} of ${found}`;
    const rule = `a source of ${kind} reads ${TYPES[kind].name} of ${size} an item`;
    refuse(rule, state, "Correct its read().");
  }
  if (kind !== "floats") return made;
  const at = made.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return made;
  const found = `item ${indices[Math.floor(at / size)]} of a source holds ${made[at]}`;
  return refuse("every number must be finite", found, "Repair that item or leave it out.");
}

/** Consecutive items of a source. */
export interface ItemsInOrder {
  /** Index of the first. */
  readonly first: number;
  /** How many. */
  readonly count: number;
  /** Their numbers, item after item. */
  readonly numbers: Numbers;
}

/**
 * Read all items of a source in order, a part at a time, so that memory does not grow with their number.
 *
 * @param source Items that are read when they are needed.
 * @returns The parts.
 */
export async function* readInOrder(source: Source): AsyncGenerator<ItemsInOrder> {
  const most = Math.max(1, Math.floor(AT_A_TIME / source.size));
  for (let first = 0; first < source.count; first += most) {
    const count = Math.min(most, source.count - first);
    const indices = Int32Array.from({ length: count }, (_, i) => first + i);
    yield { first, count, numbers: await readItems(source, indices) };
  }
}
