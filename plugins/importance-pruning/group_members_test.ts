import { conv, DEFAULT_NORM, derive, inferShapes } from "@espalier/blueprint";
import type { Blueprint, Decision, TransposedConvNode } from "@espalier/core";
import { assertEquals } from "@std/assert";
import { groupMembers, type MemberPlace, rowsOf } from "./mod.ts";

/** A stem whose channels are joined with those of a convolution, normalised, read, and flattened. */
const NETWORK: Blueprint = {
  name: "joined",
  nodes: [
    { id: "images", op: "input", inputs: [], shape: [2, 2, 1] },
    conv({ id: "stem", input: "images", channels: 2, kernel: 1, norm: DEFAULT_NORM }),
    conv({ id: "more", input: "stem", channels: 3, kernel: 1 }),
    { id: "joined", op: "concat", inputs: ["stem", "more"] },
    { id: "norm", op: "norm", inputs: ["joined"], norm: DEFAULT_NORM },
    { id: "vector", op: "flatten", inputs: ["norm"] },
    { id: "classifier", op: "dense", inputs: ["vector"], channels: 2, bias: true },
  ],
  stages: [],
  output: "classifier",
};

function width(id: string, channels: number): Decision {
  const candidates = Array.from({ length: channels }, (_, i) => i + 1);
  return { id, space: "width", candidates, effect: { kind: "channels", nodes: [id] } };
}

const DECISIONS = [width("stem", 2), width("more", 3)];

const places = (members: readonly MemberPlace[]) =>
  members.map(({ array, role, axis, channels }) => [array, role, axis, channels]);

Deno.test("groupMembers() finds makers, norms and readers, with the places of each channel", () => {
  const members = groupMembers(NETWORK, DECISIONS);
  assertEquals(places(members.get("stem")!), [
    ["stem/kernel", "filter", 3, [[0], [1]]],
    ["stem/norm/gamma", "scale", 0, [[0], [1]]],
    ["more/kernel", "reader", 2, [[0], [1]]],
    ["norm/norm/gamma", "scale", 0, [[0], [1]]],
    ["classifier/kernel", "reader", 0, [[0, 5, 10, 15], [1, 6, 11, 16]]],
  ]);
  assertEquals(places(members.get("more")!), [
    ["more/kernel", "filter", 3, [[0], [1], [2]]],
    ["norm/norm/gamma", "scale", 0, [[2], [3], [4]]],
    ["classifier/kernel", "reader", 0, [[2, 7, 12, 17], [3, 8, 13, 18], [4, 9, 14, 19]]],
  ]);
});

Deno.test("groupMembers() finds a reader's channels where derive() takes them away", () => {
  for (const { id, candidates } of DECISIONS) {
    candidates.forEach((_, channel) => {
      const whole = Object.fromEntries(
        DECISIONS.map(({ id, candidates }) => [id, candidates.at(-1)!]),
      );
      const kept = { [id]: candidates.map((_, c) => c).filter((c) => c !== channel) };
      const choices = { ...whole, [id]: candidates.length - 1 };
      const { nodes } = derive(NETWORK, { decisions: DECISIONS, choices, kept });
      for (const { node, role, channels } of groupMembers(NETWORK, DECISIONS).get(id)!) {
        if (role !== "reader") continue;
        const { origin } = nodes.find(({ id }) => id === node.id)!;
        const all = inferShapes(NETWORK).get(node.inputs[0]!)!.channels;
        const gone = Array.from({ length: all }, (_, i) => i)
          .filter((i) => !origin!.inputs.includes(i));
        assertEquals(gone, channels[channel]);
      }
    });
  }
});

Deno.test("groupMembers() finds the outputs of a transposed kernel in front of its inputs", () => {
  const node: TransposedConvNode = {
    ...{ id: "a", op: "transposed-conv", inputs: ["images"], channels: 3, kernel: [1, 1] },
    ...{ strides: [2, 2], padding: "same", bias: false },
  };
  const [images, ...rest] = NETWORK.nodes;
  const network = {
    ...NETWORK,
    nodes: [images!, node, { ...rest.at(-1)!, inputs: ["a"] }],
    output: "classifier",
  };
  const [place] = groupMembers(network, [width("a", 3)]).get("a")!;
  assertEquals([place!.role, place!.axis], ["filter", 2]);
  // Outputs 1 and −1, 2 and 2, 0 and 6, for two inputs.
  const rows = rowsOf({ shape: [1, 1, 3, 2], values: Float32Array.of(1, -1, 2, 2, 0, 6) }, place!);
  assertEquals(rows.map((row) => [...row]), [[1, -1], [2, 2], [0, 6]]);
});

Deno.test("rowsOf() takes what belongs to a channel, row-major", () => {
  const tensor = { shape: [2, 2, 3], values: Float32Array.from({ length: 12 }, (_, i) => i) };
  const rows = (axis: number, channels: number[][]) =>
    rowsOf(tensor, { axis, channels }).map((row) => [...row]);
  assertEquals(rows(2, [[0], [2]]), [[0, 3, 6, 9], [2, 5, 8, 11]]);
  assertEquals(rows(1, [[1]]), [[3, 4, 5, 9, 10, 11]]);
  assertEquals(rows(2, [[0, 2]]), [[0, 2, 3, 5, 6, 8, 9, 11]]);
});

Deno.test("groupMembers() finds the channels of slices", () => {
  const slice = { layer: "more", from: 1, count: 2 };
  const tied: Decision = {
    ...width("stem", 2),
    effect: { kind: "channels", nodes: ["stem", slice] },
  };
  assertEquals(places(groupMembers(NETWORK, [tied]).get("stem")!), [
    ["stem/kernel", "filter", 3, [[0], [1]]],
    ["stem/norm/gamma", "scale", 0, [[0], [1]]],
    ["more/kernel", "reader", 2, [[0], [1]]],
    ["more/kernel", "filter", 3, [[1], [2]]],
    ["norm/norm/gamma", "scale", 0, [[0, 3], [1, 4]]],
    ["classifier/kernel", "reader", 0, [[0, 3, 5, 8, 10, 13, 15, 18], [
      1,
      4,
      6,
      9,
      11,
      14,
      16,
      19,
    ]]],
  ]);
});
