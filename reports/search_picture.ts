import {
  type BudgetZone,
  checkOptions,
  type CoreEvent,
  EspalierError,
  type OptionFields,
  type PluginEvent,
  withMethods,
} from "@espalier/core";
import type { TopLevelSpec } from "vega-lite";
import * as z from "zod";
import { COLORS, drawChart } from "./chart.ts";
import { formatCount, formatShare } from "./format.ts";
import { zoneSchema } from "./options_schema.ts";

/** The budget, and a title. */
export interface SearchPictureOptions {
  /** The zone in which the cost must end. */
  readonly budget: BudgetZone;
  /**
   * Title.
   *
   * @default {"Search: cost of the derived network"}
   */
  readonly title?: string;
}

const eventsSchema = z.strictObject({
  events: withMethods<Iterable<unknown>>("list of events", Symbol.iterator),
});
const searchPictureSchema = z.strictObject(
  { budget: zoneSchema, title: z.string().optional() } satisfies OptionFields<SearchPictureOptions>,
);

type Epoch = Extract<CoreEvent, { readonly type: "search:epoch" }>;

interface Point {
  readonly epoch: number;
  readonly cost: number | undefined;
  readonly discrepancy: number | undefined;
}

const COST = "derived network";
const ZONE = "zone of the budget";

/** The epochs of a search; if it was repeated or resumed, the latest of each number. */
function epochsOf(events: Iterable<CoreEvent | PluginEvent>): readonly Epoch[] {
  const epochs = new Map<number, Epoch>();
  for (const event of events) if (event.type === "search:epoch") epochs.set(event.epoch, event);
  if (epochs.size > 0) return [...epochs.values()].sort((a, b) => a.epoch - b.epoch);
  throw new EspalierError(
    "ERR_REPORT_EMPTY",
    'Cannot draw a search as its events must hold "search:epoch": there is none. ' +
      "Give the events of a run that searched, not of one that found the result in its store.",
  );
}

const WIDTH = 640;

/** A row for every epoch, costs as shares of the unpruned network's. */
function rowsOf(epochs: readonly Epoch[], { unpruned }: BudgetZone): readonly object[] {
  return epochs.map(({ epoch, cost, values }) => ({
    epoch: epoch + 1,
    cost: cost === undefined ? null : cost / unpruned,
    discrepancy: values.discrepancy ?? null,
  }));
}

function lineOf(epochs: readonly Epoch[], color: string): object {
  return { type: "line", color, strokeWidth: 2, point: epochs.length <= 60 && { size: 18, color } };
}

function costPanel(epochs: readonly Epoch[], { low, high, unpruned }: BudgetZone): object {
  const colors = { domain: [COST, ZONE], range: [COLORS.blue, COLORS.green] };
  const legend = { field: "what", type: "nominal", scale: colors, legend: { symbolOpacity: 1 } };
  return {
    width: WIDTH,
    height: 200,
    layer: [
      {
        data: { values: [{ low: low / unpruned, high: high / unpruned, what: ZONE }] },
        mark: { type: "rect", opacity: 0.3 },
        encoding: {
          y: { field: "low", type: "quantitative" },
          y2: { field: "high" },
          color: legend,
        },
      },
      {
        transform: [{ calculate: `"${COST}"`, as: "what" }],
        mark: lineOf(epochs, COLORS.blue),
        encoding: {
          x: epochAxis(null),
          y: {
            field: "cost",
            type: "quantitative",
            title: "cost / unpruned",
            axis: { labelExpr: "format(100 * datum.value, 'd') + ' %'" },
            scale: { zero: false },
          },
          color: legend,
        },
      },
    ],
  };
}

function epochAxis(title: string | null): object {
  return {
    field: "epoch",
    type: "quantitative",
    title,
    axis: { tickMinStep: 1, grid: false, format: "d" },
    scale: { nice: false, zero: false, padding: 8 },
  };
}

function discrepancyPanel(epochs: readonly Epoch[]): object {
  return {
    width: WIDTH,
    height: 110,
    mark: lineOf(epochs, COLORS.orange),
    encoding: {
      x: epochAxis("epoch"),
      y: { field: "discrepancy", type: "quantitative", title: "discrepancy" },
    },
  };
}

/**
 * A picture of how a search went: the cost of the network that would be derived after each epoch,
 * against the budget's zone; and the discrepancy, the mean gap between the two highest probabilities
 * of a decision, where the strategy reports it.
 *
 * Source: TAS (NeurIPS 2019), figure 3.
 *
 * @param events The events of a run, as its journal holds them.
 * @param options The budget, and a title.
 * @returns SVG, readable on light and dark pages.
 * @throws {EspalierError} ERR_REPORT_EMPTY if no event ends an epoch of a search; ERR_CONFIG_INVALID
 * for an unknown option or an invalid value.
 */
export async function searchPicture(
  events: Iterable<CoreEvent | PluginEvent>,
  options: SearchPictureOptions,
): Promise<string> {
  checkOptions(eventsSchema, { events }, { subject: "searchPicture()" });
  checkOptions(searchPictureSchema, options, { subject: "searchPicture()" });
  const { budget, title = "Search: cost of the derived network" } = options;
  const epochs = epochsOf(events);
  const hasDiscrepancy = epochs.some(({ values }) => values.discrepancy !== undefined);
  const [low, high] = [budget.low, budget.high].map((cost) => formatShare(cost / budget.unpruned));
  return await drawChart({
    title: {
      text: title,
      subtitle: `zone ${low} to ${high} of ${formatCount(budget.unpruned)} ${budget.unit}`,
    },
    data: { values: rowsOf(epochs, budget) },
    vconcat: [costPanel(epochs, budget), ...hasDiscrepancy ? [discrepancyPanel(epochs)] : []],
  } as TopLevelSpec);
}
