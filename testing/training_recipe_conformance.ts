import { type TrainingOptions, type TrainingRecipe, TrainingRecipeToken } from "@espalier/core";
import { rateAt } from "@espalier/training";
import {
  check,
  checkPlain,
  type ConformanceCase,
  type ContractSetup,
  serviceCase,
} from "./check.ts";

/** Parts of an epoch that are looked at. */
const PARTS = [0, 0.25, 0.5, 0.75];

/** Learning rates of all epochs, a quarter of an epoch apart. */
function ratesOf({ rate, epochs }: TrainingOptions): readonly number[] {
  return Array.from(
    { length: epochs },
    (_, epoch) => PARTS.map((part) => rateAt(rate, { epoch, epochs, part })),
  ).flat();
}

/**
 * The checks that every provider of `TrainingRecipeToken` must pass.
 *
 * @param setup The plugins.
 * @returns The checks.
 */
export function* trainingRecipeConformance(setup: ContractSetup): Generator<ConformanceCase> {
  const withTrainings = (
    name: string,
    fn: (training: TrainingOptions, of: keyof TrainingRecipe) => void,
  ) =>
    serviceCase(`training recipe: ${name}`, setup, (services) => {
      const { pretrain, train } = services.get(TrainingRecipeToken);
      fn(pretrain, "pretrain");
      fn(train, "train");
    });

  yield withTrainings("is plain data", (training, of) => {
    checkPlain(training, of);
  });
  yield withTrainings("warms up and holds within its epochs", ({ epochs, rate }, of) => {
    const { warmupEpochs, holdEpochs } = rate;
    const taken = warmupEpochs + holdEpochs;
    check(taken <= epochs, `${of}: warm-up and hold take ${taken} epochs of ${epochs}`);
  });
  yield withTrainings("has finite rates, of which the peak is the highest", (training, of) => {
    const rates = ratesOf(training), { peak } = training.rate;
    check(rates.every((rate) => Number.isFinite(rate) && rate >= 0), `${of}: rates are ${rates}`);
    const highest = Math.max(...rates);
    check(
      Math.abs(highest - peak) <= 1e-9 * peak,
      `${of}: the highest rate is ${highest}, not ${peak}`,
    );
    check(highest > 0, `${of}: every rate is 0`);
  });
  yield withTrainings("has an optimizer that comes to rest", ({ optimizer: { momentum } }, of) => {
    check(momentum < 1, `${of}: momentum is ${momentum}, from 1 on a velocity never fades`);
  });
}
