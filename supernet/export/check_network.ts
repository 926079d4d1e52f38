import { inputOf } from "@espalier/blueprint";
import { type Blueprint, EspalierError } from "@espalier/core";
import type * as tf from "@tensorflow/tfjs";
import { parameterSpecs } from "../parameters.ts";
import type { StockLayer } from "./stock_layers.ts";

/** Kind and settings of a layer, without its initializers. */
function settingsOf(layer: tf.layers.Layer): string {
  const settings = Object.entries(layer.getConfig()).filter(([, value]) =>
    value !== undefined && (typeof value !== "object" || Array.isArray(value))
  );
  return JSON.stringify([layer.getClassName(), settings.sort()]);
}

function differenceOf(
  model: tf.LayersModel,
  blueprint: Blueprint,
  layers: readonly StockLayer[],
): string | undefined {
  const [images, expected] = [model.inputs[0]!.shape.slice(1), inputOf(blueprint).shape];
  if (images.join() !== expected.join()) {
    return `its images are ${images.join("×")}, not ${expected.join("×")}`;
  }
  const shapes = new Map(parameterSpecs(blueprint).map(({ name, shape }) => [name, shape]));
  for (const { layer, weights } of layers) {
    const found = model.layers.find(({ name }) => name === layer.name);
    if (found === undefined) return `it has no layer "${layer.name}"`;
    for (const [i, name] of weights.entries()) {
      const [shape, size] = [found.weights[i]?.shape ?? [], shapes.get(name)!];
      if (shape.join() !== size.join()) {
        return `"${name}" is ${shape.join("×") || "missing"}, not ${size.join("×")}`;
      }
    }
    if (settingsOf(found) !== settingsOf(layer)) return `layer "${layer.name}" has other settings`;
  }
  // The first layer of a model is its input.
  const [has, needs] = [model.layers.length, layers.length + 1];
  return has === needs ? undefined : `it has ${has} layers, not ${needs}`;
}

/** Refuse a model that is not the network of a blueprint; throws ERR_MODEL_CORRUPT. */
export function checkNetwork(
  model: tf.LayersModel,
  { path, blueprint, layers }: {
    readonly path: string;
    readonly blueprint: Blueprint;
    readonly layers: readonly StockLayer[];
  },
): void {
  const difference = differenceOf(model, blueprint, layers);
  if (difference === undefined) return;
  throw new EspalierError(
    "ERR_MODEL_CORRUPT",
    `Cannot load the model in "${path}" as it must be the network "${blueprint.name}": ` +
      `${difference}. Name the folder of this network.`,
  );
}
