import {
  type ConformanceCase,
  executorConformance,
  type ExecutorSetup,
} from "@espalier/core/testing";
import { testContext } from "../testing.ts";
import { nativeExecutorOps } from "./ops.ts";

/** The checks on one context; which they are is known without it. */
function checks(setup: Partial<ExecutorSetup> = {}): ConformanceCase[] {
  const start = () => {
    throw new RangeError("there is no context");
  };
  return [...executorConformance({ start, ...setup })];
}

for (const [i, { name }] of checks().entries()) {
  testContext(`nativeExecutorOps(): ${name}`, (context) =>
    checks({
      start: () => nativeExecutorOps(context),
      live: () => context.numTensors,
    })[i]!.fn());
}
