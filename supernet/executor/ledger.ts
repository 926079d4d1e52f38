import type { ExecutorOps, Feature } from "./ops.ts";

/** Counts the references to the features of one pass, and frees each with its last reference. */
export class Ledger implements Disposable {
  readonly #ops: ExecutorOps;
  readonly #held = new Map<Feature, number>();

  /** @param ops What frees them. */
  constructor(ops: ExecutorOps) {
    this.#ops = ops;
  }

  /** Add a reference to a feature. */
  hold<F extends Feature | undefined>(x: F): F {
    if (x !== undefined) this.#held.set(x, (this.#held.get(x) ?? 0) + 1);
    return x;
  }

  /** Drop a reference to each of the features. */
  release(...xs: readonly (Feature | undefined)[]): void {
    for (const x of xs) {
      if (x === undefined) continue;
      const left = this.#held.get(x)! - 1;
      if (left > 0) this.#held.set(x, left);
      else {
        this.#held.delete(x);
        this.#ops.free(x);
      }
    }
  }

  /** Free every feature that still has references. */
  [Symbol.dispose](): void {
    this.#ops.free(...this.#held.keys());
    this.#held.clear();
  }
}

/** Gradients of the values of one pass, collected from the readers of each value. */
export class Gradients {
  readonly #ledger: Ledger;
  readonly #parts = new Map<string, Feature[]>();

  /** @param ledger Counts the references to them. */
  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Add the gradient of one reader, with a reference to it. */
  add(value: string, dy: Feature): void {
    this.#ledger.hold(dy);
    const parts = this.#parts.get(value);
    if (parts) parts.push(dy);
    else this.#parts.set(value, [dy]);
  }

  /** Remove and return the gradients of all readers of a value; the caller releases them. */
  take(value: string): readonly Feature[] {
    const parts = this.#parts.get(value) ?? [];
    this.#parts.delete(value);
    return parts;
  }
}

/** The gradient of a value, the sum of its readers', with a reference for the caller. */
export function joinGradients(
  { ops, ledger }: { readonly ops: ExecutorOps; readonly ledger: Ledger },
  value: Feature,
  dys: readonly Feature[],
): Feature {
  const channels = value.shape[3];
  const isThat = dys.length === 1 && dys[0]!.shape[3] === channels;
  return ledger.hold(
    isThat ? dys[0]! : ops.affineGradient(value, { dys, channels, diagonal: true }).d,
  );
}
