/**
 * A pass without a tape. In training every step leaves its backward pass ({@linkcode WayBack});
 * these run in reverse order.
 *
 * @module
 */
import { lastReads } from "../last_reads.ts";
import { classify } from "./classifier.ts";
import { Gradients, Ledger } from "./ledger.ts";
import type { ExecutorOps, FeatureShape } from "./ops.ts";
import { type Program, sourcesOf, stepsOf } from "./program.ts";
import { runStep } from "./run_step.ts";
import type { ExecutorGradients, ExecutorPass, PassState, WayBack } from "./state.ts";

/** A forward pass whose backward pass has not run yet. */
export interface ExecutedPass extends Disposable {
  /** [images of this rank, classes]. */
  readonly logits: Float32Array;
  /** Run the backward pass, once; it frees everything. */
  backward(dLogits: Float32Array): ExecutorGradients;
}

/** Images on the host. */
export interface HostImages {
  /** Their numbers. */
  readonly values: Float32Array;
  /** [batch, height, width, channels]. */
  readonly shape: FeatureShape;
}

/** Where a pass runs. */
interface PassOptions {
  readonly ops: ExecutorOps;
  readonly pass: ExecutorPass;
}

function openState(
  { input }: Program,
  { values, shape }: HostImages,
  { ops, pass }: PassOptions,
): PassState {
  const ledger = new Ledger(ops);
  return {
    ops,
    pass,
    ledger,
    dValues: new Gradients(ledger),
    gradients: { weights: new Map(), mixtures: new Map() },
    values: new Map([[input.id, ledger.hold(ops.upload(values, shape))]]),
    constants: new Set([input.id]),
  };
}

/**
 * Run a program forward only, normalising with the moving averages. A value is freed after its last
 * reader.
 *
 * @param program The network.
 * @param images The images.
 * @param options The engine's passes, and the pass.
 * @returns The logits.
 */
export function inferProgram(
  program: Program,
  images: HostImages,
  options: PassOptions,
): Float32Array {
  const state = openState(program, images, options), { values, ledger } = state;
  using _ = ledger;
  const { mixtures } = options.pass;
  const steps = stepsOf(program, mixtures);
  const reads = steps.flatMap((step) => sourcesOf(step, mixtures));
  const isLast = lastReads([...reads, program.pooled]);
  for (const step of steps) {
    using _ = runStep(state, step);
    for (const name of sourcesOf(step, mixtures)) {
      if (isLast(name)) ledger.release(values.get(name));
    }
  }
  return classify(state, program).logits;
}

/**
 * Run a program forward, normalising with batch statistics.
 *
 * @param program The network.
 * @param images The images.
 * @param options The engine's passes, and the pass.
 * @returns The logits, and the backward pass.
 */
export function runProgram(
  program: Program,
  images: HostImages,
  options: PassOptions,
): ExecutedPass {
  const state = openState(program, images, options), { ledger } = state;
  const ways: WayBack[] = [];
  const dispose = () => {
    ways.splice(0).forEach((way) => way[Symbol.dispose]());
    ledger[Symbol.dispose]();
  };
  try {
    for (const step of stepsOf(program, options.pass.mixtures)) ways.push(runStep(state, step));
    const { logits, back } = classify(state, program);
    return {
      logits,
      [Symbol.dispose]: dispose,
      backward(dLogits) {
        try {
          back(dLogits);
          while (ways.length > 0) walk(state, ways.pop()!);
          return state.gradients;
        } finally {
          dispose();
        }
      },
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

function walk({ dValues, ledger, values }: PassState, way: WayBack): void {
  using _ = way;
  const dys = dValues.take(way.value);
  if (dys.length > 0) way.back(dys);
  ledger.release(...dys, values.get(way.value));
  values.delete(way.value);
}
