import type { PlannedPhase } from "@espalier/core/run";

/** A run that waits, is at work or is over. */
interface Slot {
  readonly phases: readonly PlannedPhase[];
  state: "waiting" | "running" | "over";
}

/**
 * The order of a study's runs. A run may begin unless another one is at work on the first phase that
 * it needs and that is not there, so that nobody waits for another. Of those that may, the one is
 * taken for whose phase most runs wait.
 *
 * Runs are known by their places in the list.
 */
export class Schedule {
  readonly #slots: readonly Slot[];
  readonly #there: Set<string>;

  /**
   * Make a schedule.
   *
   * @param runs The phases of each run.
   * @param there Content keys of what the store has.
   */
  constructor(runs: readonly (readonly PlannedPhase[])[], there: Iterable<string>) {
    this.#slots = runs.map((phases) => ({ phases, state: "waiting" }));
    this.#there = new Set(there);
  }

  /** Take a run that may begin; undefined while none may. */
  next(): number | undefined {
    const waiting = this.#in("waiting");
    const busy = new Set(this.#in("running").map((run) => this.#front(run)));
    const fronts = waiting.map((run) => this.#front(run));
    const waiters = new Map<string, number>();
    for (const front of fronts) waiters.set(front, (waiters.get(front) ?? 0) + 1);
    let best: { readonly run: number; readonly count: number } | undefined;
    for (const [i, run] of waiting.entries()) {
      const count = waiters.get(fronts[i]!)!;
      if (busy.has(fronts[i]!) || count <= (best?.count ?? 0)) continue;
      best = { run, count };
    }
    if (best === undefined) return undefined;
    this.#slots[best.run]!.state = "running";
    return best.run;
  }

  /** A phase is there. */
  made(key: string): void {
    this.#there.add(key);
  }

  /** A run is over, or left out. */
  over(run: number): void {
    this.#slots[run]!.state = "over";
  }

  /** A run was given up by who had it, and may begin again. */
  returned(run: number): void {
    this.#slots[run]!.state = "waiting";
  }

  /** Runs that are not over. */
  get open(): number {
    return this.#slots.filter(({ state }) => state !== "over").length;
  }

  /** Runs that wait for the phase at which a run is, that run included. */
  sharing(run: number): readonly number[] {
    const front = this.#front(run);
    return this.#slots.flatMap(({ state }, other) =>
      other === run || (state === "waiting" && this.#front(other) === front) ? [other] : []
    );
  }

  #in(state: Slot["state"]): readonly number[] {
    return this.#slots.flatMap((slot, run) => slot.state === state ? [run] : []);
  }

  /** The first phase of a run that is not there: its key, or a name that no other run has. */
  #front(run: number): string {
    const { phases } = this.#slots[run]!;
    const at = phases.findIndex(({ key }) => key === undefined || !this.#there.has(key));
    return phases[at]?.key ?? `${run} ${at}`;
  }
}
