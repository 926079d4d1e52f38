import { conv, decisionsOf, layerOf } from "@espalier/blueprint";
import { type Blueprint, type Decision, type SearchSpace, SearchSpaceToken } from "@espalier/core";
import { deepFreeze } from "@espalier/core/run";
import { casesOf, check, checkEqual, type ConformanceCase, type ContractSetup } from "./check.ts";
import { toyNetwork } from "./toy.ts";

const images = { id: "images", op: "input", inputs: [], shape: [4, 4, 1] } as const;
const readers: Blueprint["nodes"] = [
  { id: "flatten", op: "flatten", inputs: ["conv"] },
  { id: "classifier", op: "dense", inputs: ["flatten"], channels: 2, bias: true },
];

const unit = (id: string, channels: number) => conv({ id, input: "images", channels, kernel: 3 });

/** A convolution whose channels meet those of two others. */
const SLICES: Blueprint["nodes"] = [
  unit("left", 2),
  unit("right", 4),
  { id: "both", op: "concat", inputs: ["left", "right"] },
  unit("whole", 6),
  { id: "conv", op: "add", inputs: ["both", "whole"] },
];

/** The toy network, one without stages, one of slices, and one without anything to decide. */
function networks(): readonly Blueprint[] {
  const chain = [images, conv({ id: "conv", input: "images", channels: 4, kernel: 3 }), ...readers];
  const layer = [images, { ...readers[0]!, inputs: ["images"] }, readers[1]!];
  const common = { stages: [], output: "classifier" };
  return [
    toyNetwork(),
    { name: "chain", nodes: chain, ...common },
    { name: "slices", nodes: [images, ...SLICES, ...readers], ...common },
    { name: "perceptron", nodes: layer as Blueprint["nodes"], ...common },
  ].map(deepFreeze);
}

/** Where the first thing that a decision changes stands in the network. */
function placeOf({ nodes, stages }: Blueprint, { effect }: Decision): number {
  return effect.kind === "channels"
    ? nodes.findIndex(({ id }) => id === layerOf(effect.nodes[0]!))
    : stages.findIndex(({ id }) => id === effect.stage);
}

/**
 * The checks that every provider of `SearchSpaceToken` must pass, on small networks with stages,
 * without, and with nothing to decide.
 *
 * @param setup The plugins.
 * @returns The checks.
 */
export function* searchSpaceConformance(setup: ContractSetup): Generator<ConformanceCase> {
  const withSpaces = casesOf(SearchSpaceToken, { kind: "search space", setup });
  const onNetworks = (name: string, fn: (space: SearchSpace, blueprint: Blueprint) => void) =>
    withSpaces(name, (space) => networks().forEach((blueprint) => fn(space, blueprint)));

  yield onNetworks(
    "makes decisions in plain data, which bear its name and fit the network",
    (space, blueprint) => {
      for (const decision of space.decisions(blueprint)) {
        checkEqual(decision.space, space.name, `the space of "${decision.id}"`);
      }
      decisionsOf(blueprint, [space]);
    },
  );
  yield withSpaces("finds something to decide", (space) => {
    check(
      decisionsOf(toyNetwork(), [space]).length > 0,
      "it decides nothing about the toy network",
    );
  });
  yield onNetworks("decides the same every time", (space, blueprint) => {
    checkEqual(space.decisions(blueprint), space.decisions(blueprint), "the second decisions");
  });
  yield onNetworks("keeps the order of the network", (space, blueprint) => {
    for (const kind of ["channels", "exit"] as const) {
      const places = space.decisions(blueprint)
        .filter(({ effect }) => effect.kind === kind)
        .map((decision) => placeOf(blueprint, decision));
      checkEqual(
        places,
        places.toSorted((a, b) => a - b),
        `places of "${kind}" in "${blueprint.name}"`,
      );
    }
  });
}
