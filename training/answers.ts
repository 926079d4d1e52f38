import { inputName, inputsOf, outputNames, outputsOf } from "@espalier/blueprint";
import type {
  Blueprint,
  ByOutput,
  DataForm,
  ForwardOptions,
  Network,
  Outputs,
  OutputSpec,
} from "@espalier/core";
import { activate } from "@espalier/supernet";
import * as tf from "@tensorflow/tfjs";
import { byOutput, type LabelPart } from "./data/label_form.ts";
import type { TensorBatch } from "./measures.ts";

/**
 * What enters a network: the images, or with other inputs all of them in the network's order.
 *
 * @param blueprint The network.
 * @param batch Images, and other inputs by name.
 * @returns What `forward` takes.
 */
export function entering(
  blueprint: Blueprint,
  { images, inputs }: Pick<TensorBatch, "images" | "inputs">,
): tf.Tensor4D | readonly tf.Tensor4D[] {
  if (inputs === undefined) return images;
  return inputsOf(blueprint).map((node) => inputs[inputName(node)] ?? images);
}

/** Whether one logit stands for two classes, that of class 0 being 0. */
function isOneOfTwo(value: tf.Tensor, { data: { classes, labels }, size }: LabelPart): boolean {
  const isChoice = labels.kind === "class" || labels.kind === "class-map";
  return isChoice && classes === 2 && value.size === value.shape[0]! * size;
}

/** What is compared with labels: logits of all classes, or the value that the exported model gives. */
function answerOf(value: tf.Tensor, { activation }: OutputSpec, part: LabelPart): tf.Tensor {
  if (part.data.labels.kind === "numbers") {
    return activation === undefined ? value : activate(value, activation);
  }
  if (!isOneOfTwo(value, part)) return value;
  const of1 = value.shape.at(-1) === 1 ? value : tf.expandDims(value, -1);
  return tf.concat([tf.zerosLike(of1), of1], -1);
}

/**
 * What an objective sees of a network's outputs.
 *
 * @param outputs What the network gave.
 * @param about The network, and what the labels are like.
 * @returns One tensor, or one by name where the labels are of several outputs.
 */
export function answersOf(
  { logits, all = [logits] }: Outputs,
  { blueprint, data }: { readonly blueprint: Blueprint; readonly data: DataForm },
): ByOutput<tf.Tensor> {
  const names = outputNames(blueprint), specs = outputsOf(blueprint);
  return byOutput(data, (part) => {
    const at = part.name === undefined ? 0 : names.indexOf(part.name);
    return answerOf(all[at]!, specs[at]!, part);
  });
}

/**
 * Run a network on a batch.
 *
 * @param network The network.
 * @param batch The batch as tensors, and what it is like.
 * @param options The pass.
 * @returns What an objective sees of it.
 */
export function answer(
  network: Network,
  { data, ...batch }: Pick<TensorBatch, "images" | "inputs"> & { readonly data: DataForm },
  options: ForwardOptions,
): ByOutput<tf.Tensor> {
  const { blueprint } = network;
  return answersOf(network.forward(entering(blueprint, batch), options), { blueprint, data });
}

/**
 * All tensors of one output or several.
 *
 * @param all One thing, or one for each output.
 * @returns Them.
 */
export function listed(all: ByOutput<tf.Tensor>): readonly tf.Tensor[] {
  return all instanceof tf.Tensor ? [all] : Object.values(all);
}
