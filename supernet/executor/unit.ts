import { weightOwner } from "@espalier/blueprint";
import { masked } from "../channel_mask.ts";
import { type KernelPass, runKernel } from "./kernels.ts";
import { joinGradients } from "./ledger.ts";
import { type BackMap, narrowSums, type NormPass, widenMap } from "./norms.ts";
import type { Feature } from "./ops.ts";
import type { UnitStep } from "./program.ts";
import { addGradient, addValueGradient, type PassState, type WayBack } from "./state.ts";
import { hasBias } from "./unit_node.ts";
import { countOf, normPassOf } from "./unit_norm.ts";
import type { UnitWidth } from "./unit_width.ts";

/** A unit between its forward and its backward pass. */
interface RunUnit {
  readonly state: PassState;
  readonly step: UnitStep;
  readonly width: UnitWidth;
  readonly kernel: KernelPass;
}

/**
 * Run a kernel, its norm, the sum behind it and relu: three passes over the data, and in the backward
 * pass two besides those of the kernel.
 */
export function runUnit(state: PassState, step: UnitStep, width: UnitWidth): WayBack {
  const kernel = runKernel(state, step, width.channels);
  try {
    return runBehind({ state, step, width, kernel });
  } catch (error) {
    kernel[Symbol.dispose]();
    throw error;
  }
}

/** Run what follows the kernel. */
function runBehind(unit: RunUnit): WayBack {
  const { state, step, width, kernel } = unit;
  const { relu, value, sources, isSum } = step, { output: o } = kernel;
  const { values, ledger, pass } = state;
  const bias = biasOf(unit);
  const normed = normPassOf(state, { ...width, o, bias, node: step.node });
  const dispose = () => kernel[Symbol.dispose]();
  if (normed === undefined && bias === undefined && !isSum && relu === undefined) {
    values.set(value, o);
  } else {
    const residual = isSum ? values.get(sources[1]!)! : undefined;
    values.set(value, ledger.hold(mapped(unit, { residual, bias, map: normed?.map })));
    if (normed === undefined || !pass.training) ledger.release(o);
  }
  return {
    value,
    [Symbol.dispose]: dispose,
    back(dys) {
      if (normed === undefined) goBackPlainly(unit, dys);
      else goBack(unit, { dys, normed });
    },
  };
}

/** relu?(map(o) + residual): without a map o + bias, as wide as the wider one. */
function mapped(
  { state: { ops }, step: { relu }, kernel: { output: o } }: RunUnit,
  { residual, bias, map }: {
    readonly residual: Feature | undefined;
    readonly bias: Float32Array | undefined;
    readonly map: NormPass["map"] | undefined;
  },
): Feature {
  const rest = { relu: relu !== undefined, max: relu?.max };
  const side = residual?.shape[3] ?? 0;
  if (map) {
    return ops.affine(o, { ...widenMap(map, Math.max(map.bias.length, side)), residual, ...rest });
  }
  const isNarrower = residual !== undefined && o.shape[3] < side;
  const [main, added] = isNarrower ? [residual, o] : [o, residual];
  const channels = main.shape[3];
  return ops.affine(main, {
    matrix: new Float32Array(channels).fill(1),
    diagonal: true,
    bias: bias ?? new Float32Array(channels),
    residual: added,
    ...rest,
  });
}

/** The bias of a unit, zero for the channels that are not there. */
function biasOf({ state: { pass }, step: { node }, width }: RunUnit): Float32Array | undefined {
  if (!hasBias(node)) return undefined;
  return masked(
    pass.weights(`${weightOwner(node)}/bias`).subarray(0, width.channels),
    width.mask,
  );
}

