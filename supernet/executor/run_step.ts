import type { HostCandidate } from "../ops/host_algebra.ts";
import { searchNormOf } from "../parameters.ts";
import { exitOutputs } from "../plan.ts";
import { mixFeatures } from "./exits.ts";
import { joinGradients } from "./ledger.ts";
import { normNames, type Step } from "./program.ts";
import type { PassState, WayBack } from "./state.ts";
import { runUnit, type UnitNorm } from "./unit.ts";

/** Run one step of a pass. */
export function runStep(state: PassState, step: Step): WayBack {
  switch (step.kind) {
    case "conv":
      return runUnit(state, step, normOf(state, step));
    case "pool":
      return runPool(state, step);
    case "exit": {
      const { decision, stage } = step.exit;
      const mixture = state.pass.mixtures.get(decision.id)!;
      const outputs = exitOutputs(step.exit, mixture);
      return mixFeatures(state, { value: stage.id, decision: decision.id, outputs, mixture });
    }
  }
}

/** The norm of a convolution in this pass, and its width. */
function normOf(
  { pass }: PassState,
  { node }: Extract<Step, { kind: "conv" }>,
): UnitNorm {
  const decision = pass.widths.get(node.id);
  if (decision === undefined) {
    return { channels: node.channels, spec: node.norm, prefixes: normNames(node, undefined) };
  }
  const sampled = pass.mixtures.get(decision.id)!, { indices, weights } = sampled;
  const widths = indices.map((i) => decision.candidates[i]!);
  const channels = Math.max(...widths);
  const prefixes = normNames(node, sampled);
  const candidates = widths.map((width, k): HostCandidate => ({
    channels: width,
    matrix: pass.aggregation(width, channels),
    gamma: pass.weights(`${prefixes[k]}/gamma`),
    beta: pass.weights(`${prefixes[k]}/beta`),
    weight: weights[k]!,
  }));
  const mixture = { decision: decision.id, candidates };
  return { channels, spec: searchNormOf(node), prefixes, mixture };
}

function runPool(
  state: PassState,
  { node, plan }: Extract<Step, { kind: "pool" }>,
): WayBack {
  const { ops, ledger, values, dValues, constants } = state;
  const source = plan.sources[0]!;
  const pooling = ops.pool(values.get(source)!, node);
  values.set(node.id, ledger.hold(pooling.output));
  return {
    value: node.id,
    back(dys) {
      if (constants.has(source)) return;
      const dy = joinGradients(state, pooling.output, dys);
      const dx = ledger.hold(pooling.gradient(dy));
      dValues.add(source, dx);
      ledger.release(dy, dx);
    },
    [Symbol.dispose]: () => pooling[Symbol.dispose](),
  };
}
