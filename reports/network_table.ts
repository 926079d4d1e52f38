import {
  channelsName,
  costOf,
  fixedWidths,
  type InferredValues,
  inferValues,
  isMaker,
  layerOf,
  type LayerPart,
  layerParts,
  macs,
  params,
  validateBlueprint,
  widthGroups,
} from "@espalier/blueprint";
import {
  type Blueprint,
  type BlueprintNode,
  checkOptions,
  type Decision,
  type LayerChannels,
  type NodeId,
  type OptionFields,
  type TrainedNetwork,
} from "@espalier/core";
import * as z from "zod";
import { aligned, formatCount, formatShare, NOTHING, plainText } from "./format.ts";

/** What {@linkcode networkTable} takes besides. */
export interface NetworkTableOptions {
  /**
   * What there is to decide, as `pruner.decisions`.
   *
   * @default every width that may change, with tied sums
   */
  readonly decisions?: readonly Decision[];
}

const tableSchema = z.strictObject(
  { decisions: z.array(z.looseObject({})).optional() } satisfies OptionFields<NetworkTableOptions>,
);

/** A network with all that its table says. */
interface Subject extends InferredValues {
  readonly blueprint: Blueprint;
  readonly nodes: ReadonlyMap<NodeId, BlueprintNode>;
  /** What is decided about each layer, part by part. */
  readonly parts: ReadonlyMap<NodeId, readonly LayerPart[]>;
  /** What layers and slices are decided as one, where they are several. */
  readonly tied: readonly Decision[];
  /** Why layers and slices keep their widths. */
  readonly reasons: ReadonlyMap<string, string>;
  /** Multiply-adds by node, and parameters. */
  readonly macs: ReturnType<typeof costOf>;
  readonly params: ReturnType<typeof costOf>;
}

function subjectOf(blueprint: Blueprint, { decisions }: NetworkTableOptions): Subject {
  const decided = decisions ??
    widthGroups(blueprint, { residual: "tie" }).map((nodes): Decision => ({
      ...{ id: channelsName(nodes[0]!), space: "", candidates: [1] },
      effect: { kind: "channels", nodes },
    }));
  return {
    ...inferValues(blueprint),
    blueprint,
    nodes: new Map(blueprint.nodes.map((node) => [node.id, node])),
    parts: layerParts(blueprint, decided),
    tied: decided.filter(({ effect }) => effect.kind === "channels" && effect.nodes.length > 1),
    reasons: new Map(
      fixedWidths(blueprint, { residual: decisions === undefined ? "tie" : "project" })
        .map(({ node, why }) => [channelsName(node), why]),
    ),
    macs: costOf(blueprint, { name: "macs", unit: "multiply-adds", cost: macs }),
    params: costOf(blueprint, { name: "params", unit: "parameters", cost: params }),
  };
}

/** The author's name of a layer, behind the models that it is nested in. */
const nameOf = ({ id, source }: BlueprintNode): string => source?.path ?? source?.layer ?? id;

function classOf(node: BlueprintNode): string {
  if (node.op === "opaque") return node.className;
  if (node.op === "merge") return node.by;
  return "kernel" in node ? `${node.op} ${node.kernel.join("×")}` : node.op;
}

function shapeOf({ id }: BlueprintNode, { shapes, ranks }: Subject): string {
  const { height, width, channels } = shapes.get(id)!;
  return [height, width, channels].slice(3 - ranks.get(id)!).join("×");
}

/** A layer, part by part; all of it, where nothing is decided about it. */
function partsOf(node: BlueprintNode, { parts }: Subject): readonly LayerPart[] {
  if (!isMaker(node)) return [];
  const { id: name, channels } = node;
  const size = { unpruned: channels, widest: channels };
  return parts.get(name) ?? [{ name, from: 0, ...size, decision: undefined }];
}

