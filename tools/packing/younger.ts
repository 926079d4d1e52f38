/**
 * What ES2022 has not, in its words: {@linkcode lower} lets packed code call it. Each takes the
 * runtime's own where there is one.
 *
 * @module
 */

// deno-lint-ignore no-explicit-any -- a receiver of any kind that has such a method
type Any = any;

/** A method: the receiver's own, or what stands for it. */
function method(name: string, standIn: (it: Any, ...args: Any[]) => unknown) {
  return (it: Any, ...args: Any[]): unknown =>
    typeof it[name] === "function" ? it[name](...args) : standIn(it, ...args);
}

/** A function of a global; the runtime's own, or what stands for it. */
function own(holder: Any, name: string, standIn: (...args: Any[]) => unknown) {
  return (...args: Any[]): unknown => holder[name] ? holder[name](...args) : standIn(...args);
}

function lastIndex(it: Any, test: (value: unknown, i: number, all: unknown) => boolean): number {
  let i = it.length - 1;
  while (i >= 0 && !test(it[i], i, it)) i--;
  return i;
}

function replaced(it: Any, i: number, value: unknown): unknown {
  const at = i < 0 ? it.length + i : i;
  if (at < 0 || at >= it.length) throw new RangeError("Invalid index : " + i);
  const copy = it.slice();
  copy[at] = value;
  return copy;
}

function groups(items: Iterable<unknown>, key: (item: unknown, i: number) => unknown) {
  const found = new Map<unknown, unknown[]>();
  let i = 0;
  for (const item of items) {
    const k = key(item, i++), group = found.get(k);
    if (group) group.push(item);
    else found.set(k, [item]);
  }
  return found;
}

async function listed(items: AsyncIterable<unknown> | Iterable<unknown>): Promise<unknown[]> {
  const list = [];
  for await (const item of items) list.push(item);
  return list;
}

function resolvers() {
  let parts;
  const promise = new Promise((resolve, reject) => parts = { resolve, reject });
  return { promise, ...parts! as object };
}

/** Methods of any object, by name: what `it.name(…)` becomes. */
export const methods = {
  toSorted: method("toSorted", (it, order) => it.slice().sort(order)),
  toReversed: method("toReversed", (it) => it.slice().reverse()),
  with: method("with", replaced),
  findLast: method("findLast", (it, test) => it[lastIndex(it, test)]),
  findLastIndex: method("findLastIndex", lastIndex),
  isDisjointFrom: method("isDisjointFrom", (it, other) => ![...it].some((x) => other.has(x))),
  isWellFormed: method("isWellFormed", (it) => !/\p{Surrogate}/u.test(it)),
};

/** Functions of globals, by what they are called. */
export const statics = {
  "Map.groupBy": own(Map, "groupBy", groups),
  "Object.groupBy": own(
    Object,
    "groupBy",
    (items, key) => Object.assign(Object.create(null), Object.fromEntries(groups(items, key))),
  ),
  "Array.fromAsync": own(Array, "fromAsync", listed),
  "Promise.withResolvers": own(Promise, "withResolvers", resolvers),
};

/** The last error of several, with those before it. */
function suppressing(error: unknown, suppressed: unknown): Error {
  const made = new Error("An error was suppressed during disposal.");
  return Object.assign(made, { name: "SuppressedError", error, suppressed });
}

/** What stands for `DisposableStack`, as far as it is used. */
export class Stack {
  readonly #cleanups: (() => void)[] = [];

  /** Dispose a value at the end, unless it is none. */
  use<T>(value: T): T {
    const dispose = (value as Any)?.[Symbol.dispose];
    if (dispose) this.#cleanups.push(() => dispose.call(value));
    return value;
  }

  /** Hand a value to a function at the end. */
  adopt<T>(value: T, cleanup: (value: T) => void): T {
    this.#cleanups.push(() => cleanup(value));
    return value;
  }

  /** Call a function at the end. */
  defer(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
  }

  /** The end: the last comes first. */
  dispose(): void {
    const errors: unknown[] = [];
    for (const cleanup of this.#cleanups.splice(0).reverse()) {
      try {
        cleanup();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) {
      throw errors.reduce((before, error) => suppressing(error, before));
    }
  }

  /** As {@linkcode dispose}. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Classes by name. */
export const classes = {
  DisposableStack: (globalThis as Any).DisposableStack ?? Stack,
};
