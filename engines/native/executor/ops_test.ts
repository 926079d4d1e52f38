import type { ExecutorOps } from "@espalier/core/engine";
import {
  type ConformanceCase,
  executorConformance,
  type ExecutorSetup,
} from "@espalier/core/testing";
import type { EagerContext } from "../ffi/eager_context.ts";
import { testContext } from "../testing.ts";
import { convolve, pool } from "./convolution.ts";
import { nativeExecutorOps } from "./ops.ts";
import { tensorRowPasses } from "./rows.ts";
import { type TensorFeature, Tensors } from "./tensors.ts";

/** As on processors that machine code of our own does not know. */
function tensorOps(context: EagerContext): ExecutorOps {
  const tensors = new Tensors(context);
  return {
    ...nativeExecutorOps(context),
    ...tensorRowPasses(tensors),
    convolve: (x, options) => convolve(tensors, x as TensorFeature, options),
    pool: (x, options) => pool(tensors, x as TensorFeature, options),
  };
}

/** The checks on one context; which they are is known without it. */
function checks(setup: Partial<ExecutorSetup> = {}): ConformanceCase[] {
  const start = () => {
    throw new RangeError("there is no context");
  };
  return [...executorConformance({ start, ...setup })];
}

const kinds = { "nativeExecutorOps()": nativeExecutorOps, "TensorFlow's ops": tensorOps };

for (const [kind, open] of Object.entries(kinds)) {
  for (const [i, { name }] of checks().entries()) {
    testContext(
      `${kind}: ${name}`,
      (context) => checks({ start: () => open(context), live: () => context.numTensors })[i]!.fn(),
    );
  }
}
