/**
 * The calls of a model's layers in the order of their work, models inside of models taken apart.
 *
 * @module
 */
import type { LayerConfig, ModelConfig, Reference } from "./clean.ts";

/** A layer that is no model. */
export interface FlatLayer extends Omit<LayerConfig, "calls" | "model"> {
  /** Names of the models that it is nested in, but the outermost, and its own. */
  readonly path: readonly string[];
}

/** One call of a layer. */
export interface LayerCall {
  /** The layer; the same object in each of its calls. */
  readonly layer: FlatLayer;
  /** The calls whose values it reads; none for an input. */
  readonly inputs: readonly LayerCall[];
}

/** A model without nesting. */
export interface FlatModel {
  /** Its name. */
  readonly name: string;
  /** All calls, each behind what it reads. */
  readonly calls: readonly LayerCall[];
  /** The calls that take what enters, in the model's order. */
  readonly inputs: readonly LayerCall[];
  /** The calls that give its outputs, in the model's order. */
  readonly outputs: readonly LayerCall[];
  /** Names of the outputs: of layers, or of models whose last layers give them. */
  readonly outputNames: readonly string[];
}

/**
 * Take nested models apart.
 *
 * @param model The model.
 * @returns Calls of layers.
 * @throws {Error} Where a call reads what is not there.
 */
export function flatten(model: ModelConfig): FlatModel {
  const calls: LayerCall[] = [];
  const layers = new Map<string, FlatLayer>();

  const call = (layer: LayerConfig, path: readonly string[], inputs: readonly LayerCall[]) => {
    if (layer.model !== undefined) return run(layer.model, [...path, layer.name], inputs).outputs;
    const own = [...path, layer.name], key = JSON.stringify(own);
    const { className, name, config } = layer;
    const flat = layers.get(key) ?? { className, name, config, path: own };
    layers.set(key, flat);
    const made: LayerCall = { layer: flat, inputs };
    calls.push(made);
    return [made];
  };

  /** Run a model on the values of calls; without them it takes its own inputs. */
  function run(
    { layers, ends }: ModelConfig,
    path: readonly string[],
    given: readonly LayerCall[] | undefined,
  ): Pick<FlatModel, "inputs" | "outputs"> {
    return ends === undefined ? runInOrder(layers, path, given) : runGraph(layers, path, {
      ...ends,
      given,
    });
  }

  function runInOrder(
    layers: readonly LayerConfig[],
    path: readonly string[],
    given: readonly LayerCall[] | undefined,
  ): Pick<FlatModel, "inputs" | "outputs"> {
    let [first, ...rest] = layers as [LayerConfig, ...LayerConfig[]];
    if (first.className !== "InputLayer") {
      rest = layers as LayerConfig[];
      first = inputOf(first);
    }
    const inputs = given ?? call(first, path, []);
    const outputs = rest.reduce((values, layer) => call(layer, path, values), inputs);
    return { inputs, outputs };
  }

  function runGraph(
    layers: readonly LayerConfig[],
    path: readonly string[],
    { inputs, outputs, given }: {
      readonly inputs: readonly Reference[];
      readonly outputs: readonly Reference[];
      readonly given: readonly LayerCall[] | undefined;
    },
  ): Pick<FlatModel, "inputs" | "outputs"> {
    const named = new Map(layers.map((layer) => [layer.name, layer]));
    const values = new Map<string, readonly LayerCall[]>();
    const valueOf = ({ layer, call: index, tensor }: Reference): LayerCall => {
      const key = JSON.stringify([layer, index]);
      if (!values.has(key)) values.set(key, make(layer, index));
      const value = values.get(key)![tensor];
      if (value === undefined) throw new Error(`"${layer}" gives no value ${tensor}`);
      return value;
    };
    const make = (name: string, index: number): readonly LayerCall[] => {
      const layer = named.get(name);
      const read = layer?.calls[index];
      if (layer === undefined || (read === undefined && layer.className !== "InputLayer")) {
        throw new Error(`there is no call ${index} of a layer "${name}"`);
      }
      const place = inputs.findIndex((input) => input.layer === name);
      if (place >= 0 && given !== undefined) return [given[place]!];
      return call(layer, path, (read ?? []).map(valueOf));
    };
    return { inputs: inputs.map(valueOf), outputs: outputs.map(valueOf) };
  }

  const { inputs, outputs } = run(model, [], undefined);
  const { name, ends } = model;
  const outputNames = ends?.outputs.map(({ layer }) => layer) ?? [model.layers.at(-1)!.name];
  return { name, calls, inputs, outputs, outputNames };
}

/** The input of a Sequential without one: what its first layer says about it, how deep it may lie. */
function inputOf({ name, config, model }: LayerConfig): LayerConfig {
  const own = { className: "InputLayer", name: `${name}_input`, config, calls: [] };
  if (config["batch_input_shape"] !== undefined || model === undefined) return own;
  const [first] = model.layers as [LayerConfig];
  return first.className === "InputLayer" ? { ...own, config: first.config } : inputOf(first);
}
