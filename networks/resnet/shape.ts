import { channelsName, derive, widthGroups } from "@espalier/blueprint";
import {
  type Blueprint,
  checkOptions,
  type Choices,
  type Decision,
  EspalierError,
  type LayerChannels,
  type NodeId,
  type OptionFields,
} from "@espalier/core";
import * as z from "zod";
import { type ResnetOptions, resnetSchema } from "./options.ts";
import { resnet } from "./resnet.ts";

/**
 * Widths and depths of a residual network: what a search chose, or any others. Widths may be wider than
 * the unpruned network's.
 */
export interface ResnetShape {
  /** The unpruned network. */
  readonly network: ResnetOptions;
  /**
   * Channels of each searched convolution of the unpruned network: the stem, then block by block.
   * Shortcuts follow the last convolution of their block. Those of removed blocks are ignored.
   */
  readonly widths: readonly number[];
  /** Blocks kept in each stage. */
  readonly depths: readonly number[];
}

const count = z.int().positive();
const shapeSchema: z.ZodType<ResnetShape> = z.strictObject({
  network: resnetSchema as z.ZodType<ResnetOptions>,
  widths: z.array(count),
  depths: z.array(count),
});

/** The error for a shape that does not fit its network. */
export function shapeFault(state: string, cause?: unknown): EspalierError {
  return new EspalierError(
    "ERR_SHAPE_INVALID",
    `Cannot use the shape as it must fit its network: ${state}. Correct the shape.`,
    { cause },
  );
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`).join("")
    .replace(/^\./, "");
}

function unprunedOf({ network }: ResnetShape): Blueprint {
  try {
    return resnet(network);
  } catch (error) {
    throw shapeFault(`network.depth is ${network.depth}`, error);
  }
}

/** What one number of a shape is about. */
export interface Entry {
  /** Convolution or stage. */
  readonly name: string;
  /** Its unpruned value. */
  readonly unpruned: number;
}

function checkEntries(field: "widths" | "depths", values: readonly number[], entries: Entry[]) {
  if (values.length !== entries.length) {
    throw shapeFault(`${field} has ${values.length} entries, not ${entries.length}`);
  }
}

/** A stage keeps blocks that it has; widths have no limit. */
function checkDepths(values: readonly number[], stages: Entry[]): void {
  checkEntries("depths", values, stages);
  stages.forEach(({ name, unpruned }, i) => {
    const value = values[i]!;
    if (value > unpruned) {
      throw shapeFault(`depths[${i}] (${name}) is ${value}, not 1 … ${unpruned}`);
    }
  });
}

/** The layer that a decision is about. */
export function wholeLayer(some: LayerChannels): NodeId {
  if (typeof some === "string") return some;
  throw shapeFault(`${channelsName(some)} is decided apart from the rest of its layer`);
}

/** What the entries of a shape are about. */
export interface ShapeRows {
  /** Convolutions of each width: the named one, and a shortcut that follows it. */
  readonly groups: readonly (readonly NodeId[])[];
  /** Convolutions. */
  readonly widths: Entry[];
  /** Stages. */
  readonly depths: Entry[];
}

/** The entries of a network's shapes, in order. */
export function rowsOf(blueprint: Blueprint): ShapeRows {
  const groups = widthGroups(blueprint, { residual: "project" }).map((nodes) =>
    nodes.map(wholeLayer)
  );
  const channels = new Map(
    blueprint.nodes.flatMap((node) => node.op === "conv" ? [[node.id, node.channels]] : []),
  );
  return {
    groups,
    widths: groups.map(([leader]) => ({ name: leader!, unpruned: channels.get(leader!)! })),
    depths: blueprint.stages.map(({ id, blocks }) => ({ name: id, unpruned: blocks.length })),
  };
}

/**
 * The network that a shape describes. Widths need not be candidates of a search, and may exceed those of
 * the unpruned network: `shapeNotes` says what a search could not have reached. Shortcut convolutions of
 * the unpruned network stay, as `derive` keeps them, where the ends of a block have one width too.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { blueprintOfShape, releasedShape } from "@espalier/networks";
 *
 * const blueprint = blueprintOfShape(releasedShape("C010-ResNet56"));
 * assertEquals(blueprint.stages.map(({ blocks }) => blocks.length), [5, 5, 5]);
 * ```
 *
 * @param shape Widths and depths.
 * @returns The blueprint.
 * @throws {EspalierError} ERR_SHAPE_INVALID, which says which entry does not fit.
 */
export function blueprintOfShape(shape: ResnetShape): Blueprint {
  const { error } = shapeSchema.safeParse(shape);
  if (error !== undefined) {
    const { path, message } = error.issues[0]!;
    throw shapeFault(`${pathOf(path) || "the shape"}: ${message}`);
  }
  const unpruned = unprunedOf(shape);
  const { groups, widths, depths } = rowsOf(unpruned);
  checkEntries("widths", shape.widths, widths);
  checkDepths(shape.depths, depths);
  const effects: readonly (readonly [string, Decision["effect"]])[] = [
    ...widths.map(({ name }, i) => [name, { kind: "channels", nodes: groups[i]! }] as const),
    ...depths.map(({ name }) => [name, { kind: "exit", stage: name }] as const),
  ];
  const values = [...shape.widths, ...shape.depths];
  const decisions = effects.map(([id, effect], i): Decision => ({
    ...{ id, space: "shape", candidates: [values[i]!], effect },
  }));
  const choices = Object.fromEntries(decisions.map(({ id }, i) => [id, values[i]!]));
  return derive(unpruned, { decisions, choices });
}

/** What {@linkcode shapeOf} takes. */
export interface ShapeOfOptions {
  /** The decisions. */
  readonly decisions: readonly Decision[];
  /** What was chosen. */
  readonly choices: Choices;
}

const shapeOfSchema = z.strictObject(
  {
    decisions: z.array(z.looseObject({ id: z.string() })),
    choices: z.record(z.string(), count),
  } satisfies OptionFields<ShapeOfOptions>,
);

/**
 * The shape that a search chose, to save or publish; undecided widths and depths are the
 * unpruned ones.
 *
 * @param network The unpruned network.
 * @param options Decisions and choices, as in an `Architecture`.
 * @returns Widths and depths.
 * @throws {EspalierError} ERR_SHAPE_INVALID if a shortcut is not as wide as its block's last
 * convolution, or if a choice is missing or does not fit; ERR_CONFIG_INVALID if an option is unknown or
 * not valid.
 */
export function shapeOf(network: ResnetOptions, options: ShapeOfOptions): ResnetShape {
  checkOptions(shapeOfSchema, options, { subject: "shapeOf()" });
  const { groups, widths, depths } = rowsOf(resnet(network));
  const chosen = new Map(options.decisions.flatMap(({ id, effect }) => {
    const value = options.choices[id];
    if (value === undefined) throw shapeFault(`"${id}" has no choice`);
    const targets = effect.kind === "channels" ? effect.nodes.map(wholeLayer) : [effect.stage];
    return targets.map((target) => [target, value] as const);
  }));
  const shape = {
    network,
    widths: groups.map((nodes, i) => {
      const values = new Set(nodes.map((node) => chosen.get(node) ?? widths[i]!.unpruned));
      if (values.size === 1) return [...values][0]!;
      throw shapeFault(`${nodes.join(" and ")} have ${[...values].join(" and ")} channels`);
    }),
    depths: depths.map(({ name, unpruned }) => chosen.get(name) ?? unpruned),
  };
  checkDepths(shape.depths, depths);
  return shape;
}
