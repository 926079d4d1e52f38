import { type MaskedValue, maskOf, maskOfExits } from "../channel_mask.ts";
import { exitOutputs } from "../plan.ts";
import { mixFeatures } from "./exits.ts";
import { joinGradients } from "./ledger.ts";
import type { FeatureShape } from "./ops.ts";
import { nameOf, type Step, type UnitStep } from "./program.ts";
import { trainedOf } from "./reads.ts";
import { runTensors } from "./run_tensors.ts";
import { addValueGradient, type PassState, type WayBack } from "./state.ts";
import { runUnit } from "./unit.ts";
import { widthOf } from "./unit_width.ts";

/** Run one step of a pass. */
export function runStep(state: PassState, step: Step): WayBack {
  const way = run(state, step);
  const { values, masked } = state, value = nameOf(step);
  masked.set(value, { channels: values.get(value)!.shape[3], mask: maskOfStep(state, step) });
  if (isConstant(state, step)) state.constants.add(value);
  return way;
}

function run(state: PassState, step: Step): WayBack {
  switch (step.kind) {
    case "unit":
      return runSearchedUnit(state, step);
    case "tensors":
      return step.node.op === "dropout" && !state.pass.training
        ? pass(state, step)
        : runTensors(state, step, maskOfStep(state, step));
    case "pool":
      return runPool(state, step);
    case "flatten":
      return runFlatten(state, step);
    case "exit": {
      const { decision, stage } = step.exit;
      const mixture = state.pass.mixtures.get(decision.id)!;
      const outputs = exitOutputs(step.exit, mixture);
      return mixFeatures(state, { value: stage.id, decision: decision.id, outputs, mixture });
    }
  }
}

/** Run a unit; a sum behind it asks which channels it has in front of the sum. */
function runSearchedUnit(state: PassState, step: UnitStep): WayBack {
  const width = widthOf(state, step);
  state.masked.set(step.node.id, width);
  return runUnit(state, step, width);
}

function maskOfStep({ masked, pass }: PassState, step: Step): MaskedValue["mask"] {
  const of = (name: string) => masked.get(name)!;
  if (step.kind === "unit" && !step.isSum) return of(step.node.id).mask;
  if (step.kind === "exit") {
    return maskOfExits(exitOutputs(step.exit, pass.mixtures.get(step.exit.decision.id)!).map(of));
  }
  return maskOf(step.end.channels, step.end.sources.map(of), step.end.extents);
}

/** Whether nothing that a step computes depends on a weight. */
function isConstant({ constants }: PassState, step: Step): boolean {
  if (step.kind === "exit") return false;
  const learns = step.kind === "unit"
    ? step.node.op !== "add" && step.node.op !== "activation"
    : step.kind === "tensors" && trainedOf(step.node).length > 0;
  return !learns && step.sources.every((name) => constants.has(name));
}

/** A step that does nothing. */
function pass(state: PassState, { value, sources: [source] }: Exclude<Step, { kind: "exit" }>) {
  const { values, ledger } = state;
  const x = values.get(source!)!;
  values.set(value, ledger.hold(x));
  return {
    value,
    back: (dys: Parameters<WayBack["back"]>[0]) => {
      const dy = joinGradients(state, x, dys);
      addValueGradient(state, source!, dy);
      ledger.release(dy);
    },
    [Symbol.dispose]() {},
  };
}

function runPool(
  state: PassState,
  { node, value, sources: [source] }: Extract<Step, { kind: "pool" }>,
): WayBack {
  const { ops, ledger, values, constants } = state;
  const x = values.get(source!)!, [, height, width] = x.shape;
  const windows = node.op === "pool"
    ? node
    : { pool: "average", size: [height, width], strides: [1, 1], padding: [0, 0, 0, 0] } as const;
  const { pool, size, strides, padding } = windows;
  const pooling = ops.pool(x, { pool, size, strides, padding });
  values.set(value, ledger.hold(pooling.output));
  return {
    value,
    back(dys) {
      if (constants.has(source!)) return;
      const dy = joinGradients(state, pooling.output, dys);
      const dx = ledger.hold(pooling.gradient(dy));
      addValueGradient(state, source!, dx);
      ledger.release(dy, dx);
    },
    [Symbol.dispose]: () => pooling[Symbol.dispose](),
  };
}

/** The channels once a position, where all of them are there. */
function runFlatten(state: PassState, step: Extract<Step, { kind: "flatten" }>): WayBack {
  const { ops, ledger, values } = state;
  const { value, sources: [source], end: { extents: [extent] } } = step;
  const x = values.get(source!)!, [images, height, width, channels] = x.shape;
  const isWhole = channels === extent!.widest && channels === extent!.unpruned;
  if (!isWhole) {
    return runTensors(state, { ...step, kind: "tensors" }, maskOfStep(state, step));
  }
  const view = (of: typeof x, shape: FeatureShape) => ledger.hold(ops.view(of, shape));
  const y = view(x, [images, 1, 1, height * width * channels]);
  values.set(value, y);
  return {
    value,
    back(dys) {
      const dy = joinGradients(state, y, dys), dx = view(dy, x.shape);
      addValueGradient(state, source!, dx);
      ledger.release(dy, dx);
    },
    [Symbol.dispose]() {},
  };
}