function widthOf(node: BlueprintNode, subject: Subject): string {
  const states = partsOf(node, subject).map(({ decision }) => {
    if (decision === undefined) return "whole";
    const tied = subject.tied.indexOf(decision);
    return tied < 0 ? "free" : `tied ${tied + 1}`;
  });
  return [...new Set(states)].join(", ");
}

const shareOf = ({ id }: BlueprintNode, { macs: { total, byNode } }: Subject): string =>
  formatShare(total > 0 ? byNode[id]! / total : 0);

/** The author's name of a layer or slice. */
function labelOf(channels: LayerChannels, { nodes }: Subject): string {
  const id = layerOf(channels);
  return nameOf(nodes.get(id)!) + channelsName(channels).slice(id.length);
}

function rowOf(node: BlueprintNode, subject: Subject): string[] {
  const count = subject.params.byNode[node.id], cost = subject.macs.byNode[node.id];
  return [
    nameOf(node),
    classOf(node),
    shapeOf(node, subject),
    count ? formatCount(count) : NOTHING,
    cost ? `${formatCount(cost)} (${shareOf(node, subject)})` : NOTHING,
    widthOf(node, subject),
  ];
}

function wholeLines(node: BlueprintNode, subject: Subject): string[] {
  const share = `${shareOf(node, subject)} of the multiply-adds`;
  return partsOf(node, subject).filter(({ decision }) => decision === undefined).map(({ name }) => {
    const why = subject.reasons.get(name) ?? "nothing is decided about it";
    const label = nameOf(node) + name.slice(node.id.length);
    return `- ${label} (${classOf(node)}, ${share}): ${why}.`;
  });
}

function tiedLine(
  { effect }: Decision,
  { tied, subject }: { tied: number; subject: Subject },
): string {
  const members = effect.kind === "channels" ? effect.nodes : [];
  return `- tied ${tied + 1}: ${members.map((some) => labelOf(some, subject)).join(", ")}.`;
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ["", title, ...lines];

/**
 * A network as a table of text: its layers with shapes, parameters and multiply-adds of one example; which
 * widths are free, which are tied to each other, and which stay whole, and why.
 *
 * @example A convolution in front of the classifier
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { toyNetwork } from "@espalier/testing";
 * import { networkTable } from "@espalier/reports";
 *
 * assertStringIncludes(networkTable(toyNetwork()), "classifier (dense, 0.0 % of the multiply-adds)");
 * ```
 *
 * @param network A blueprint, or what `importModel` gives, whose notes are shown too.
 * @param options What there is to decide.
 * @returns Lines, with a line break at the end.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID; ERR_CONFIG_INVALID for an unknown option.
 */
export function networkTable(
  network: Blueprint | TrainedNetwork & { readonly notes?: readonly string[] },
  options: NetworkTableOptions = {},
): string {
  checkOptions(tableSchema, options, { subject: "networkTable()" });
  const { blueprint, notes = [] } = "blueprint" in network ? network : { blueprint: network };
  validateBlueprint(blueprint);
  const subject = subjectOf(blueprint, options);
  const head = ["layer", "class", "output", "parameters", "multiply-adds", "width"];
  const [first, ...rows] = aligned([head, ...blueprint.nodes.map((node) => rowOf(node, subject))]);
  return [
    `${blueprint.name}: ${formatCount(subject.params.total)} parameters, ` +
    `${formatCount(subject.macs.total)} multiply-adds`,
    "",
    first!,
    "─".repeat(Math.max(...[first!, ...rows].map(({ length }) => length))),
    ...rows,
    ...section(
      "Tied: decided as one, as their channels meet.",
      subject.tied.map((each, tied) => tiedLine(each, { tied, subject })),
    ),
    ...section("Stays whole:", blueprint.nodes.flatMap((node) => wholeLines(node, subject))),
    ...section("Notes:", notes.map((note) => `- ${note}`)),
    "",
  ].map(plainText).join("\n");
}
