import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { derive } from "./derive.ts";
import { inferShapes } from "./infer_shapes.ts";
import { keptChannels } from "./kept_channels.ts";
import { conv } from "./nodes.ts";
import { arbitraryBlueprint, arbitraryChoices, arbitraryDecisions } from "./testing.ts";

Deno.test("keptChannels() follows channels through concatenations and flattened images", () => {
  const unpruned = {
    name: "two",
    nodes: [
      { id: "images", op: "input", inputs: [], shape: [1, 2, 1] },
      conv({ id: "a", input: "images", channels: 3, kernel: 1 }),
      conv({ id: "b", input: "images", channels: 2, kernel: 1 }),
      { id: "both", op: "concat", inputs: ["a", "b"] },
      { id: "flat", op: "flatten", inputs: ["both"] },
      { id: "fc", op: "dense", inputs: ["flat"], channels: 2, bias: true },
    ],
    stages: [{ id: "s", blocks: [{ id: "s/0", nodes: ["a", "b", "both"], output: "both" }] }],
    output: "fc",
  } as const;
  const decisions = ["a", "b"].map((id, i) => ({
    id,
    space: "w",
    candidates: [1, 3 - i],
    effect: { kind: "channels", nodes: [id] },
  } as const));
  const choices = { a: 2, b: 1 };
  const kept = { a: [0, 2], b: [1] };
  const derived = derive(unpruned, { decisions, choices, kept });
  assertEquals(Object.fromEntries(keptChannels(derived, unpruned)), {
    images: [0],
    a: [0, 2],
    b: [1],
    both: [0, 2, 4],
    flat: [0, 2, 4, 5, 7, 9],
    fc: [0, 1],
    s: [0, 2, 4],
  });
});

Deno.test("keptChannels() has as many channels as each value of a derived network", () => {
  const derivations = arbitraryBlueprint.chain((unpruned) => {
    return arbitraryDecisions(unpruned, "project").chain((decisions) =>
      arbitraryChoices(decisions).map((choices) => ({ unpruned, decisions, choices }))
    );
  });
  fc.assert(fc.property(derivations, ({ unpruned, decisions, choices }) => {
    const derived = derive(unpruned, { decisions, choices });
    const kept = keptChannels(derived, unpruned);
    for (const [id, { channels }] of inferShapes(derived)) {
      assertEquals(kept.get(id)!.length, channels, id);
    }
  }));
});
