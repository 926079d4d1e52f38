import { inferValues, outputsOf } from "@espalier/blueprint";
import type { AnyPlugin, Blueprint } from "@espalier/core";
import { regression } from "@espalier/espalier";
import { Option } from "@commander-js/extra-typings";

/** What a model can be trained for from a terminal. */
export const TASKS = ["classification", "regression"] as const;

/**
 * What a model was trained on: a range of pixels (what is subtracted from 0..1, and divided by), or data
 * normalised by their own mean and deviation, as trainings here do.
 */
export const PIXELS = {
  "0..1": { mean: 0, deviation: 1 },
  "0..255": { mean: 0, deviation: 1 / 255 },
  "-1..1": { mean: 0.5, deviation: 0.5 },
  "normalised": undefined,
} as const;

/** A task, and the range of pixels that a model knows; why, where nobody said. */
export interface Choices {
  /** What is learned. */
  readonly task: typeof TASKS[number];
  /** What the model knows images as. */
  readonly pixels: keyof typeof PIXELS;
  /** What was guessed, in sentences. */
  readonly guesses: readonly string[];
}

/** Numbers come out of a model that ends in one without a function; all else are classes. */
function guessTask(network: Blueprint): readonly [Choices["task"], string] {
  const [{ node, activation }] = outputsOf(network) as [ReturnType<typeof outputsOf>[number]];
  const { channels } = inferValues(network).shapes.get(node)!;
  const own = network.nodes.find(({ id }) => id === node)!;
  const last = activation ?? ("activation" in own ? own.activation : undefined);
  const told = typeof last === "object" ? last.name : last ?? "no activation";
  const task = channels === 1 && told !== "sigmoid" ? "regression" : "classification";
  return [task, `the model ends in ${channels} output${channels === 1 ? "" : "s"}, ${told}`];
}

/** A layer in front that divides by about 127.5 or 255 makes bytes small. */
function guessPixels({ nodes }: Blueprint): readonly [Choices["pixels"], string] {
  const inputs = nodes.filter(({ op }) => op === "input").map(({ id }) => id);
  const first = nodes.find(({ op, inputs: [from] }) => op === "rescale" && inputs.includes(from!));
  if (first?.op !== "rescale") return ["0..1", "the model rescales nothing"];
  // By channel they are alike.
  const [scale, offset] = [first.scale, first.offset].map((value) => [value].flat()[0]) as [
    number,
    number,
  ];
  const sign = offset < 0 ? "−" : "+";
  const told = `· ${Number(scale.toPrecision(3))} ${sign} ${Math.abs(offset)}`;
  return scale < 0.1
    ? ["0..255", `the model itself takes them ${told}`]
    : ["0..1", `the model takes them ${told}`];
}

/**
 * What a model learns and what it knows pixels as: what was asked for, else what its first and last
 * layers say.
 *
 * @param network The model.
 * @param asked By the user.
 * @returns Both, and what was guessed.
 */
export function choicesFor(
  network: Blueprint,
  asked: {
    readonly task?: Choices["task"] | undefined;
    readonly pixels?: Choices["pixels"] | undefined;
  },
): Choices {
  const [task, whyTask] = guessTask(network);
  const [pixels, whyPixels] = guessPixels(network);
  return {
    task: asked.task ?? task,
    pixels: asked.pixels ?? pixels,
    guesses: [
      ...asked.task === undefined ? [`--task ${task}, as ${whyTask}`] : [],
      ...asked.pixels === undefined ? [`--pixels ${pixels}, as ${whyPixels}`] : [],
    ],
  };
}

/** The plugins of a task; classification needs none. */
export const pluginsOfTask = (task: Choices["task"]): readonly AnyPlugin[] =>
  task === "regression" ? [regression()] : [];

/** `--task`. */
export const TASK = () =>
  new Option("--task <name>", "what it learns; else as its last layer says").choices(TASKS);

/** `--pixels`. */
export const PIXEL_RANGE = () =>
  new Option("--pixels <range>", "what the model knows images as; else as its first layer says")
    .choices(Object.keys(PIXELS) as (keyof typeof PIXELS)[]);
