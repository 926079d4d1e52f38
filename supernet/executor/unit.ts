import type { DecisionId, NormSpec } from "@espalier/core";
import { type HostCandidate, inverseDeviation, mixtureMap, normMap } from "../ops/host_algebra.ts";
import { firstEntries, spreadEntries } from "./kernel_part.ts";
import { joinGradients } from "./ledger.ts";
import {
  type BackMap,
  type ChannelMap,
  mixedNorm,
  narrowSums,
  type NormPass,
  plainNorm,
  widenMap,
} from "./norms.ts";
import type { Convolution, Feature } from "./ops.ts";
import { nameOf, type Step } from "./program.ts";
import type { PassState, WayBack } from "./state.ts";

/** The norm behind a convolution in one pass. */
export interface UnitNorm {
  /** Channels of the convolution. */
  readonly channels: number;
  /** Its constants; absent: there is no norm. */
  readonly spec: NormSpec | undefined;
  /** Names of the norms. */
  readonly prefixes: readonly string[];
  /** The candidates of a searched width. */
  readonly mixture?: {
    readonly decision: DecisionId;
    readonly candidates: readonly HostCandidate[];
  };
}

type ConvStep = Extract<Step, { kind: "conv" }>;

/** A unit between its forward and its backward pass. */
interface RunUnit {
  readonly state: PassState;
  readonly step: ConvStep;
  readonly norm: UnitNorm;
  readonly convolution: Convolution;
}

/**
 * Run a convolution, its norm, the sum behind it and the activation: three passes over the data,
 * and in the backward pass two besides those of the convolution.
 */
export function runUnit(state: PassState, step: ConvStep, norm: UnitNorm): WayBack {
  const { ops, values, ledger, pass } = state, { node, plan } = step;
  const x = values.get(plan.sources[0]!)!;
  const from = x.shape[3], to = norm.channels;
  const convolution = ops.convolve(x, {
    kernel: firstEntries(pass.weights(`${node.id}/kernel`), {
      positions: node.kernel[0] * node.kernel[1],
      whole: [plan.extents[0]!.widest, node.channels],
      part: [from, to],
    }),
    shape: [...node.kernel, from, to],
    strides: node.strides,
    padding: node.padding,
  });
  ledger.hold(convolution.output);
  try {
    return runBehind({ state, step, norm, convolution });
  } catch (error) {
    convolution[Symbol.dispose]();
    throw error;
  }
}

/** Run what follows the convolution. */
function runBehind(unit: RunUnit): WayBack {
  const { state: { ops, values, ledger, pass }, step, norm, convolution } = unit;
  const { node } = step, { output: o } = convolution, to = norm.channels;
  const dispose = () => convolution[Symbol.dispose]();
  const value = nameOf(step);
  if (norm.spec === undefined) {
    values.set(value, o);
    return { value, back: (dys) => goBackBare(unit, dys), [Symbol.dispose]: dispose };
  }
  const normPass = pass.training ? normOutput(unit, { o, spec: norm.spec }) : undefined;
  const map = normPass?.map ?? restingMap(unit, norm.spec);
  const residual = step.add && values.get(step.add.residual)!;
  const wide = Math.max(to, residual?.shape[3] ?? 0);
  const relu = (step.add?.node ?? node).activation === "relu";
  const y = ledger.hold(ops.affine(o, { ...widenMap(map, wide), residual, relu }));
  values.set(value, y);
  if (normPass === undefined) {
    ledger.release(o);
    return { value, back() {}, [Symbol.dispose]: dispose };
  }
  return {
    value,
    back: (dys) => goBack(unit, { dys, o, y: relu ? y : undefined, wide, normPass }),
    [Symbol.dispose]: dispose,
  };
}

/** Compute and report the moments of the batch. */
function normOutput(
  { state: { ops, pass }, step: { node }, norm }: RunUnit,
  { o, spec }: { readonly o: Feature; readonly spec: NormSpec },
): NormPass {
  const { ranks } = pass, { epsilon } = spec;
  const own = ops.moments(o);
  const moments = ranks?.moments(`${node.id}/norm`, own) ?? own;
  const count = countOf(o, ranks?.share);
  for (const prefix of norm.prefixes) pass.onMoments(moments, { prefix, spec, count });
  const { channels, mixture } = norm;
  if (mixture) return mixedNorm(moments, { candidates: mixture.candidates, channels, epsilon });
  const read = (name: string) => pass.weights(`${norm.prefixes[0]}/${name}`);
  return plainNorm(moments, { gamma: read("gamma"), beta: read("beta"), epsilon });
}

