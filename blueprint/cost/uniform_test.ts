import { createRandom, EspalierError } from "@espalier/core";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { chainCost, enumerate, toyDecisions, toyZone } from "./toy_space_test.ts";
import { uniformArchitecture } from "./uniform.ts";

const decisions = toyDecisions([1, 2, 3], [1, 2, 4], [2, 3, 5]);

function draw(seed: number, zone = toyZone(13, 22)) {
  const random = createRandom(seed).stream("test");
  return uniformArchitecture({ decisions, zone, cost: chainCost, random });
}

Deno.test("uniformArchitecture() draws every choice of the zone equally often", () => {
  const inside = enumerate(decisions).filter((choices) => {
    const cost = chainCost(choices);
    return cost >= 13 && cost <= 22;
  });
  assertEquals(inside.length, 10);
  const counts = new Map(inside.map((choices) => [JSON.stringify(choices), 0]));
  const draws = 1000;
  for (let seed = 0; seed < draws; seed++) {
    const { a, b, c } = draw(seed);
    const key = JSON.stringify({ a, b, c });
    assert(counts.has(key), `${key} lies outside the zone`);
    counts.set(key, counts.get(key)! + 1);
  }
  const expected = draws / inside.length;
  const squares = [...counts.values()].map((count) => (count - expected) ** 2 / expected);
  const chiSquare = squares.reduce((sum, square) => sum + square, 0);
  // 99.9 % of chi-square with 9 degrees of freedom.
  assert(chiSquare < 27.88, `chi-square is ${chiSquare}`);
});

Deno.test("uniformArchitecture() gives the same choices for the same stream", () => {
  assertEquals(draw(7), draw(7));
  assert(
    Array.from({ length: 10 }, (_, seed) => JSON.stringify(draw(seed))).some((choices) =>
      choices !== JSON.stringify(draw(7))
    ),
  );
});

Deno.test("uniformArchitecture() says when the zone is empty", () => {
  const error = assertThrows(() => draw(1, toyZone(7.1, 7.9)), EspalierError);
  assertEquals(error.code, "ERR_BUDGET_ZONE_EMPTY");
});
