import { isMaker } from "@espalier/blueprint";
import type { BlueprintNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";
import type { ChannelMask } from "../channel_mask.ts";
import { nodeOp } from "../nodes/table.ts";
import { joinGradients } from "./ledger.ts";
import type { TensorStep } from "./program.ts";
import { trainedOf } from "./reads.ts";
import { addGradient, addValueGradient, type PassState, type WayBack } from "./state.ts";
import { featureOf, gradientsOf, tensorOf, tidied } from "./tensor_pass.ts";

/** Run a step as the tape does, on tensors of the features that it reads. */
export function runTensors(state: PassState, step: TensorStep, mask: ChannelMask): WayBack {
  const { ops, values, ledger, pass, gradients, constants } = state;
  const { node, end, sources, value } = step;
  const xs = sources.map((name) => values.get(name)!);
  const names = trainedOf(node);
  const own = sampled(state, node);
  const open = () => {
    const inputs = xs.map((x, i) => tensorOf(ops, x, end.ranks[i]));
    const onTensors = pass.onTensors(names);
    const evaluate = () =>
      nodeOp(own).evaluate(onTensors, inputs, { node: own, plan: end, mix: undefined, mask });
    return { inputs, evaluate, weights: names.map((name) => onTensors.parameters!.get(name)!) };
  };
  const y = ledger.hold(tidied(() => featureOf(ops, open().evaluate())));
  values.set(value, y);
  return {
    value,
    back(dys) {
      const dy = joinGradients(state, y, dys);
      tf.tidy(() => {
        const { inputs, evaluate, weights } = open();
        const varying = sources.map((_, i) => i).filter((i) => !constants.has(sources[i]!));
        const trained = pass.frozen ? [] : weights;
        const found = gradientsOf(evaluate, {
          of: [...varying.map((i) => inputs[i]!), ...trained],
          dy: tensorOf(ops, dy, end.rank),
        });
        varying.forEach((i, k) => {
          if (found[k] === undefined) return;
          const dx = ledger.hold(featureOf(ops, found[k]));
          addValueGradient(state, sources[i]!, dx);
          ledger.release(dx);
        });
        trained.forEach((weight, k) => {
          const gradient = found[varying.length + k] ?? tf.zerosLike(weight);
          addGradient(gradients.weights, names[k]!, gradient.dataSync<"float32">().slice());
        });
      });
      ledger.release(dy);
    },
    [Symbol.dispose]() {},
  };
}

/** A searched layer as wide as its widest candidate of this pass; one of several parts has all channels. */
function sampled({ pass }: PassState, node: BlueprintNode): BlueprintNode {
  const [part, ...others] = pass.widths.get(node.id) ?? [];
  if (part?.decision === undefined || others.length > 0 || !isMaker(node)) return node;
  const { id, candidates } = part.decision;
  const channels = Math.max(...pass.mixtures.get(id)!.indices.map((i) => candidates[i]!));
  return { ...node, channels };
}
