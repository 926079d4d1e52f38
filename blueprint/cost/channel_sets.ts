/** Sets of channels under numbers, so that equal sets have equal numbers and are compared at no cost. */
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

/** No sets yet. */
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
