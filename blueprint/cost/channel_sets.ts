/** Interned sets of channels: equal sets have equal numbers, so that comparing them is cheap. */
export interface ChannelSets {
  /** Number of a set of ascending channels. */
  intern(channels: readonly number[]): number;
  /** Number of the set 0, 1, … count − 1. */
  first(count: number): number;
  /** The channels of a set. */
  channels(set: number): readonly number[];
  /** How many there are. */
  size(set: number): number;
}

/** An empty store of sets. */
export function createChannelSets(): ChannelSets {
  const numbers = new Map<string, number>();
  const prefixes: number[] = [];
  const sets: (readonly number[])[] = [];

  function intern(channels: readonly number[]): number {
    const key = channels.join();
    let set = numbers.get(key);
    if (set === undefined) {
      set = sets.push(channels) - 1;
      numbers.set(key, set);
    }
    return set;
  }

  return {
    intern,
    first: (count) => prefixes[count] ??= intern(Array.from({ length: count }, (_, i) => i)),
    channels: (set) => sets[set]!,
    size: (set) => sets[set]!.length,
  };
}