function goBack(
  unit: RunUnit,
  { dys, normed }: { readonly dys: readonly Feature[]; readonly normed: NormPass },
): void {
  const { state, step, width: { channels }, kernel } = unit;
  const { ops, ledger, pass: { ranks }, values } = state;
  const { relu, value, isSum, sources, node } = step, { output: o } = kernel;
  const y = values.get(value)!, wide = y.shape[3];
  const found = ops.affineGradient(o, {
    ...{ dys, channels: wide, diagonal: normed.map.diagonal },
    ...relu && { y, max: relu.max },
  });
  const d = ledger.hold(found.d);
  if (isSum) addValueGradient(state, sources[1]!, d);
  const own = narrowSums(found, channels);
  const total = ranks?.sums(`${weightOwner(node)}/norm`, [own.bias, own.matrix]);
  const way = normed.back({
    sums: total?.subarray(0, channels) ?? own.bias,
    product: total?.subarray(channels) ?? own.matrix,
    count: countOf(o, ranks?.share),
  });
  if (ranks?.isFirst !== false) keepGradients(unit, way.gradients());
  keepBias(unit, normed.biasGradient(own.bias));
  const back = deepenMap(way.map, wide);
  const residual = back.scale && o;
  const dO = ledger.hold(ops.affine(d, { ...back, residual, relu: false }));
  ledger.release(d, o);
  kernel.back(dO);
  ledger.release(dO);
}

/** The backward pass of a unit without a norm or a mixture: it needs its value alone. */
function goBackPlainly(unit: RunUnit, dys: readonly Feature[]): void {
  const { state, step: { relu, value, isSum, sources, node }, kernel } = unit;
  const { ops, ledger, values } = state;
  const y = values.get(value)!;
  const found = relu || hasBias(node)
    ? ops.affineGradient(y, {
      ...{ dys, channels: y.shape[3], diagonal: true },
      ...relu && { y, max: relu.max },
    })
    : undefined;
  const d = found ? ledger.hold(found.d) : joinGradients(state, y, dys);
  if (isSum) addValueGradient(state, sources[1]!, d);
  if (found) keepBias(unit, Float32Array.from(found.bias));
  kernel.back(d);
  ledger.release(d);
}

/** A map of a wider input that reads its first channels only. */
function deepenMap(map: BackMap, wide: number): BackMap {
  const size = wide * map.bias.length;
  if (map.diagonal || map.matrix.length === size) return map; // A plain norm's sum is never wider.
  const matrix = new Float32Array(size);
  matrix.set(map.matrix);
  return { ...map, matrix };
}

/** Add the gradient of some first entries of a weight. */
function keepWeight(
  { pass, gradients }: PassState,
  name: string,
  found: Float32Array,
): void {
  const size = pass.shapeOf(name).reduce((a, b) => a * b, 1);
  const whole = found.length === size ? found : new Float32Array(size);
  if (whole !== found) whole.set(found);
  addGradient(gradients.weights, name, whole);
}

function keepBias(
  { state, step: { node }, width: { mask } }: RunUnit,
  found: Float32Array,
): void {
  if (state.pass.frozen || !hasBias(node)) return;
  keepWeight(state, `${weightOwner(node)}/bias`, masked(found, mask));
}

function keepGradients(
  { state, width: { parts, mask: whole, isMixed } }: RunUnit,
  found: ReturnType<ReturnType<NormPass["back"]>["gradients"]>,
): void {
  const mask = isMixed ? undefined : whole;
  let first = 0;
  for (const { norms, decision, candidates } of parts) {
    const own = found.slice(first, first += Math.max(1, candidates.length));
    for (const [k, { prefix, spec }] of state.pass.frozen ? [] : norms.entries()) {
      const { gamma, beta } = own[k]!;
      if (spec.scale ?? true) keepWeight(state, `${prefix}/gamma`, masked(gamma, mask));
      if (spec.center ?? true) keepWeight(state, `${prefix}/beta`, masked(beta, mask));
    }
    if (decision === undefined) continue;
    const weights = Float32Array.from(own, ({ weight }) => weight);
    addGradient(state.gradients.mixtures, decision, weights);
  }
}
