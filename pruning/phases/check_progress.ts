import { EspalierError, type Metrics, type SearchProgress } from "@espalier/core";

/** Values of metrics by their names; what is none is given back. */
function valuesOf(metrics: Metrics): Record<string, unknown> {
  const entries = Object.entries(metrics);
  return Object.fromEntries(entries.map(([name, metric]) => [name, Object(metric).value]));
}

/** What is wrong with a report; undefined if nothing is. */
function flawOf(report: SearchProgress): string | undefined {
  const { epoch, epochs, step = 0, images, values, metrics = {}, ...others } = report;
  const isCount = (value: number) => Number.isInteger(value) && value >= 0;
  if (!isCount(epochs) || epochs === 0) return `"epochs" is ${epochs}`;
  if (!isCount(epoch) || epoch >= epochs) return `"epoch" is ${epoch} of ${epochs}, from 0`;
  if (!isCount(step)) return `"step" is ${step}`;
  if (!isCount(images)) return `"images" is ${images}`;
  const numbers = Object.entries({ ...others, ...values, ...valuesOf(metrics) });
  const odd = numbers.find(([, value]) => value !== undefined && !Number.isFinite(value));
  return odd && `"${odd[0]}" is ${typeof odd[1] === "number" ? odd[1] : "no number"}`;
}

/**
 * Refuse a strategy's report that is no progress: its numbers go into events.
 *
 * @throws {EspalierError} ERR_PLUGIN_UNDECLARED, which names the strategy; its plugin's name is added
 * where the search rejects with it.
 */
export function checkProgress(strategy: string, report: SearchProgress): void {
  const flaw = flawOf(report);
  if (flaw === undefined) return;
  throw new EspalierError(
    "ERR_PLUGIN_UNDECLARED",
    `Cannot show the progress of strategy "${strategy}" as it must consist of finite numbers, and of ` +
      `counts of 0 or more: ${flaw}. Report it to the author of the strategy.`,
  );
}
