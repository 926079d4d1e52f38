import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptance, temperatureAt } from "./annealing.ts";

test("temperatureAt() falls by the same factor from the first to the last", () => {
  const cooling = { first: 8, last: 2 };
  assert.deepEqual([0, 1, 2].map((step) => temperatureAt(step, 3, cooling)), [8, 4, 2]);
  assert.equal(temperatureAt(0, 1, cooling), 8);
});

test("acceptance() takes every gain, and a loss by chance", () => {
  assert.equal(acceptance(0.1, 1e-9), 1);
  assert.equal(acceptance(0, 1), 1);
  assert.ok(Math.abs(acceptance(-2 * Math.log(4), 2) - 0.25) < 1e-12);
});
