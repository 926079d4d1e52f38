import { ACTIVATION_NAMES } from "@espalier/blueprint";
import type { Activation, ActivationName, NodeId } from "@espalier/core";
import { isObject } from "../json.ts";
import type { Convert, LayerBuild } from "./build.ts";
import { numberOf } from "./settings.ts";

const bare = (name: string): string => name.replace(/[^A-Za-z0-9]/g, "").toLowerCase();

const NAMES: ReadonlyMap<string, ActivationName> = new Map([
  ...ACTIVATION_NAMES.map((name) => [bare(name), name] as const),
  ["silu", "swish"],
  ["gelunew", "gelu-tanh"],
]);

/** Name and settings of a setting: a name, or an object of Keras with a class or a function. */
function named(setting: unknown): { readonly name: string; readonly config: LayerBuild["config"] } {
  if (!isObject(setting)) return { name: bare(String(setting ?? "linear")), config: {} };
  const { class_name: name, config } = setting;
  if (name === "function" || !isObject(config)) return named(config ?? name);
  return { name: bare(String(name)), config };
}

function reluOf(build: LayerBuild, slope: number | undefined): Activation {
  const max = numberOf(build, ["max_value"]), threshold = numberOf(build, ["threshold", "theta"]);
  if (!slope && !threshold && (max === undefined || max === 6)) {
    return max === undefined ? "relu" : "relu6";
  }
  return {
    name: "relu",
    ...(max !== undefined && { max }),
    ...(slope && { slope }),
    ...(threshold && { threshold }),
  };
}

/** What follows a layer: a function that a node can apply, or one that takes nodes of its own. */
interface Following {
  readonly activation?: Activation;
  then(input: NodeId): NodeId;
}

const stays = (activation?: Activation): Following => ({
  ...(activation !== undefined && { activation }),
  then: (input) => input,
});

/** The function that a setting of a layer names. */
function functionOf(build: LayerBuild, setting: unknown): Following {
  const { name, config } = named(setting);
  const of = { ...build, config };
  switch (name) {
    case "linear":
      return stays();
    case "hardsigmoid":
      return build.writer === "keras3"
        ? { then: (x) => hardSigmoid3(build, x) }
        : stays("hard-sigmoid");
    case "elu":
      return eluOf(build, numberOf(of, ["alpha"]) ?? 1);
    case "relu":
    case "thresholdedrelu":
      return stays(reluOf(of, numberOf(of, ["negative_slope", "alpha"])));
    case "leakyrelu":
      // As a function its slope is 0.2, as a layer 0.3.
      return stays(reluOf(of, numberOf(of, ["negative_slope", "alpha"]) ?? 0.2));
  }
  const known = NAMES.get(name);
  return known === undefined
    ? build.refuse(`it applies "${name}", which is not known`, "Use a function of TensorFlow.js")
    : stays(known);
}

/** relu6(x + 3) / 6: Keras 3 changed the function and kept the name. */
function hardSigmoid3(build: LayerBuild, input: NodeId): NodeId {
  const moved = build.add({ op: "rescale", inputs: [input], scale: 1, offset: 3 }, {
    part: "plus3",
  });
  const bent = build.add({ op: "activation", inputs: [moved], activation: "relu6" }, {
    part: "relu6",
  });
  return build.add({ op: "rescale", inputs: [bent], scale: 1 / 6, offset: 0 }, { part: "over6" });
}

/**
 * Above 0 x, below it α(eˣ − 1), as Keras has it: the sum of α · elu and (1 − α) · relu. TensorFlow.js
 * knows an α of 1 alone.
 */
function eluOf(build: LayerBuild, alpha: number): Following {
  if (alpha === 1) return stays("elu");
  const { add } = build;
  const share = (input: NodeId, activation: "elu" | "relu", scale: number): NodeId => {
    const bent = add({ op: "activation", inputs: [input], activation }, { part: activation });
    const part = `${activation}_share`;
    return add({ op: "rescale", inputs: [bent], scale, offset: 0 }, { part });
  };
  return {
    then: (input) =>
      add({
        ...{ op: "add", inputs: [share(input, "elu", alpha), share(input, "relu", 1 - alpha)] },
      }, { part: "sum" }),
  };
}

/** Add the node of a layer with the activation of its settings. */
export function withActivation(
  build: LayerBuild,
  add: (activation: { readonly activation?: Activation }) => NodeId,
): NodeId {
  const { activation, then } = functionOf(build, build.config["activation"]);
  return then(add(activation === undefined ? {} : { activation }));
}

const activate = (build: LayerBuild, activation: Activation): NodeId =>
  build.add({ op: "activation", inputs: [build.inputs[0]!], activation });

/** Layers that are a function. */
export const ACTIVATIONS: Readonly<Record<string, Convert>> = {
  Activation(build) {
    const { activation, then } = functionOf(build, build.config["activation"]);
    return activation === undefined ? then(build.inputs[0]!) : activate(build, activation);
  },
  ReLU: (build) => activate(build, reluOf(build, numberOf(build, ["negative_slope", "alpha"]))),
  ThresholdedReLU: (build) => activate(build, reluOf(build, undefined)),
  LeakyReLU: (build) =>
    activate(build, reluOf(build, numberOf(build, ["alpha", "negative_slope"]) ?? 0.3)),
  ELU(build) {
    const { activation, then } = eluOf(build, numberOf(build, ["alpha"]) ?? 1);
    return activation === undefined ? then(build.inputs[0]!) : activate(build, activation);
  },
  Softmax(build) {
    const { rank } = build.valueOf(build.inputs[0]!);
    const axis = build.config["axis"] ?? -1;
    const last = [axis].flat().every((each) => each === -1 || each === rank);
    return last
      ? activate(build, "softmax")
      : build.refuse(`its softmax is over axis ${axis}`, "Use the last axis");
  },
  PReLU(build) {
    const { height, width, rank } = build.valueOf(build.inputs[0]!);
    const shared = new Set((build.config["shared_axes"] ?? []) as number[]);
    const sides = rank === 1 ? [] : rank === 2 ? [1, width] : [height, width];
    const first = rank === 2 ? 0 : 1;
    const positions = sides.map((size, i) => shared.has(i + first) ? 1 : size) as [number, number];
    return build.add({ op: "prelu", inputs: [build.inputs[0]!], positions }, {
      weights: { slope: "alpha" },
    });
  },
};
