import type { ExecutorOps, Feature } from "./ops.ts";

/** Features of one pass, each freed when nobody holds it any more. */
export class Ledger implements Disposable {
  readonly #ops: ExecutorOps;
  readonly #held = new Map<Feature, number>();

  /** @param ops What frees them. */
  constructor(ops: ExecutorOps) {
    this.#ops = ops;
  }

  /** Hold a feature, once more if it is held. */
  hold<F extends Feature | undefined>(x: F): F {
    if (x !== undefined) this.#held.set(x, (this.#held.get(x) ?? 0) + 1);
    return x;
  }

  /** Let go of features. */
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

  /** Free whatever is held. */
  [Symbol.dispose](): void {
    this.#ops.free(...this.#held.keys());
    this.#held.clear();
  }
}

/** Gradients of the values of one pass, one a reader, until all are there. */
export class Gradients {
  readonly #ledger: Ledger;
  readonly #parts = new Map<string, Feature[]>();

  /** @param ledger Holds them. */
  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Add a reader's; it is held. */
  add(value: string, dy: Feature): void {
    this.#ledger.hold(dy);
    const parts = this.#parts.get(value);
    if (parts) parts.push(dy);
    else this.#parts.set(value, [dy]);
  }

  /** All readers' of a value; the caller releases them. */
  take(value: string): readonly Feature[] {
    const parts = this.#parts.get(value) ?? [];
    this.#parts.delete(value);
    return parts;
  }
}

/** The gradient of a value from those of its readers; held for the caller. */
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
