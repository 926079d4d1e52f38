import type { PlannedPhase } from "@espalier/core/run";

/** A run that is not over, or was. */
interface Slot {
  readonly phases: readonly PlannedPhase[];
  /** The first phase that is not there: its key, or a name that no other run has. */
  front: string;
  state: "waiting" | "running" | "over";
}

/** Runs that are at one phase. */
interface Front {
  readonly waiting: Set<number>;
  readonly running: Set<number>;
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
  readonly #fronts = new Map<string, Front>();
  #open = 0;

  /**
   * Make a schedule.
   *
   * @param runs The phases of each run.
   * @param there Content keys of what the store has.
   */
  constructor(runs: readonly (readonly PlannedPhase[])[], there: Iterable<string>) {
    this.#there = new Set(there);
    this.#slots = runs.map((phases) => ({ phases, front: "", state: "over" }));
    for (const run of runs.keys()) this.#enter(run, "waiting");
  }

  /** Take a run that may begin; undefined while none may. */
  next(): number | undefined {
    let best: ReadonlySet<number> = new Set();
    for (const { waiting, running } of this.#fronts.values()) {
      if (running.size === 0 && waiting.size > best.size) best = waiting;
    }
    const [run] = best;
    if (run !== undefined) this.#enter(run, "running");
    return run;
  }

  /** A phase is there. */
  made(key: string): void {
    this.#there.add(key);
    const { waiting, running } = this.#fronts.get(key) ?? { waiting: [], running: [] };
    for (const run of [...waiting]) this.#enter(run, "waiting");
    for (const run of [...running]) this.#enter(run, "running");
  }

  /** A run is over, or left out. */
  over(run: number): void {
    this.#enter(run, "over");
  }

  /** A run was given up by who had it, and may begin again, before others that are at its phase. */
  returned(run: number): void {
    this.#enter(run, "waiting");
    const { waiting } = this.#fronts.get(this.front(run))!;
    const others = [...waiting].filter((other) => other !== run);
    others.forEach((other) => waiting.delete(other));
    others.forEach((other) => waiting.add(other));
  }

  /** Runs that are not over. */
  get open(): number {
    return this.#open;
  }

  /** What a run is at: the key of its first phase that is not there, or a name of its own. */
  front(run: number): string {
    return this.#slots[run]!.front;
  }

  /** Runs that wait for the phase at which a run is, that run included. */
  sharing(run: number): readonly number[] {
    const waiting = this.#fronts.get(this.front(run))?.waiting ?? [];
    return [...new Set([run, ...waiting])].sort((a, b) => a - b);
  }

  /** Put a run where it belongs now. */
  #enter(run: number, state: Slot["state"]): void {
    const slot = this.#slots[run]!;
    if (slot.state !== "over") {
      const front = this.#fronts.get(slot.front)!;
      front[slot.state].delete(run);
      if (front.waiting.size + front.running.size === 0) this.#fronts.delete(slot.front);
      this.#open--;
    }
    slot.state = state;
    if (state === "over") return;
    slot.front = this.#frontOf(run);
    const front = this.#fronts.get(slot.front) ?? { waiting: new Set(), running: new Set() };
    front[state].add(run);
    this.#fronts.set(slot.front, front);
    this.#open++;
  }

  #frontOf(run: number): string {
    const { phases } = this.#slots[run]!;
    const at = phases.findIndex(({ key }) => key === undefined || !this.#there.has(key));
    return phases[at]?.key ?? `${run} ${at}`;
  }
}
