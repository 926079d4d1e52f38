// deno-lint-ignore-file no-console -- a command's output
/**
 * Draws the pictures of `docs/` from real networks, decisions and pipelines. Run by
 * `deno task docs:pictures`; a test holds the files against it.
 *
 * @module
 */
import { conv, DEFAULT_NORM, derive, inferShapes } from "@espalier/blueprint";
import type { AnyPlugin, Blueprint, Decision, Phase } from "@espalier/core";
import { tas } from "@espalier/espalier";
import { depthDecisions } from "@espalier/plugin-depth-search";
import { widthDecisions } from "@espalier/plugin-width-search";
import { defaultPipeline } from "@espalier/pruning";

const FOLDER = "docs/pictures";

/** Side of a cell, room between two layers, and where the cells stand. */
const CELL = 13, COLUMN = 84, TOP = 48, LEFT = 20;

const STYLE = `<style>
text{font:12px "Segoe UI","Helvetica Neue",Arial,"DejaVu Sans",sans-serif;fill:#24292f}
.soft{fill:#5f6b76;font-size:11px}.middle{text-anchor:middle}.bold{font-weight:600}
.cell{fill:#0072b2}.maybe{fill:#0072b2}.gone{fill:none;stroke:#b4bcc4}
.cut{fill:none;stroke:#e0a030}.line{fill:none;stroke:#8a949e;stroke-width:1.3}
.box{fill:none;stroke:#c4cad0}.pill{fill:#0072b2;fill-opacity:.12}.mark{stroke:#24292f;stroke-width:1}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.soft{fill:#9aa4ad}.cell,.maybe{fill:#56b4e9}
.gone{stroke:#5a636d}.cut{stroke:#c98500}.line{stroke:#7d8791}.box{stroke:#3d444d}
.pill{fill:#56b4e9;fill-opacity:.18}.mark{stroke:#e6edf3}}
</style>`;

function svg(parts: readonly string[], { width, height, title }: {
  readonly width: number;
  readonly height: number;
  readonly title: string;
}): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" role="img" aria-label="${title}">\n${STYLE}\n${parts.join("\n")}\n</svg>\n`;
}

const text = (x: number, y: number, said: string | number, of = "middle"): string =>
  `<text x="${x}" y="${y}" class="${of}">${said}</text>`;

/** A network small enough to draw: a stem, a stage of two residual blocks, a classifier. */
export function drawnNetwork(): Blueprint {
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
export function drawnDecisions(network: Blueprint): readonly Decision[] {
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
function way(): Record<string, string> {
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
        paint: (layer, channel) =>
          all(layer) ? { of: "cell" } : { of: "maybe", opacity: share(layer, channel) },
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

/** Plugins that serve a phase, and those that serve these. */
function servants(
  tokens: readonly { readonly name: string }[],
  plugins: readonly AnyPlugin[],
): { readonly plugin: string; readonly token: string }[] {
  return tokens.flatMap(({ name }) =>
    plugins.filter(({ provides }) => provides.some((token) => token.name === name))
      .flatMap(({ name: plugin, requires, uses }) => [
        { plugin, token: name.split("/").at(-1)! },
        ...servants([...requires, ...uses], plugins),
      ])
  );
}

const BOX = { width: 134, gap: 12, top: 12, height: 46, pill: 40 };

/** The phases of the default pipeline, what they make, and the plugins of TAS that serve them. */
function phases(): string {
  const plugins = tas({ recipe: "quick" });
  const placed = plugins.flatMap(({ phases }) => phases);
  // deno-lint-ignore no-explicit-any -- phases of different needs in one list
  const row = defaultPipeline().phases.flatMap((phase): readonly Phase<any, object>[] => [
    ...placed.filter(({ before }) => before === phase.name).map(({ phase }) => phase),
    phase,
    ...placed.filter(({ after }) => after === phase.name).map(({ phase }) => phase),
  ]);
  const columns = row.map((phase) => servants([...phase.requires ?? [], ...phase.uses], plugins));
  const most = Math.max(...columns.map(({ length }) => length));
  const parts = row.flatMap(({ name, makes = [] }, i) => {
    const x = 6 + i * (BOX.width + BOX.gap), center = x + BOX.width / 2;
    return [
      `<rect x="${x}" y="${BOX.top}" width="${BOX.width}" height="${BOX.height}" rx="6" class="box"/>`,
      text(center, BOX.top + 19, name, "middle bold"),
      text(center, BOX.top + 36, makes.join(", "), "soft middle"),
      ...i === 0 ? [] : [`<path d="M${x - BOX.gap} ${BOX.top + 23}h${BOX.gap}" class="line"/>`],
      ...columns[i]!.flatMap(({ plugin, token }, at) => {
        const y = BOX.top + BOX.height + 10 + at * BOX.pill;
        return [
          `<rect x="${x}" y="${y}" width="${BOX.width}" height="${
            BOX.pill - 6
          }" rx="6" class="pill"/>`,
          text(center, y + 14, plugin),
          text(center, y + 27, token, "soft middle"),
        ];
      }),
    ];
  });
  return svg(parts, {
    width: 12 + row.length * (BOX.width + BOX.gap) - BOX.gap,
    height: BOX.top + BOX.height + 14 + most * BOX.pill,
    title: "The phases of a pruning by TAS, and the plugins that serve them",
  });
}

/** All pictures, by their paths. */
export function drawPictures(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries({ ...way(), phases: phases() })
      .map(([name, picture]) => [`${FOLDER}/${name}.svg`, picture]),
  );
}

if (import.meta.main) {
  await Deno.mkdir(FOLDER, { recursive: true });
  for (const [path, picture] of drawPictures()) await Deno.writeTextFile(path, picture);
  console.log(`${drawPictures().size} pictures: ${FOLDER}`);
}
