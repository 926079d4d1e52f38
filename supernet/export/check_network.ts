import { inputsOf } from "@espalier/blueprint";
import { type Blueprint, EspalierError } from "@espalier/core";
import type * as tf from "@tensorflow/tfjs";
import { inputShape } from "../nodes/input.ts";
import type { StockLayer } from "../nodes/node_op.ts";
import { layerName } from "../nodes/stock_parts.ts";
import { parameterSpecs } from "../parameters.ts";

/** Settings of an opaque layer change when it is built: its class and weights say enough. */
const classOf = (layer: tf.layers.Layer): string => layer.getClassName();

/** Kind and settings of a layer, without its initializers. */
function settingsOf(layer: tf.layers.Layer): string {
  const settings = Object.entries(layer.getConfig()).filter(([, value]) =>
    value !== undefined && (typeof value !== "object" || Array.isArray(value))
  );
  return JSON.stringify([layer.getClassName(), settings.sort()]);
}

/** Dimensions of a kernel; that of a sequence lacks its one row in stock layers. */
const sizesOf = (shape: readonly (number | null)[]): string => shape.filter((n) => n !== 1).join();

function differenceOf(
  model: tf.LayersModel,
  blueprint: Blueprint,
  layers: readonly StockLayer[],
): string | undefined {
  const inputs = inputsOf(blueprint);
  const named = (shapes: readonly (readonly (number | null)[])[]) =>
    shapes.map((shape) => shape.join("×")).join(" and ");
  const entering = named(model.inputs.map(({ shape }) => shape.slice(1)));
  const expected = named(inputs.map(inputShape));
  if (entering !== expected) return `its inputs are ${entering}, not ${expected}`;
  const shapes = new Map(parameterSpecs(blueprint).map(({ name, shape }) => [name, shape]));
  const opaque = new Set(
    blueprint.nodes.flatMap((node) => node.op === "opaque" ? [layerName(node)] : []),
  );
  for (const { layer, weights } of layers) {
    const found = model.layers.find(({ name }) => name === layer.name);
    if (found === undefined) return `it has no layer "${layer.name}"`;
    for (const [i, name] of weights.entries()) {
      const [shape, size] = [found.weights[i]?.shape ?? [], shapes.get(name)!];
      if (sizesOf(shape) !== sizesOf(size)) {
        return `"${name}" is ${shape.join("×") || "missing"}, not ${size.join("×")}`;
      }
    }
    const describe = opaque.has(layer.name) ? classOf : settingsOf;
    if (describe(found) !== describe(layer)) return `layer "${layer.name}" has other settings`;
  }
  const [has, needs] = [model.layers.length, layers.length + inputs.length];
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
