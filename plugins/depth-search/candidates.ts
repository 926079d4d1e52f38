/**
 * Depth candidates of a stage of CIFAR networks: 2 → 1 2, 3 → 1 2 3, more → 1, 3, 5, … and all. One
 * block leaves nothing to decide.
 *
 * @example Four, and five blocks
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { oddDepths } from "@espalier/plugin-depth-search";
 *
 * assertEquals(oddDepths(4), [1, 3, 4]);
 * assertEquals(oddDepths(5), [1, 3, 5]);
 * ```
 *
 * @param blocks Blocks of the stage.
 * @returns Numbers of blocks to keep, ascending, `blocks` last.
 */
export function oddDepths(blocks: number): readonly number[] {
  const step = blocks > 3 ? 2 : 1;
  const depths: number[] = [];
  for (let depth = 1; depth < blocks; depth += step) depths.push(depth);
  return [...depths, blocks];
}

/**
 * Depth candidates of a stage of the deeper ImageNet networks: ⌊d · j / m⌋ for j = 1 … m.
 *
 * @example ResNet-50: stages of 3, 4, 6 and 3 blocks
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { proportionalDepths } from "@espalier/plugin-depth-search";
 *
 * assertEquals(proportionalDepths(4, 3), [1, 2, 4]);
 * assertEquals(proportionalDepths(6, 3), [2, 4, 6]);
 * ```
 *
 * @param blocks Blocks of the stage, d.
 * @param shortest Blocks of the shortest stage of the network, m.
 * @returns Numbers of blocks to keep, ascending, `blocks` last.
 */
export function proportionalDepths(blocks: number, shortest: number): readonly number[] {
  return Array.from({ length: shortest }, (_, j) => Math.floor(blocks * (j + 1) / shortest));
}
