import type { ChannelSources } from "./channel_sources.ts";

/** Why a channel has to stay, and what is known to. */
export interface Reason {
  /** The node. */
  readonly node: string;
  /** Why, as in `a softmax reads it`. */
  readonly why: string;
}

/** Channels that live and die together, ascending by number. */
export interface ChannelClass {
  /** Numbers of made channels. */
  readonly channels: readonly number[];
  /** The one that the others follow. */
  readonly leader: number;
  /** Why they have to stay, if so. */
  readonly reason: Reason | undefined;
}

/** Which made channels have to be kept together, and which have to stay. */
export class ChannelTies {
  readonly #makers: ChannelSources["makers"];
  readonly #parents: number[];
  readonly #fixed = new Map<number, string>();
  /** Channels that meet others, with no projection to bring them together. */
  readonly #met = new Set<number>();

  /** @param sources The channels of a network. */
  constructor({ makers }: ChannelSources) {
    this.#makers = makers;
    this.#parents = [...makers.keys()];
  }

  /** Values that meet channel by channel; `leaders` are followed. */
  tie(
    leaders: readonly number[],
    followers: readonly number[],
    { projectable }: { readonly projectable: boolean },
  ): void {
    if (!projectable) [leaders, followers].forEach((some) => some.forEach((c) => this.#met.add(c)));
    if (leaders.length !== followers.length) {
      return [leaders, followers].forEach((some) =>
        this.fix(some, "it meets more or fewer channels")
      );
    }
    leaders.forEach((leader, i) => {
      const isRepeated = (value: readonly number[]) => i > 0 && value[i] === value[i - 1];
      if (isRepeated(leaders) !== isRepeated(followers)) {
        this.fix([leader], "it meets channels that are repeated in another way");
      }
      const [from, to] = [this.#leader(followers[i]!), this.#leader(leader)];
      this.#parents[from] = to;
    });
  }

  /** Let channels stay. The first reason counts. */
  fix(channels: Iterable<number>, why: string): void {
    for (const channel of channels) {
      if (!this.#fixed.has(channel)) this.#fixed.set(channel, why);
    }
  }

  /** Whether channels of a value are tied to others, whatever is cut. */
  isTied(value: readonly number[]): boolean {
    const tied = new Set([...this.#met].map((channel) => this.#leader(channel)));
    return value.some((channel) => tied.has(this.#leader(channel)));
  }

  /** All channels by what they are tied to, in the order of their first ones. */
  classes(): readonly ChannelClass[] {
    const sets = Map.groupBy(this.#makers.keys(), (channel) => this.#leader(channel));
    const reasons = new Map<number, Reason>();
    for (const [channel, why] of this.#fixed) {
      const leader = this.#leader(channel);
      if (!reasons.has(leader)) reasons.set(leader, { node: this.#makers[channel]!, why });
    }
    return [...sets].map(([leader, channels]) => ({
      ...{ channels, leader },
      reason: reasons.get(leader),
    }));
  }

  #leader(channel: number): number {
    const parents = this.#parents;
    let at = channel;
    while (parents[at] !== at) at = parents[at] = parents[parents[at]!]!;
    return at;
  }
}
