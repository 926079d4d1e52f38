import type { ExecutorOps } from "@espalier/supernet/engine";
import { type ConformanceCase, executorConformance, type ExecutorSetup } from "@espalier/testing";
import { assertEquals } from "@std/assert";
import type { EagerContext } from "../ffi/eager_context.ts";
import { runModule, testContext } from "../testing.ts";
import { nativeExecutorOps } from "./ops.ts";
import { composedProduct } from "./products.ts";
import { tensorRowPasses } from "./rows.ts";
import { Tensors } from "./tensors.ts";

/** As on processors that machine code of our own does not know. */
const withoutMachine = (context: EagerContext): ExecutorOps =>
  nativeExecutorOps(context, { machine: false });

/** As with a library that lacks the private op. */
function publicOps(context: EagerContext): ExecutorOps {
  const tensors = new Tensors(context);
  return {
    ...withoutMachine(context),
    ...tensorRowPasses(tensors, composedProduct(tensors)),
  };
}

/** The checks on one context; which they are is known without it. */
function checks(setup: Partial<ExecutorSetup> = {}): ConformanceCase[] {
  const start = () => {
    throw new RangeError("there is no context");
  };
  return [...executorConformance({ start, ...setup })];
}

const kinds: Readonly<Record<string, (context: EagerContext) => ExecutorOps>> = {
  "nativeExecutorOps()": (context) => nativeExecutorOps(context),
  "TensorFlow's ops": withoutMachine,
  "TensorFlow's public ops": publicOps,
};

for (const [kind, open] of Object.entries(kinds)) {
  for (const [i, { name }] of checks().entries()) {
    testContext(
      `${kind}: ${name}`,
      (context) => checks({ start: () => open(context), live: () => context.numTensors })[i]!.fn(),
    );
  }
}

// Guards against https://github.com/uxlfoundation/oneDNN/issues/6035. It runs in a process of its own,
// since an overrun ends the process.
testContext(
  "nativeExecutorOps() writes nowhere else behind 1 × 1 steps of few channels",
  async () => {
    const { code, stderr } = await runModule(
      `
    import { findLibrary } from "./install/folder.ts";
    import { openContext } from "./ffi/context.ts";
    import { nativeExecutorOps } from "./executor/ops.ts";
    const { folder } = await findLibrary();
    const ops = nativeExecutorOps(openContext(folder, { threads: 2 }));
    for (let n = 0; n < 600; n++) {
      const from = 1 + n % 15, size = [8, 16, 31][n % 7 % 3], to = [3, 16, 20, 32][n % 4];
      const shape = [1 + n % 5, size, size, from];
      const x = ops.upload(new Float32Array(shape.reduce((a, b) => a * b)).fill(1), shape);
      using convolution = ops.convolve(x, {
        ...{ kernel: new Float32Array(from * to), shape: [1, 1, from, to] },
        ...{ strides: [2, 2], padding: [0, 0, 0, 0] },
      });
      convolution.kernelGradient(convolution.output);
      ops.free(x, convolution.output);
    }`,
      { env: { MALLOC_CHECK_: "3" } },
    );
    assertEquals(code, 0, stderr);
  },
);
