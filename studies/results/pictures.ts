/**
 * Pictures of a study as SVG.
 *
 * @module
 */
import { COLORS, drawChart } from "@espalier/reports";
import type { CellOutcome } from "./outcome.ts";
import { paretoFront } from "./pareto_front.ts";
import { deviation, mean } from "./statistics.ts";
import type { StudyTable } from "./table.ts";

type Spec = Parameters<typeof drawChart>[0];

/** Colours of cells: the palette of Okabe and Ito without black and yellow, then shapes tell apart. */
const PALETTE = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"];

const SIZE = { width: 640, height: 280 };

/** Short names of cells: the values alone. */
const label = (cell: Readonly<Record<string, string>>): string =>
  Object.values(cell).join(", ") || "the only cell";

/** Colour and shape of each cell, the same in all pictures. */
function encodingOf(names: readonly string[]) {
  const shapes = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"];
  const place = (i: number) => Math.floor(i / PALETTE.length) % shapes.length;
  return {
    color: {
      field: "cell",
      type: "nominal",
      sort: null,
      scale: { domain: names, range: names.map((_, i) => PALETTE[i % PALETTE.length]!) },
      legend: { columns: 3, symbolType: "circle", symbolOpacity: 1 },
    },
    shape: {
      field: "cell",
      type: "nominal",
      sort: null,
      scale: { domain: names, range: names.map((_, i) => shapes[place(i)]!) },
      legend: null,
    },
  } as const;
}

/** The metric against the cost, with intervals, and the front that no cell is beyond. */
function scatter({ rows, metric, share, better, cost }: StudyTable): Spec | undefined {
  const scale = share ? 100 : 1;
  const points = rows.flatMap(({ cell, metric, cost }) =>
    metric && cost
      ? [{
        cell: label(cell),
        cost: 100 * cost.mean,
        value: scale * metric.mean,
        low: scale * (metric.interval?.[0] ?? metric.mean),
        high: scale * (metric.interval?.[1] ?? metric.mean),
      }]
      : []
  );
  if (points.length === 0) return undefined;
  const front = paretoFront(points, { better });
  const encoding = encodingOf(points.map(({ cell }) => cell));
  const x = {
    field: "cost",
    type: "quantitative",
    title: `${cost} left, %`,
    scale: { zero: false },
  };
  const title = `${metric}${share ? ", %" : ""}`;
  const y = { field: "value", type: "quantitative", title, scale: { zero: false } };
  return {
    title: {
      text: `${metric} against ${cost}`,
      subtitle: "mean and 95 % interval; the line joins the cells that none beats in both",
    },
    ...SIZE,
    data: { values: points },
    layer: [
      {
        data: { values: front },
        mark: { type: "line", color: COLORS.grey, strokeWidth: 2, interpolate: "step-after" },
        encoding: { x, y, order: { field: "cost", type: "quantitative" } },
      },
      {
        mark: { type: "rule", strokeWidth: 1.5 },
        encoding: {
          x,
          y: { ...y, field: "low" },
          y2: { field: "high" },
          color: encoding.color,
        },
      },
      {
        mark: { type: "point", filled: true, size: 90, opacity: 1 },
        encoding: { x, y, ...encoding },
      },
    ],
  } as Spec;
}

/** Metric, or else loss, of the last training by epoch, with a band of one deviation. */
function curves({ metric, share }: StudyTable, cells: readonly CellOutcome[]): Spec | undefined {
  const scale = share ? 100 : 1;
  const points = cells.flatMap(({ cell, runs }) => {
    const trainings = runs.flatMap(({ phases, error }) =>
      error ? [] : phases.filter(({ phase, epochs }) => phase === "train" && epochs.length > 0)
    );
    const epochs = Math.max(0, ...trainings.map(({ epochs }) => epochs.length));
    return Array.from({ length: epochs }, (_, i) => i + 1).flatMap((epoch) => {
      const values = trainings.flatMap(({ epochs }) => {
        const value = epochs.find((point) => point.epoch === epoch)?.metrics[metric];
        return value === undefined ? [] : [scale * value];
      });
      if (values.length === 0) return [];
      const spread = values.length > 1 ? deviation(values) : 0;
      const middle = mean(values);
      return [{
        ...{ cell: label(cell), epoch, value: middle },
        ...{ low: middle - spread, high: middle + spread },
      }];
    });
  });
  if (points.length === 0) return undefined;
  const { color } = encodingOf(cells.map(({ cell }) => label(cell)));
  const x = {
    field: "epoch",
    type: "quantitative",
    title: "epoch",
    axis: { tickMinStep: 1, format: "d" },
  };
  const y = {
    type: "quantitative",
    title: `${metric} of the training images${share ? ", %" : ""}`,
    scale: { zero: false },
  };
  return {
    title: { text: "Training of the pruned network", subtitle: "mean and one standard deviation" },
    ...SIZE,
    data: { values: points },
    layer: [
      {
        mark: { type: "area", opacity: 0.15 },
        encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color },
      },
      {
        mark: { type: "line", strokeWidth: 2, point: true },
        encoding: { x, y: { ...y, field: "value" }, color },
      },
    ],
  } as Spec;
}

/** Most layers that are drawn. */
const MOST_LAYERS = 60;

/** Share of each layer's channels that is left, means over the seeds, cells below one another. */
function widths(cells: readonly CellOutcome[]): Spec | undefined {
  const bars = cells.flatMap(({ cell, runs }) => {
    const found = runs.flatMap(({ widths }) => widths ? [widths] : []);
    return (found[0] ?? []).map(({ node, full }) => {
      const kept = found.flatMap((layers) =>
        layers.find((layer) => layer.node === node)?.kept ?? []
      );
      return { cell: label(cell), layer: node, kept: 100 * mean(kept) / full };
    });
  });
  const layers = [...new Set(bars.map(({ layer }) => layer))];
  if (bars.length === 0 || layers.length > MOST_LAYERS) return undefined;
  return {
    title: { text: "Channels left, %", subtitle: "by layer, mean over the seeds" },
    width: { step: Math.max(14, Math.min(48, Math.floor(SIZE.width / layers.length))) },
    height: { step: 26 },
    data: { values: bars },
    encoding: {
      x: { field: "layer", type: "nominal", sort: null, title: null, axis: { labelAngle: -45 } },
      y: {
        ...{ field: "cell", type: "nominal", sort: null, title: null },
        axis: { labelLimit: 320 },
      },
    },
    layer: [
      {
        mark: { type: "rect", tooltip: true },
        encoding: {
          color: {
            field: "kept",
            type: "quantitative",
            scale: { domain: [0, 100], range: ["#f1f4f8", "#0072b2"] },
            legend: null,
          },
        },
      },
      {
        mark: { type: "text", fontSize: 10 },
        encoding: {
          text: { field: "kept", type: "quantitative", format: ".0f" },
          color: {
            condition: { test: "datum.kept > 60", value: "#fffffe" },
            value: "#1a1f26",
          },
        },
      },
    ],
  } as Spec;
}

/** The pictures of a study: metric against cost, learning curves, widths; those that there are. */
export async function studyPictures(
  { table, cells }: { readonly table: StudyTable; readonly cells: readonly CellOutcome[] },
): Promise<readonly string[]> {
  const specs = [scatter(table), curves(table, cells), widths(cells)];
  return await Promise.all(specs.flatMap((spec) => spec ? [drawChart(spec)] : []));
}
