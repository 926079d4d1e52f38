/**
 * A pass without a tape. In training every step leaves its backward pass ({@linkcode WayBack});
 * these run in reverse order.
 *
 * @module
 */
import { lastReads } from "../last_reads.ts";
import { completeOps } from "./complete_ops.ts";
import { Gradients, Ledger } from "./ledger.ts";
import type { ExecutorOps, FeatureShape } from "./ops.ts";
import { type Program, sourcesOf, stepsOf } from "./program.ts";
import { runStep } from "./run_step.ts";
import type { ExecutorGradients, ExecutorPass, PassState, WayBack } from "./state.ts";

/** Numbers on the host. */
export interface HostFeature {
  /** Row by row. */
  readonly values: Float32Array;
  /** [batch, height, width, channels]. */
  readonly shape: FeatureShape;
}

/** A forward pass whose backward pass has not run yet. */
export interface ExecutedPass extends Disposable {
  /** What the program gives, of the images of this rank. */
  readonly outputs: readonly HostFeature[];
  /** Run the backward pass, once, from the gradients of the outputs; it frees everything. */
  backward(dOutputs: readonly Float32Array[]): ExecutorGradients;
}

/** Where a pass runs. */
interface PassOptions {
  readonly ops: ExecutorOps;
  readonly pass: ExecutorPass;
}

function openState(
  { inputs }: Program,
  images: readonly HostFeature[],
  { ops: engine, pass }: PassOptions,
): PassState {
  const ops = completeOps(engine), ledger = new Ledger(ops);
  const names = inputs.map(({ id }) => id);
  const each = <T>(make: (image: HostFeature) => T) =>
    new Map(names.map((id, i) => [id, make(images[i]!)] as const));
  return {
    ops,
    pass,
    ledger,
    dValues: new Gradients(ledger),
    gradients: { weights: new Map(), mixtures: new Map() },
    values: each(({ values, shape }) => ledger.hold(ops.upload(values, shape))),
    masked: each(({ shape }) => ({ channels: shape[3], mask: undefined })),
    constants: new Set(names),
  };
}

const readOutputs = ({ outputs }: Program, { ops, values }: PassState): HostFeature[] =>
  outputs.map(({ value }) => {
    const x = values.get(value)!;
    return { values: ops.read(x), shape: x.shape };
  });

/**
 * Run a program forward only, normalising with the moving averages. A value is freed after its last
 * reader.
 *
 * @param program The network.
 * @param images The images.
 * @param options The engine's passes, and the pass.
 * @returns What it gives.
 */
export function inferProgram(
  program: Program,
  images: readonly HostFeature[],
  options: PassOptions,
): readonly HostFeature[] {
  const state = openState(program, images, options), { values, ledger } = state;
  using _ = ledger;
  const { mixtures } = options.pass;
  const steps = stepsOf(program, mixtures);
  const reads = steps.flatMap((step) => sourcesOf(step, mixtures));
  const isLast = lastReads([...reads, ...program.outputs.map(({ value }) => value)]);
  for (const step of steps) {
    using _ = runStep(state, step);
    for (const name of sourcesOf(step, mixtures)) {
      if (isLast(name)) ledger.release(values.get(name));
    }
  }
  return readOutputs(program, state);
}

/**
 * Run a program forward, normalising with batch statistics.
 *
 * @param program The network.
 * @param images The images.
 * @param options The engine's passes, and the pass.
 * @returns What it gives, and the backward pass.
 */
export function runProgram(
  program: Program,
  images: readonly HostFeature[],
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
    const outputs = readOutputs(program, state);
    return {
      outputs,
      [Symbol.dispose]: dispose,
      backward(dOutputs) {
        try {
          enter(state, program, outputs.map(({ shape }, i) => ({ shape, values: dOutputs[i]! })));
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

/** The gradients with which a backward pass begins. */
function enter(
  { ops, ledger, dValues }: PassState,
  { outputs }: Program,
  gradients: readonly HostFeature[],
): void {
  for (const [i, { values, shape }] of gradients.entries()) {
    const dy = ledger.hold(ops.upload(values, shape));
    dValues.add(outputs[i]!.value, dy);
    ledger.release(dy);
  }
}

function walk({ dValues, ledger, values }: PassState, way: WayBack): void {
  using _ = way;
  const dys = dValues.take(way.value);
  if (dys.length > 0) way.back(dys);
  ledger.release(...dys, values.get(way.value));
  values.delete(way.value);
}
