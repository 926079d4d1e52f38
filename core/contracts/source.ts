/** Numbers of one kind, item by item; bytes, classes or floats. */
export type Numbers = Uint8Array | Int32Array | Float32Array;

/**
 * Items that are read when they are needed, as images of a folder. Reading may run ahead of training;
 * memory does not grow with the number of items.
 */
export interface Source {
  /** Number of items. */
  readonly count: number;
  /** Numbers of one item. */
  readonly size: number;
  /** Whether items are bytes, which stand for 0..1, integers, or floats as they are. */
  readonly kind: "bytes" | "integers" | "floats";
  /**
   * Read items by index, one after the other in one array.
   *
   * @param indices Their indices, in any order.
   * @returns [indices.length · size] numbers of the kind.
   */
  read(indices: ArrayLike<number>): Promise<Numbers>;
}
