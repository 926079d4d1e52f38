import type { AnyPlugin, TrainingRecipe } from "@espalier/core";
import {
  activationMean,
  evolutionSearch,
  geometricMedian,
  importancePruning,
  inheritWeights,
  l1Norm,
  l2Norm,
  normScale,
  randomSearch,
  type RecipeName,
  replaceAll,
  SearchSpaceToken,
  sortChannels,
  swap,
  tas,
  taylor,
  trainingRecipe,
  uniform,
  widthSearch,
  without,
} from "@espalier/espalier";
import { kerasFile } from "@espalier/plugin-keras-file";
import { onnxFile } from "@espalier/plugin-onnx-file";
import type { WidthSearchOptionsInput } from "@espalier/plugin-width-search";

/** What finds widths in place of TAS's search. */
const STRATEGIES = { evolution: evolutionSearch, random: randomSearch, uniform };

/** What the most important channels are kept by. */
const CRITERIA = {
  l1: l1Norm,
  l2: l2Norm,
  scale: normScale,
  median: geometricMedian,
  taylor,
  activation: activationMean,
};

/** How widths are chosen. */
export type Method = "tas" | keyof typeof STRATEGIES | keyof typeof CRITERIA;

/** Every {@linkcode Method}. */
export const METHODS: readonly Method[] = [
  "tas",
  ...Object.keys(STRATEGIES) as (keyof typeof STRATEGIES)[],
  ...Object.keys(CRITERIA) as (keyof typeof CRITERIA)[],
];

/** Recipes of `tas()`. */
export const RECIPES: readonly RecipeName[] = ["quick", "default", "paper", "official"];

/** Formats beside the layers-model. */
export const FORMATS = ["onnx", "keras"] as const;

/** What the user says about widths. */
export interface WidthWishes {
  /** Patterns of layers that keep all of their channels. */
  readonly keepLayer?: readonly string[] | undefined;
  /** What widths are multiples of. */
  readonly divisor?: number | undefined;
}

/** What the plugins follow from. */
export interface MethodOptions extends WidthWishes {
  /** How widths are chosen. */
  readonly method: Method;
  /** Settings of search and training. */
  readonly recipe: RecipeName;
  /** Epochs of the search and of the training after it; absent: the recipe's. */
  readonly epochs?: number | undefined;
  /** Highest learning rate of that training. */
  readonly rate: number;
  /** Formats beside the layers-model. */
  readonly format?: readonly typeof FORMATS[number][] | undefined;
}

/** Parts of TAS that no other strategy uses. */
const OF_TAS = ["gumbel-softmax", "cwi", "budget-loss"];

/** What lets the smaller network begin with the best channels, whatever the recipe. */
const INHERITANCE = [sortChannels(), inheritWeights()];

const FILES = { onnx: onnxFile, keras: kerasFile };

function widthOptions({ keepLayer, divisor }: WidthWishes): WidthSearchOptionsInput {
  // Layers of the model's author stay the only ones: no projection is put into a residual sum.
  return { residual: "tie", ignore: keepLayer, divisor };
}

/** The weights are good already: the training after the search is tuning. */
function tuned(plugins: readonly AnyPlugin[], rate: number): AnyPlugin[] {
  const { options } = plugins.find(({ name }) => name === "training-recipe")!;
  const { pretrain, train } = options as unknown as TrainingRecipe;
  const tuning = { ...train, rate: { ...train.rate, peak: rate } };
  return swap(plugins, trainingRecipe({ pretrain, train: tuning }));
}

/** The plugins that choose widths by a method. */
function choosing(plugins: readonly AnyPlugin[], method: Method): readonly AnyPlugin[] {
  if (method === "tas") return plugins;
  const rest = OF_TAS.reduce<AnyPlugin[]>((rest, name) => without(rest, name), [...plugins]);
  return method in CRITERIA
    ? [...swap(rest, importancePruning()), CRITERIA[method as keyof typeof CRITERIA]()]
    : swap(rest, STRATEGIES[method as keyof typeof STRATEGIES]());
}

/**
 * The plugins of a pruning that starts from trained weights.
 *
 * @param options Method, recipe and wishes.
 * @returns The plugins.
 */
export function pluginsOf(
  { method, recipe, epochs, rate, format = [], ...wishes }: MethodOptions,
): readonly AnyPlugin[] {
  const parts = tas({ recipe, epochs: { search: epochs, train: epochs } })
    .filter(({ name }) => INHERITANCE.every((plugin) => plugin.name !== name));
  const widths = replaceAll(parts, SearchSpaceToken, [widthSearch(widthOptions(wishes))]);
  return [
    ...tuned(choosing(widths, method), rate),
    ...INHERITANCE,
    ...format.map((name) => FILES[name]()),
  ];
}
