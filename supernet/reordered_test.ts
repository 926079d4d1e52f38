/** Networks whose channels stand in another order, and supernets that begin as a trained network. */
import {
  channelsName,
  derive,
  inputOf,
  layerOf,
  reorderChannels,
  sliceOf,
  widthGroups,
} from "@espalier/blueprint";
import {
  type Blueprint,
  type Choices,
  createRandom,
  type Decision,
  type Mixtures,
  type Network,
  unprunedValue,
} from "@espalier/core";
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { arbitraryBlueprint, arbitraryChoices, arbitraryDecisions } from "../blueprint/testing.ts";
import { compile } from "./compile.ts";
import { inheritedWeights, supernetWeights } from "./inherit.ts";
import { AVERAGING, trained } from "./testing.ts";

await tf.setBackend("cpu");
const random = createRandom(12);

function logitsOf(network: Network, mixtures: Mixtures = new Map()): Float32Array {
  return tf.tidy(() => {
    const shape = inputOf(network.blueprint).shape;
    const images = tf.randomNormal<tf.Rank.R4>([3, ...shape], 0, 1, "float32", 7);
    return network.forward(images, { training: false, mixtures }).logits.dataSync<"float32">();
  });
}

function assertClose(found: Float32Array, wanted: Float32Array): void {
  const largest = Math.max(...wanted.map(Math.abs));
  assertEquals(found.length, wanted.length);
  wanted.forEach((value, i) => {
    assert(Math.abs(found[i]! - value) <= 1e-4 * largest, `${found[i]} instead of ${value}`);
  });
}

/** A permutation for every group, the same for its layers. */
function arbitraryOrders(
  { nodes, ...blueprint }: Blueprint,
): fc.Arbitrary<ReadonlyMap<string, readonly number[]>> {
  const widths = new Map(
    nodes.flatMap((node) => "channels" in node ? [[node.id, node.channels] as const] : []),
  );
  const groups = widthGroups({ nodes, ...blueprint }, { residual: "tie" });
  const first = (count: number) => Array.from({ length: count }, (_, i) => i);
  return fc.tuple(
    ...groups.map(([leader]) => {
      const channels = first(sliceOf(leader!, widths.get(layerOf(leader!))!).count);
      return fc.shuffledSubarray(channels, { minLength: channels.length });
    }),
  ).map((orders) =>
    new Map(
      groups.flatMap((group, i) => group.map((some) => [channelsName(some), orders[i]!] as const)),
    )
  );
}

Deno.test("a network whose channels are permuted group by group computes what it did", () => {
  const cases = arbitraryBlueprint.chain((blueprint) =>
    arbitraryOrders(blueprint).map((orders) => ({ blueprint, orders }))
  );
  fc.assert(
    fc.property(cases, ({ blueprint, orders }) => {
      const teacher = trained(blueprint);
      const weights = inheritedWeights(reorderChannels(blueprint, orders), teacher);
      using before = compile(blueprint, { random, weights: teacher.weights });
      using after = compile(blueprint, { random, weights });
      assertClose(logitsOf(after), logitsOf(before));
      for (const [id, order] of orders) {
        const name = `${id}/bias`, own = teacher.weights[name];
        if (own) assertEquals([...weights[name]!.values], order.map((c) => own.values[c]!));
      }
    }),
    { numRuns: 200 },
  );
});

/** The chosen candidates alone. */
const oneHot = (decisions: readonly Decision[], choices: Choices): Mixtures =>
  new Map(decisions.map(({ id, candidates }) => [
    id,
    { indices: [candidates.indexOf(choices[id]!)], weights: tf.tensor1d([1]) },
  ]));

Deno.test("a supernet that begins as a trained network holds every network cut out of it", () => {
  const cases = arbitraryBlueprint.chain((blueprint) =>
    arbitraryDecisions(blueprint, "tie").chain((decisions) =>
      // What is new where layers grow is drawn for unlike shapes.
      arbitraryChoices(decisions).map((choices) => ({
        ...{ blueprint, decisions },
        choices: Object.fromEntries(
          decisions.map((d) => [d.id, Math.min(choices[d.id]!, unprunedValue(d))]),
        ),
      }))
    )
  );
  fc.assert(
    fc.property(cases, ({ blueprint, decisions, choices }) => {
      const teacher = trained(blueprint);
      const derived = derive(blueprint, { decisions, choices });
      const weights = supernetWeights(teacher, { decisions, random });
      using supernet = compile(blueprint, { random, decisions, aggregator: AVERAGING, weights });
      using student = compile(derived, {
        random,
        weights: inheritedWeights(derived, teacher, { random }),
      });
      tf.tidy(() => assertClose(logitsOf(supernet, oneHot(decisions, choices)), logitsOf(student)));
    }),
    { numRuns: 150 },
  );
});
