// deno-lint-ignore-file camelcase -- names of Keras
import type * as tf from "@tensorflow/tfjs";
import type { Json } from "@espalier/core";
import { type Config, kerasConfig } from "./layers.ts";

/** The node of another layer, a call of it, and which of its outputs. */
type Reference = readonly [layer: string, call: number, output: number];

/** A layer as TensorFlow.js writes it. */
interface StockEntry {
  readonly name: string;
  readonly class_name: string;
  readonly config: Config;
  readonly inbound_nodes: readonly (readonly (readonly [...Reference, object])[])[];
}

/** A model as TensorFlow.js writes it. */
interface StockModel {
  readonly config: {
    readonly name: string;
    readonly layers: readonly StockEntry[];
    readonly input_layers: readonly Reference[];
    readonly output_layers: readonly Reference[];
  };
}

const listed = (references: readonly Reference[]): Json => {
  const all = references.map((reference) => [...reference]);
  return all.length === 1 ? all[0]! : all;
};

/** A model of Keras 3: `config.json`. One input or output stands without a list around it. */
export function kerasModel(model: tf.LayersModel): Json {
  const { config: { name, layers, input_layers, output_layers } } = model.toJSON(
    null,
    false,
  ) as unknown as StockModel;
  const shapes = new Map(model.layers.map((layer) => [layer.name, layer.outputShape as Json]));
  const tensor = ([layer, call, output]: Reference): Json => ({
    class_name: "__keras_tensor__",
    config: {
      shape: shapes.get(layer)!,
      dtype: "float32",
      keras_history: [layer, call, output],
    },
  });
  const entry = ({ name, class_name, config, inbound_nodes }: StockEntry): Json => ({
    module: "keras.layers",
    class_name,
    config: kerasConfig(class_name, config),
    registered_name: null,
    name,
    inbound_nodes: inbound_nodes.map((sources) => {
      const tensors = sources.map(([layer, call, output]) => tensor([layer, call, output]));
      return { args: tensors.length === 1 ? tensors : [tensors], kwargs: {} };
    }),
  });
  return {
    module: "keras",
    class_name: "Model",
    registered_name: null,
    config: {
      name,
      trainable: true,
      layers: layers.map(entry),
      input_layers: listed(input_layers),
      output_layers: listed(output_layers),
    },
  };
}
