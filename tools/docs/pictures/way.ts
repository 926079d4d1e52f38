/**
 * The way of one network from blueprint to model, drawn from its decisions and what `derive` makes.
 *
 * @module
 */
import { conv, DEFAULT_NORM, derive, inferShapes } from "@espalier/blueprint";
import type { Blueprint, Decision } from "@espalier/core";
import { depthDecisions } from "@espalier/plugin-depth-search";
import { widthDecisions } from "@espalier/plugin-width-search";
import { svg, text } from "./svg.ts";

/** Side of a cell, room between two layers, and where the cells stand. */
const CELL = 13, COLUMN = 84, TOP = 48, LEFT = 20;

/** A network small enough to draw: a stem, a stage of two residual blocks, a classifier. */
function drawnNetwork(): Blueprint {
  const layer = (id: string, input: string, options = {}) =>
    conv({ id, input, channels: 8, kernel: 3, norm: DEFAULT_NORM, ...options });
  const block = (id: string, input: string): Blueprint["nodes"] => [
    layer(`${id}/a`, input, { activation: "relu" }),
    layer(`${id}/b`, `${id}/a`),
    { id: `${id}/sum`, op: "add", inputs: [`${id}/b`, input], activation: "relu" },
  ];
  return {
    name: "drawn",
    nodes: [
      { id: "image", op: "input", inputs: [], shape: [32, 32, 3] },
      layer("stem", "image", { activation: "relu" }),
      ...block("block0", "stem"),
      ...block("block1", "block0/sum"),
      { id: "pool", op: "global-pool", inputs: ["block1/sum"] },
      { id: "classes", op: "dense", inputs: ["pool"], channels: 4, bias: true },
    ],
    stages: [{
      id: "stage",
      blocks: ["block0", "block1"].map((id) => ({
        id,
        nodes: ["a", "b", "sum"].map((name) => `${id}/${name}`),
        output: `${id}/sum`,
      })),
    }],
    output: "classes",
  };
}

/** What may be decided about it: widths, tied where layers meet in a sum, and the blocks. */
function drawnDecisions(network: Blueprint): readonly Decision[] {
  const spaced = { ratios: [0.25, 0.5, 0.75, 1], residual: "tie" } as const;
  return [...widthDecisions(network, spaced), ...depthDecisions(network, { rule: "proportional" })];
}

/** An architecture of it. */
const CHOICES = { "stem": 6, "block0/a": 4, "block1/a": 2, "stage": 1 };

/** Probabilities such as a search has in its middle, of 2, 4, 6 and 8 channels. */
const ROWS: Readonly<Record<string, readonly number[]>> = {
  "stem": [0.08, 0.2, 0.5, 0.22],
  "block0/a": [0.2, 0.55, 0.15, 0.1],
  "block1/a": [0.6, 0.25, 0.1, 0.05],
};

/** How one channel of one layer is drawn: a class, and attributes. */
type Paint = (layer: string, channel: number) => { readonly of: string; readonly opacity?: number };

/** A network from left to right: a column of channels for each layer, arcs for shortcuts. */
function network(blueprint: Blueprint, { paint, notes = {}, all = blueprint }: {
  readonly paint: Paint;
  /** Below the columns, by layer. */
  readonly notes?: Readonly<Record<string, string>>;
  /** The network that gives the columns their places. */
  readonly all?: Blueprint;
}): string[] {
  const shapes = inferShapes(blueprint);
  const place = new Map(all.nodes.map(({ id }, i) => [id, LEFT + i * COLUMN]));
  const middle = TOP + 4 * CELL;
  return blueprint.nodes.flatMap((node) => {
    const x = place.get(node.id)!, { channels } = shapes.get(node.id)!;
    const top = middle - channels * CELL / 2;
    const cells = Array.from({ length: channels }, (_, channel) => {
      const { of, opacity = 1 } = paint(node.id, channel);
      const faded = opacity < 1 ? ` fill-opacity="${opacity.toFixed(2)}"` : "";
      return `<rect x="${x}" y="${top + channel * CELL}" width="${CELL - 2}" ` +
        `height="${CELL - 2}" rx="2" class="${of}"${faded}/>`;
    });
    const lines = node.inputs.map((input, i) => {
      const from = place.get(input)! + CELL + 2;
      return i === 0
        ? `<path d="M${from} ${middle}H${x - 4}" class="line"/>`
        : `<path d="M${from} ${middle}C${from + 20} ${TOP - 52},${x - 24} ${TOP - 52},${x - 4} ` +
          `${middle - 3}" class="line"/>`;
    });
    const below = middle + 4 * CELL + 18;
    return [
      ...lines,
      ...cells,
      text(x + CELL / 2, below, node.id.replace("/", " ")),
      text(x + CELL / 2, below + 15, notes[node.id] ?? `${channels}`, "soft middle"),
    ];
  });
}

const WIDTH = LEFT * 2 + 9 * COLUMN + 10, HEIGHT = TOP + 8 * CELL + 46;

/** The layers whose channels a decision is about, the sums that hold them, and what follows. */
function decidedBy(layer: string): string | undefined {
  if (layer === "image" || layer === "classes") return undefined;
  return layer in ROWS ? layer : "stem";
}

/** The four pictures of the way from a blueprint to a model. */
export function drawWay(): Record<string, string> {
  const blueprint = drawnNetwork();
  const decisions = drawnDecisions(blueprint);
  const derived = derive(blueprint, { decisions, choices: CHOICES });
  const size = { width: WIDTH, height: HEIGHT };
  const isCut = (layer: string) => layer.startsWith("block1");
  const share = (layer: string, channel: number) =>
    ROWS[decidedBy(layer)!]!.reduce((sum, p, i) => sum + (2 * (i + 1) > channel ? p : 0), 0);
  const candidates = new Map(decisions.map(({ id, candidates }) => [id, candidates.join(" ")]));
  const kept = (layer: string) => CHOICES[decidedBy(layer) as keyof typeof CHOICES];
  const all = (layer: string) => decidedBy(layer) === undefined;
  const notes = (of: (id: string) => string) =>
    Object.fromEntries(
      blueprint.nodes.filter(({ id }) => !all(id)).map(({ id }) => [id, of(id)]),
    );
  return {
    blueprint: svg(network(blueprint, { paint: () => ({ of: "cell" }) }), {
      ...size,
      title: "A blueprint: layers with their channels",
    }),
    supernet: svg(
      network(blueprint, {
        paint: (layer, channel) => ({
          of: "cell",
          opacity: all(layer) ? 1 : share(layer, channel),
        }),
        notes: notes((id) => candidates.get(id) ?? `as ${decidedBy(id)}`),
      }),
      { ...size, title: "The supernet: every channel with the probability that it stays" },
    ),
    architecture: svg(
      network(blueprint, {
        paint: (layer, channel) => ({
          of: all(layer) ? "cell" : isCut(layer) ? "cut" : channel < kept(layer) ? "cell" : "gone",
        }),
        notes: notes((id) => isCut(id) ? "cut" : `${kept(id)} of 8`),
      }),
      { ...size, title: "An architecture: what stays, what is narrowed, what is cut" },
    ),
    model: svg(network(derived, { paint: () => ({ of: "cell" }), all: blueprint }), {
      ...size,
      title: "The derived network: narrower and shallower",
    }),
  };
}