/** The map of a norm that uses its moving statistics. */
function restingMap(
  { state: { pass }, norm: { channels, prefixes, mixture } }: RunUnit,
  { epsilon }: NormSpec,
): ChannelMap {
  const norms = prefixes.map((prefix) => {
    const read = (name: string) => pass.weights(`${prefix}/${name}`);
    const inv = inverseDeviation(read("variance"), epsilon);
    return normMap({ gamma: read("gamma"), beta: read("beta") }, { mean: read("mean"), inv });
  });
  if (mixture === undefined) {
    return { matrix: norms[0]!.scale, diagonal: true, bias: norms[0]!.bias };
  }
  const candidates = mixture.candidates.map((candidate, k) => ({
    ...candidate,
    gamma: norms[k]!.scale,
    beta: norms[k]!.bias,
  }));
  const { matrix, bias } = mixtureMap(candidates, channels);
  return {
    matrix: Float32Array.from(matrix),
    diagonal: false,
    bias: Float32Array.from(bias),
  };
}

/** Values of each channel in the whole batch. */
function countOf(
  { shape: [images, height, width] }: Feature,
  share: { readonly own: number; readonly all: number } | undefined,
): number {
  return (share?.all ?? images) * height * width;
}

function goBack(
  unit: RunUnit,
  { dys, o, y, wide, normPass }: {
    readonly dys: readonly Feature[];
    readonly o: Feature;
    readonly y: Feature | undefined;
    readonly wide: number;
    readonly normPass: NormPass;
  },
): void {
  const { state: { ops, ledger, dValues, pass, constants }, step: { node, add }, norm } = unit;
  const { channels } = norm, { ranks } = pass;
  const { diagonal } = normPass.map;
  const found = ops.affineGradient(o, { dys, channels: wide, y, diagonal });
  const d = ledger.hold(found.d);
  if (add && !constants.has(add.residual)) dValues.add(add.residual, d);
  const own = narrowSums(found, channels);
  const total = ranks?.sums(`${node.id}/norm`, [own.bias, own.matrix]);
  const way = normPass.back({
    sums: total?.subarray(0, channels) ?? own.bias,
    product: total?.subarray(channels) ?? own.matrix,
    count: countOf(o, ranks?.share),
  });
  if (ranks?.isFirst !== false) keepGradients(unit, way.gradients());
  const back = deepenMap(way.map, wide);
  const dO = ledger.hold(ops.affine(d, { ...back, residual: o, relu: false }));
  ledger.release(d, o);
  goBackThroughKernel(unit, dO);
  ledger.release(dO);
}

/** A map of a wider input that reads its first channels only. */
function deepenMap(map: BackMap, wide: number): BackMap {
  const size = wide * map.bias.length;
  if (map.diagonal || map.matrix.length === size) return map; // A plain norm's sum is never wider.
  const matrix = new Float32Array(size);
  matrix.set(map.matrix);
  return { ...map, matrix };
}

/** The backward pass of a unit whose value is the convolution's output. */
function goBackBare(unit: RunUnit, dys: readonly Feature[]): void {
  const { state, convolution: { output } } = unit;
  const dO = joinGradients(state, output, dys);
  goBackThroughKernel(unit, dO);
  state.ledger.release(dO);
}

function goBackThroughKernel(
  { state: { ledger, dValues, gradients, pass, values }, step: { node, plan }, norm, convolution }:
    RunUnit,
  dO: Feature,
): void {
  const source = plan.sources[0]!;
  if (plan.differentiable) {
    const dx = ledger.hold(convolution.inputGradient(dO));
    dValues.add(source, dx);
    ledger.release(dx);
  }
  if (pass.frozen) return;
  const name = `${node.id}/kernel`;
  gradients.weights.set(
    name,
    spreadEntries(convolution.kernelGradient(dO), {
      positions: node.kernel[0] * node.kernel[1],
      whole: [plan.extents[0]!.widest, node.channels],
      part: [values.get(source)!.shape[3], norm.channels],
    }),
  );
}

function keepGradients(
  { state: { gradients, pass }, norm: { prefixes, mixture } }: RunUnit,
  found: ReturnType<ReturnType<NormPass["back"]>["gradients"]>,
): void {
  if (!pass.frozen) {
    for (const [k, prefix] of prefixes.entries()) {
      gradients.weights.set(`${prefix}/gamma`, found[k]!.gamma);
      gradients.weights.set(`${prefix}/beta`, found[k]!.beta);
    }
  }
  if (mixture === undefined) return;
  // Several convolutions may share a decision.
  const known = gradients.mixtures.get(mixture.decision);
  const own = Float32Array.from(found, ({ weight }, k) => weight + (known?.[k] ?? 0));
  gradients.mixtures.set(mixture.decision, own);
}
