import type { TopLevelSpec } from "vega-lite";
import type { GrowthPoint } from "./grow_point.ts";

/** Blue and orange of Okabe and Ito, which colour-blind people tell apart. */
const COLORS = ["#0072b2", "#e69f00"];

const SWEEPS = {
  depth: "layers of the ResNet",
  batch: "images of a step",
  k: "K",
  candidates: "candidates of a layer",
} as const;

const MEASURES = { imagesPerSecond: "images/s", peakMiB: "memory peak, MiB" } as const;

function panel(
  points: readonly GrowthPoint[],
  { sweep, measure }: {
    readonly sweep: keyof typeof SWEEPS;
    readonly measure: keyof typeof MEASURES;
  },
): object {
  const highest = Math.max(...points.map((point) => point[measure] ?? 0));
  return {
    data: { values: points.filter((point) => point.sweep === sweep && point[measure] !== null) },
    width: 150,
    height: 150,
    mark: { type: "line", point: true },
    encoding: {
      x: { field: sweep, type: "ordinal", title: SWEEPS[sweep], axis: { labelAngle: 0 } },
      y: {
        field: measure,
        type: "quantitative",
        title: MEASURES[measure],
        scale: { domain: [0, highest] },
      },
      color: {
        field: "engine",
        type: "nominal",
        scale: { range: COLORS },
        legend: { title: null, orient: "top" },
      },
    },
  };
}

/**
 * Chart of how speed and memory grow, a column a sweep.
 *
 * @param points What was measured.
 * @param title Its title.
 * @returns SVG.
 */
export async function growthChart(points: readonly GrowthPoint[], title: string): Promise<string> {
  // Loaded when asked for: it takes longer than all the rest of a short run.
  const [{ parse, View }, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const sweeps = Object.keys(SWEEPS) as (keyof typeof SWEEPS)[];
  const measures = Object.keys(MEASURES) as (keyof typeof MEASURES)[];
  const spec = {
    title,
    background: "#ffffff",
    columns: sweeps.length,
    // One grid, so that the panels of a column stand below each other.
    concat: measures.flatMap((measure) => sweeps.map((sweep) => panel(points, { sweep, measure }))),
  } as unknown as TopLevelSpec;
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}
