/**
 * One training pass without a tape: every step leaves a way back, and the ways back are walked in
 * reverse order.
 *
 * @module
 */
import type { NodeId, NormSpec } from "../../blueprint/blueprint.ts";
import type { Decision, DecisionId } from "../../contracts/decision.ts";
import { lastReads } from "../last_reads.ts";
import type { HostRanks } from "../ranks/host_ranks.ts";
import type { HostMixture } from "../ranks/rank_pool.ts";
import { classify } from "./classifier.ts";
import { Gradients, Ledger } from "./ledger.ts";
import type { BatchMoments } from "./norms.ts";
import type { ExecutorOps, Feature, FeatureShape } from "./ops.ts";
import { type Program, sourcesOf, stepsOf } from "./program.ts";
import { runStep } from "./run_step.ts";

/** A norm by name, and how many numbers are behind each of its channels. */
export interface NamedSpec {
  /** As in `stem/norm`. */
  readonly prefix: string;
  /** Its constants. */
  readonly spec: NormSpec;
  /** N. */
  readonly count: number;
}

/** What a pass reads, and where it tells what it found. */
export interface ExecutorPass {
  /** Values of a weight, whole. */
  readonly weights: (name: string) => Float32Array;
  /** The mixtures. */
  readonly mixtures: ReadonlyMap<DecisionId, HostMixture>;
  /** Candidates of the decisions about widths, by node. */
  readonly widths: ReadonlyMap<NodeId, Decision>;
  /** Linear aggregation from × to. */
  readonly aggregation: (from: number, to: number) => Float32Array;
  /** Whether norms use batch statistics, and there will be a way back. */
  readonly training: boolean;
  /** Whether the weights' gradients are not needed. */
  readonly frozen: boolean;
  /** The other ranks. */
  readonly ranks: HostRanks | undefined;
  /** Told the moments behind each norm. */
  readonly onMoments: (moments: BatchMoments, norm: NamedSpec) => void;
}

/** Gradients by name: weights, and the weights of mixtures. */
export interface ExecutorGradients {
  /** By parameter. Kernels, biases and dense weights are this rank's, the rest the batch's. */
  readonly weights: Map<string, Float32Array>;
  /** By decision: of widths the batch's, of depths this rank's. */
  readonly mixtures: Map<DecisionId, Float32Array>;
}

/** A pass between its two halves. */
export interface ExecutedPass extends Disposable {
  /** [images of this rank, classes]. */
  readonly logits: Float32Array;
  /** Go back, once; frees the pass. */
  backward(dLogits: Float32Array): ExecutorGradients;
}

/** What the steps of a pass share. */
export interface PassState {
  readonly ops: ExecutorOps;
  readonly pass: ExecutorPass;
  readonly ledger: Ledger;
  readonly dValues: Gradients;
  readonly gradients: ExecutorGradients;
  /** Values by name; held until their own way back is done. */
  readonly values: Map<string, Feature>;
  /** Values that depend on no weight. */
  readonly constants: ReadonlySet<string>;
}

/** One way back. */
export interface WayBack extends Disposable {
  /** The value that it starts from. */
  readonly value: string;
  /** Go back from the gradients of the value, one a reader; at least one, released by the walk. */
  back(dys: readonly Feature[]): void;
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
 * Run a program without a way back, by moving statistics; a value is freed behind its last reader.
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
 * Run a program forward, by batch statistics.
 *
 * @param program The network.
 * @param images The images.
 * @param options The engine's passes, and the pass.
 * @returns The logits, and the way back.
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
