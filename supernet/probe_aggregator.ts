import { type Aggregator, contractError } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";

/**
 * Let an aggregator that has no matrix align finite features between all widths that meet, so that one
 * that gives NaN is named before the search rather than guessed after it.
 *
 * @param aggregator The aggregator.
 * @param widths Widths that are aligned with each other, by mixture.
 * @throws {EspalierError} ERR_PLUGIN_CONTRACT, which names the plugin.
 */
export function probeAggregator(
  aggregator: Aggregator,
  widths: readonly (readonly number[])[],
): void {
  for (const [from, to] of pairsOf(widths)) {
    const isFinite = tf.tidy(() =>
      aggregator.resize(tf.linspace(-1, 1, from).reshape([1, from]), to).dataSync()
        .every(Number.isFinite)
    );
    if (isFinite) continue;
    throw contractError(aggregator, "resize", `must be finite: from ${from} to ${to} it is not`);
  }
}

/** All pairs of a narrower and a wider width, each once. */
export function pairsOf(
  widths: readonly (readonly number[])[],
): readonly (readonly [from: number, to: number])[] {
  const pairs = new Map<string, readonly [number, number]>();
  for (const group of widths) {
    for (const from of group) {
      for (const to of group) if (from <= to) pairs.set(`${from},${to}`, [from, to]);
    }
  }
  return [...pairs.values()];
}
