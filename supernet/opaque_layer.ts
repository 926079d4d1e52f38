import { EspalierError, type OpaqueNode } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";

/** What a layer is made of. */
export type OpaqueSettings = Pick<OpaqueNode, "className" | "config" | "reads">;

type Layer = tf.layers.Layer;

/** The registry of TensorFlow.js: a class, and what makes a layer of settings. */
function registered(className: string) {
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  return classNameMap[className] as unknown as
    | readonly [unknown, (cls: unknown, config: unknown) => Layer]
    | undefined;
}

/** Whether TensorFlow.js knows a class, its own or one that a user registered. */
export const isRegistered = (className: string): boolean => registered(className) !== undefined;

const camel = (name: string): string =>
  name.replace(/_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Settings as TensorFlow.js names them: `return_sequences` is returnSequences, of values too. */
function renamed(value: unknown): unknown {
  if (typeof value === "string") return camel(value);
  if (Array.isArray(value)) return value.map(renamed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) =>
      key === "name" || key === "class_name" ? [camel(key), each] : [camel(key), renamed(each)]
    ),
  );
}

/**
 * Make the layer of an opaque node.
 *
 * @param settings Its class and settings.
 * @param name Name of the layer.
 * @returns The layer, without weights before it is applied.
 * @throws {EspalierError} ERR_IMPORT_UNSUPPORTED if TensorFlow.js does not know the class or refuses
 * the settings.
 */
export function opaqueLayer(
  { className, config }: Omit<OpaqueSettings, "reads">,
  name: string,
): Layer {
  const [cls, make] = registered(className) ?? [];
  try {
    if (make === undefined) throw new Error("it is not registered");
    return make(cls, { ...renamed(config) as object, name });
  } catch (cause) {
    throw new EspalierError(
      "ERR_IMPORT_UNSUPPORTED",
      `Cannot run layer "${name}" as TensorFlow.js must know its class ${className}: ` +
        `${cause instanceof Error ? cause.message : cause}. Register it: ` +
        "tf.serialization.registerClass(...).",
      { cause },
    );
  }
}

/** Apply a layer to what it will read, which makes its weights. */
function build(layer: Layer, { className, reads }: OpaqueSettings): tf.SymbolicTensor {
  const inputs = reads.map((shape) => tf.input({ shape: [...shape] }));
  // A blueprint says what is trained, not what its author froze once.
  layer.trainable = true;
  try {
    return layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as tf.SymbolicTensor;
  } catch (cause) {
    tf.dispose(layer.weights.map((weight) => weight.read()));
    throw new EspalierError(
      "ERR_IMPORT_UNSUPPORTED",
      `Cannot run layer "${layer.name}" as its class ${className} must take what it reads, ` +
        `${reads.map((shape) => shape.join("×")).join(" and ")}: ` +
        `${cause instanceof Error ? cause.message : cause}. Replace it, or leave it out.`,
      { cause },
    );
  }
}

/**
 * Make the layer of an opaque node, with fresh weights.
 *
 * @param settings Class, settings, and shapes of an example of each input.
 * @param name Name of the layer.
 * @returns The layer; its weights are to be disposed.
 * @throws {EspalierError} As {@linkcode opaqueLayer}.
 */
export function builtLayer(settings: OpaqueSettings, name: string): Layer {
  const layer = opaqueLayer(settings, name);
  build(layer, settings);
  return layer;
}

/**
 * What a layer that only TensorFlow.js knows makes of its inputs.
 *
 * @param settings Class, settings, and shapes of an example of each input.
 * @param name Name of the layer, for messages.
 * @returns Shape of an example of its value, shapes of its weights, and which of them can be trained.
 * @throws {EspalierError} As {@linkcode opaqueLayer}.
 */
export function describeOpaque(
  settings: OpaqueSettings,
  name: string,
): Pick<OpaqueNode, "shape" | "weights" | "trained"> {
  const layer = opaqueLayer(settings, name);
  const { shape } = build(layer, settings);
  const { weights } = layer;
  tf.dispose(weights.map((weight) => weight.read()));
  const trained = [...weights.keys()].filter((i) => layer.trainableWeights.includes(weights[i]!));
  return {
    ...{ shape: shape.slice(1) as number[], trained },
    weights: weights.map(({ shape }) => shape as number[]),
  };
}
