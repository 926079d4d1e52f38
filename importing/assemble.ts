import { inferValue, type Value } from "@espalier/blueprint";
import type { BlueprintNode, HostTensor, InputNode, NodeId } from "@espalier/core";
import { describeOpaque, isRegistered } from "@espalier/supernet";
import type { Topology } from "./clean.ts";
import { unsupported } from "./fault.ts";
import type { FlatLayer, FlatModel, LayerCall } from "./flatten.ts";
import type { Convert, LayerBuild, NewNode, NodeOptions } from "./layers/build.ts";
import { LAYERS } from "./layers/table.ts";
import { nodeIds, sourceNames } from "./names.ts";

/** Where a node's weight is in the author's file. */
export interface WeightPlace {
  /** Our name of it, as in `stem/kernel`. */
  readonly name: string;
  /** The layer. */
  readonly layer: FlatLayer;
  /** The layer's names for it, any of them; or its place among the layer's weights. */
  readonly names: readonly string[] | number;
}

/** Nodes of a model, and where their weights are. */
export interface Assembly {
  /** One or several a layer's call, in order. */
  readonly nodes: readonly BlueprintNode[];
  /** The places of all weights. */
  readonly weights: readonly WeightPlace[];
  /** The node of each call's value. */
  readonly values: ReadonlyMap<LayerCall, NodeId>;
  /** Layers that do nothing in a model that serves. */
  readonly skipped: readonly FlatLayer[];
}

/** What {@linkcode assemble} takes besides the model. */
export interface AssembleOptions extends Pick<Topology, "writer"> {
  /** Finds a layer's weight that becomes a setting. */
  readonly find: (layer: FlatLayer, name: string) => HostTensor | undefined;
  /** Where the model comes from, for messages. */
  readonly place: string;
  /** Shapes of examples for inputs whose file leaves a size open, by name of the input. */
  readonly inputShapes: Readonly<Record<string, readonly number[]>>;
}

const title = ({ className, path }: FlatLayer): string =>
  `layer "${path.join("/")}" (${className})`;

/**
 * Turn the calls of layers into nodes.
 *
 * @param model The model.
 * @param options How to read it.
 * @returns Nodes, places of weights, and what was skipped.
 * @throws {EspalierError} ERR_IMPORT_UNSUPPORTED, which names the layer and its class.
 */
export function assemble(model: FlatModel, options: AssembleOptions): Assembly {
  const nodes: BlueprintNode[] = [];
  const weights: WeightPlace[] = [];
  const skipped: FlatLayer[] = [];
  const values = new Map<LayerCall, NodeId>();
  const known = new Map<NodeId, Value>();
  const idOf = nodeIds();
  const nameOf = sourceNames(model);
  const owners = new Map<FlatLayer, NodeId[]>();

  /** Adds nodes of a call; in a second one each uses the weights of its like in the first. */
  const adder = ({ layer }: LayerCall) => {
    const first = owners.get(layer), own: NodeId[] = [];
    if (first === undefined) owners.set(layer, own);
    return (node: NewNode, given: NodeOptions = {}): NodeId => {
      const id = idOf(layer.path, given.part);
      own.push(id);
      const owner = given.weights && first?.[own.length - 1];
      const source = nameOf(layer, given.part, first === undefined || owner ? undefined : id);
      const shared = owner === undefined ? {} : { sharesWeightsOf: owner };
      return enter({ ...node, id, source, ...shared } as BlueprintNode, layer, given);
    };
  };

  const enter = (made: BlueprintNode, layer: FlatLayer, given: NodeOptions): NodeId => {
    const { id } = made;
    known.set(id, inferValue(model.name, made, made.inputs.map((input) => known.get(input)!)));
    nodes.push(made);
    for (const [own, names] of Object.entries(given.weights ?? {})) {
      weights.push({
        name: `${id}/${own}`,
        layer,
        names: typeof names === "number" ? names : [names].flat(),
      });
    }
    return id;
  };

  for (const call of model.calls) {
    const { layer, inputs } = call;
    const refuse = (state: string, advice: string): never => {
      throw unsupported(`${title(layer)} of ${options.place}`, state, advice);
    };
    const add = adder(call);
    if (layer.className === "InputLayer") {
      values.set(call, add(inputNode(layer, options, refuse)));
      continue;
    }
    const convert = LAYERS.get(layer.className);
    const read = inputs.map((each) => values.get(each)!);
    const build: LayerBuild = {
      ...{ className: layer.className, config: layer.config, writer: options.writer },
      ...{ inputs: read, add, refuse, valueOf: (id) => known.get(id)! },
      numbersOf(name) {
        const found = options.find(layer, name);
        return found && [...found.values];
      },
      skip: () => {
        skipped.push(layer);
        return read[0]!;
      },
    };
    values.set(
      call,
      (convert ?? asItIs)(build),
    );
  }
  return { nodes, weights, values, skipped };
}

/** Layers that need more than their inputs: masks, states, other arguments of a call. */
const NOT_ALONE = new Set(["Masking", "MultiHeadAttention", "CategoryEncoding", "RNN"]);

/** A layer that TensorFlow.js runs. */
const asItIs: Convert = ({ className, config, inputs, valueOf, add, refuse }) => {
  if (!isRegistered(className) || NOT_ALONE.has(className) || config["mask_zero"] === true) {
    refuse(
      "neither Espalier nor TensorFlow.js can run its class alone",
      "Replace it, leave it out of the model, or register it: tf.serialization.registerClass(...)",
    );
  }
  const reads = inputs.map((id) => {
    const { height, width, channels, rank } = valueOf(id);
    return [height, width, channels].slice(3 - rank);
  });
  const settings = { className, config, reads };
  const described = describeOpaque(settings, String(config["name"]));
  const names = described.weights.map((_, i) => [String(i), i] as const);
  return add({
    ...{ op: "opaque", inputs, ...settings, ...described },
  }, { weights: Object.fromEntries(names) });
};

function inputNode(
  { name, config }: FlatLayer,
  { inputShapes }: AssembleOptions,
  refuse: LayerBuild["refuse"],
): Omit<InputNode, "id"> {
  const given = config["batch_shape"] ?? config["batch_input_shape"];
  const stated = (Array.isArray(given) ? given.slice(1) : []) as (number | null)[];
  const shape = stated.map((size, axis) => size ?? inputShapes[name]?.[axis] ?? 0);
  if (shape.length < 1 || shape.length > 3) {
    refuse(`its examples have ${shape.length} axes`, "Use vectors, sequences or images");
  }
  if (shape.includes(0)) {
    refuse(
      `its shape is [${stated.map((size) => size ?? "?")}] and costs need every size`,
      `Give it: importModel(source, { inputShapes: { "${name}": [${shape}] } })`,
    );
  }
  const rank = shape.length as 1 | 2 | 3;
  const [channels, width = 1, height = 1] = shape.toReversed() as [number, number?, number?];
  return {
    ...{ op: "input", inputs: [], shape: [height, width, channels] },
    ...(rank < 3 && { rank }),
  };
}
