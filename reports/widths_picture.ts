import { validateBlueprint } from "@espalier/blueprint";
import { type Blueprint, checkOptions, instance, type OptionFields } from "@espalier/core";
import type { TopLevelSpec } from "vega-lite";
import * as z from "zod";
import { COLORS, drawChart } from "./chart.ts";
import { type LayerWidth, layerWidths } from "./layer_widths.ts";

/** The pruned network, and a title. */
export interface WidthsPictureOptions {
  /** The network derived from the unpruned one. */
  readonly pruned: Blueprint;
  /**
   * Title.
   *
   * @default the name of the network
   */
  readonly title?: string;
}

const widthsPictureSchema = z.strictObject(
  {
    pruned: instance("blueprint", (value) => typeof value === "object" && value !== null),
    title: z.string().optional(),
  } satisfies OptionFields<WidthsPictureOptions>,
);

const KEPT = "kept";
const NARROWED = "removed by width";
const CUT = "removed by depth";
const ADDED = "added by width";
const PART_COLORS = {
  [KEPT]: COLORS.blue,
  [NARROWED]: COLORS.grey,
  [CUT]: COLORS.orange,
  [ADDED]: COLORS.green,
};

/** Room for all bars, in pixels, and for one. */
const ROOM = 760;
const STEP = { least: 7, most: 48, numbered: 19 };

/** Where a conv's bar changes its colour. */
function parts(layer: LayerWidth): readonly object[] {
  const { kept, full } = layer;
  const spans = kept === 0 ? [{ part: CUT, from: 0, to: full }] : [
    { part: KEPT, from: 0, to: Math.min(kept, full) },
    { part: NARROWED, from: kept, to: full },
    { part: ADDED, from: full, to: kept },
  ];
  return spans.filter(({ from, to }) => to > from).map((span) => ({ ...layer, ...span }));
}

/** Name of a stage and its number of blocks, as two lines. */
function stageTitles(blueprint: Blueprint, pruned: Blueprint): ReadonlyMap<string, string> {
  const left = new Map(pruned.stages.map(({ id, blocks }) => [id, blocks.length]));
  return new Map(blueprint.stages.map(({ id, blocks: { length } }) => {
    const kept = left.get(id) ?? 0;
    const blocks = `${length} ${length === 1 ? "block" : "blocks"}`;
    return [id, `${id}\n${kept < length ? `${kept} of ` : ""}${blocks}`];
  }));
}

function specOf(
  layers: readonly LayerWidth[],
  { titles, title }: { readonly titles: ReadonlyMap<string, string>; readonly title: string },
): TopLevelSpec {
  const step = Math.max(STEP.least, Math.min(STEP.most, Math.floor(ROOM / layers.length)));
  const titleOf = ({ stage }: LayerWidth): string => titles.get(stage) ?? stage;
  const sum = (of: (layer: LayerWidth) => number) =>
    layers.reduce((total, layer) => total + of(layer), 0);
  const added = sum(({ kept, full }) => Math.max(0, kept - full));
  const isDrawn: Readonly<Record<string, boolean>> = {
    [CUT]: layers.some(({ kept }) => kept === 0),
    [ADDED]: added > 0,
  };
  const domain = Object.keys(PART_COLORS).filter((part) => isDrawn[part] ?? true);
  const x = { field: "label", type: "nominal", sort: null } as const;
  return {
    title: {
      text: title,
      subtitle: `${sum(({ kept }) => kept) - added} of ${sum(({ full }) => full)} channels kept` +
        (added > 0 ? `, ${added} added` : ""),
    },
    data: {
      values: layers.flatMap((layer) =>
        parts(layer).map((part, i) => ({
          ...part,
          top: Math.max(layer.kept, layer.full),
          group: titleOf(layer),
          number: i === 0 && step >= STEP.numbered && layer.kept > 0 ? layer.kept : "",
        }))
      ),
    },
    facet: {
      column: {
        field: "group",
        type: "nominal",
        sort: [...new Set(layers.map(titleOf))],
        title: layers.every(({ stage }) => stage === "") ? "layer" : "block and convolution",
        header: {
          labelExpr: "split(datum.value, '\\n')",
          titleOrient: "bottom",
          labelOrient: "top",
        },
      },
    },
    spacing: 14,
    resolve: { scale: { x: "independent" } },
    spec: {
      width: { step },
      height: 220,
      layer: [
        {
          mark: { type: "bar", cornerRadius: step > 12 ? 2 : 0 },
          encoding: {
            x: { ...x, axis: { title: null, ticks: false, domain: false, labelOverlap: true } },
            y: {
              field: "from",
              type: "quantitative",
              title: "channels",
              // Ticks at the widths that occur.
              axis: { values: [0, ...new Set(layers.map(({ full }) => full))], labelOverlap: true },
            },
            y2: { field: "to" },
            color: {
              field: "part",
              type: "nominal",
              scale: {
                domain,
                range: domain.map((part) => PART_COLORS[part as keyof typeof PART_COLORS]),
              },
            },
          },
        },
        {
          mark: { type: "text", dy: -7, fontSize: 10, color: COLORS.ink },
          encoding: {
            x,
            y: { field: "top", type: "quantitative" },
            text: { field: "number" },
          },
        },
      ],
    },
  };
}

/**
 * A picture of what pruning left: one bar per convolution with the channels kept, removed and added,
 * stages side by side, removed blocks in a colour of their own.
 *
 * @param blueprint The unpruned network.
 * @param options The pruned network, and a title.
 * @returns SVG, readable on light and dark pages.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID; ERR_CONFIG_INVALID for an unknown option or an invalid
 * value.
 */
export async function widthsPicture(
  blueprint: Blueprint,
  options: WidthsPictureOptions,
): Promise<string> {
  checkOptions(widthsPictureSchema, options, { subject: "widthsPicture()" });
  const { pruned, title = blueprint.name } = options;
  for (const network of [blueprint, pruned]) validateBlueprint(network);
  const titles = stageTitles(blueprint, pruned);
  return await drawChart(specOf(layerWidths(blueprint, pruned), { titles, title }));
}
