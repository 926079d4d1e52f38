import type { LoggerInterface } from "vega";
import type { TopLevelSpec } from "vega-lite";

/** The palette of Okabe and Ito, safe for colour-blind people, and greys. */
export const COLORS = {
  paper: "#ffffff",
  ink: "#24292f",
  grid: "#d8dee4",
  blue: "#0072b2",
  orange: "#e69f00",
  grey: "#c4cad0",
  green: "#009e73",
} as const;

/** The same colours in dark mode. */
const DARK: Readonly<Record<keyof typeof COLORS, string>> = {
  paper: "#0d1117",
  ink: "#e6edf3",
  grid: "#30363d",
  blue: "#56b4e9",
  orange: "#e69f00",
  grey: "#5a626b",
  green: "#2fc79b",
};

const FONT = "Segoe UI, Helvetica Neue, Arial, DejaVu Sans, sans-serif";

/** Style shared by all charts. */
const CONFIG = {
  background: COLORS.paper,
  font: FONT,
  padding: 16,
  view: { stroke: null },
  title: {
    anchor: "start",
    color: COLORS.ink,
    subtitleColor: COLORS.ink,
    fontSize: 15,
    subtitleFontSize: 12,
    offset: 12,
    subtitlePadding: 5,
  },
  axis: {
    domainColor: COLORS.grid,
    gridColor: COLORS.grid,
    tickColor: COLORS.grid,
    labelColor: COLORS.ink,
    titleColor: COLORS.ink,
    titleFontWeight: "normal",
    labelFontSize: 11,
    titleFontSize: 12,
  },
  header: {
    labelColor: COLORS.ink,
    labelFontSize: 12,
    titleColor: COLORS.ink,
    titleFontSize: 12,
    titleFontWeight: "normal",
    labelLineHeight: 15,
  },
  legend: {
    labelColor: COLORS.ink,
    labelFontSize: 12,
    orient: "top",
    title: null,
    symbolType: "square",
    labelLimit: 400,
  },
} as const;

/** Recolours in dark mode; viewers without media queries show the light picture. */
function darkStyle(): string {
  const rules = Object.entries(COLORS).flatMap(([name, color]) =>
    ["fill", "stroke"].map((paint) =>
      `[${paint}="${color}"]{${paint}:${DARK[name as keyof typeof COLORS]}}`
    )
  );
  return `<style>@media (prefers-color-scheme:dark){${rules.join("")}}</style>`;
}

const ignore = () => SILENT;

/** Drops vega's warnings: a library prints nothing, and our specifications are tested. */
const SILENT: LoggerInterface = {
  level: () => SILENT,
  error: ignore,
  warn: ignore,
  info: ignore,
  debug: ignore,
} as unknown as LoggerInterface;

/** Draw a chart as SVG, without a browser. */
export async function drawChart(spec: TopLevelSpec): Promise<string> {
  // Loaded on demand: that takes longer than all the rest of a report.
  const [{ parse, View }, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const styled = { ...spec, config: CONFIG } as TopLevelSpec;
  const view = new View(parse(compile(styled, { logger: SILENT }).spec), {
    renderer: "none",
    logger: SILENT,
  });
  const svg = await view.toSVG();
  view.finalize();
  return svg.replace(/<svg[^>]*>/, (open) => open + darkStyle());
}
