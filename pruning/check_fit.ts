import { inferValues, inputName, inputsOf, outputNames, outputsOf } from "@espalier/blueprint";
import {
  type Blueprint,
  type Dataset,
  EspalierError,
  type Objective,
  pluginOf,
} from "@espalier/core";
import { type LabelPart, labelParts, ofOutput } from "@espalier/training";

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

/** Refuse a network, data and an objective that do not fit. */
export function checkFit(network: Blueprint, dataset: Dataset, objective: Objective): void {
  const mismatch = (thing: string, ofNetwork: string, ofData: string) =>
    new EspalierError(
      "ERR_DATA_MISMATCH",
      `Cannot run network "${network.name}" on "${dataset.name}" as both must have the same ` +
        `${thing}: ${ofNetwork} in the network, ${ofData} in the data. Configure one like the other.`,
    );
  checkInputs(network, dataset, mismatch);
  checkLabels(dataset, objective);
  const wanted = objective.outputs(dataset);
  const { ranks, shapes } = inferValues(network);
  const names = outputNames(network), parts = labelParts(dataset);
  const named = parts.map(({ name }) => name).filter((name) => name !== undefined);
  const isNamed = named.length > 0 || names.length > 1;
  if (isNamed && named.toSorted().join() !== names.toSorted().join()) {
    throw mismatch("outputs", names.join(", "), named.join(", ") || "labels of one without a name");
  }
  for (const part of parts) {
    const { name = names[0]!, data: { labels } } = part;
    const id = outputsOf(network)[names.indexOf(name)]!.node;
    const { height, width, channels } = shapes.get(id)!;
    const given = [height, width, channels].slice(-ranks.get(id)!);
    const shape = ofOutput(wanted, part);
    if (fits(given, shape, part)) continue;
    const thing = labels.kind === "class" && given.length === 1
      ? "number of classes"
      : "outputs of an image";
    const where = part.name === undefined ? "" : ` by "${name}"`;
    throw mismatch(thing + where, given.join("×"), shape.join("×"));
  }
}

/** A map may be flattened, and one logit stand for two classes. */
function fits(
  given: readonly number[],
  wanted: readonly number[],
  { data: { classes, labels }, size }: LabelPart,
): boolean {
  const isChoice = labels.kind === "class" || labels.kind === "class-map";
  const both = isChoice && classes === 2 && sizeOf(given) === size ? 2 : 1;
  if (both * sizeOf(given) !== sizeOf(wanted)) return false;
  return given.length === 1 ||
    [...given.slice(0, -1), given.at(-1)! * both].join() === wanted.join();
}

/** Refuse data that lack an input, or have others. */
function checkInputs(
  network: Blueprint,
  { shape, inputs = {} }: Dataset,
  mismatch: (thing: string, ofNetwork: string, ofData: string) => EspalierError,
): void {
  const entered = inputsOf(network);
  const names = entered.map(inputName);
  const images = entered.filter((node) => !(inputName(node) in inputs));
  const unknown = Object.keys(inputs).filter((name) => !names.includes(name));
  if (images.length !== 1 || unknown.length > 0) {
    const found = ["images", ...Object.keys(inputs)].join(", ");
    throw mismatch("inputs", entered.length === 1 ? "one" : names.join(", "), found);
  }
  for (const node of entered) {
    const name = inputName(node);
    const given = inputs[name] ?? shape;
    if (given.join() === node.shape.join()) continue;
    const thing = name in inputs ? `shape of "${name}"` : "shape of images";
    throw mismatch(thing, node.shape.join("×"), given.join("×"));
  }
}

/** Refuse labels that an objective does not take. */
function checkLabels(
  { name, labels: { kind } = { kind: "class" } }: Dataset,
  objective: Objective,
) {
  if (objective.labels === kind) return;
  const plugin = pluginOf(objective);
  throw new EspalierError(
    "ERR_DATA_MISMATCH",
    `Cannot learn ${objective.name} from "${name}" as its labels must be of kind ` +
      `"${objective.labels}": they are of kind "${kind}". Install an objective that takes them.`,
    plugin === undefined ? {} : { plugin },
  );
}
