import type { BudgetZone } from "@espalier/core";
import { assertAlmostEquals, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { Scalar } from "@tensorflow/tfjs";
import fixture from "../../tests/fixtures/tas/budget-loss.json" with { type: "json" };
import { budgetLimitsLoss, threeZoneLoss } from "./budget_loss.ts";

const MILLION = 1e6;

/** The zone of a fixture, whose numbers are in millions. */
function zone(low: number, high: number): BudgetZone {
  const ends = { low: low * MILLION, high: high * MILLION };
  return { cost: "macs", unit: "multiply-adds", target: 0, unpruned: 0, smallest: 0, ...ends };
}

/** Loss and its gradient with respect to the entries of `expected`, in millions, of which E is the mean. */
function lossOf(expected: readonly number[], actual: number, budget: BudgetZone) {
  const { value, grad } = tf.valueAndGrad((entries) =>
    threeZoneLoss({
      expected: entries.mean().mul(MILLION) as Scalar,
      actual: actual * MILLION,
      budget,
    })
  )(tf.tensor1d([...expected]));
  return { loss: value.dataSync()[0]!, gradient: [...grad.dataSync()] };
}

Deno.test("threeZoneLoss() has the official loss and gradient in the zone below the target", () => {
  for (const { expected, current, target, tolerance, loss, gradient, branch } of fixture.cases) {
    const actual = lossOf(expected, current, zone(target - tolerance, target));
    const name = `${branch} at ${current}`;
    assertAlmostEquals(actual.loss, loss, Math.max(1e-6, 1e-5 * Math.abs(loss)), name);
    for (const [i, entry] of gradient.entries()) {
      assertAlmostEquals(actual.gradient[i]!, entry, Math.max(1e-6, 1e-5 * Math.abs(entry)), name);
    }
  }
});

Deno.test("threeZoneLoss() has the paper's loss in the zone around the target", () => {
  for (const { expected, current, target, paperLoss } of fixture.cases) {
    const { loss } = lossOf(expected, current, zone(0.95 * target, 1.05 * target));
    assertAlmostEquals(loss, paperLoss, Math.max(1e-6, 1e-5 * Math.abs(paperLoss)), `${current}`);
  }
});

Deno.test("threeZoneLoss() is 0 at both ends of the zone", () => {
  assertEquals(lossOf([25], 19, zone(19, 21)), { loss: 0, gradient: [0] });
  assertEquals(lossOf([25], 21, zone(19, 21)), { loss: 0, gradient: [0] });
});

Deno.test("budgetLimitsLoss() adds log E of each limited cost that exceeds its limit", () => {
  const limited = (actual: number, expected: Scalar) => ({
    limit: { cost: "params", unit: "parameters", high: 100, unpruned: 400, smallest: 10 },
    expected,
    actual,
  });
  // Inside the zone only the limits count: d log(E / 100) / dE = 1 / E.
  const gradientAt = (...actuals: readonly number[]) => {
    const { value, grad } = tf.valueAndGrad((expected) =>
      budgetLimitsLoss({
        ...{ expected: expected as Scalar, actual: 20e6, budget: zone(19, 21) },
        limited: actuals.map((actual) => limited(actual, expected as Scalar)),
      })
    )(tf.scalar(200));
    return [value.dataSync()[0]!, grad.dataSync()[0]!];
  };
  assertEquals(gradientAt(100), [0, 0]);
  const [loss, gradient] = gradientAt(101, 99, 300);
  assertAlmostEquals(loss!, 2 * Math.log(2), 1e-6);
  assertAlmostEquals(gradient!, 2 / 200, 1e-7);
});
