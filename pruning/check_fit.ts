import { inferValues, inputOf, inputsOf } from "@espalier/blueprint";
import {
  type Blueprint,
  type Dataset,
  EspalierError,
  type Objective,
  pluginOf,
} from "@espalier/core";

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

/** Refuse a network, data and an objective that do not fit. */
export function checkFit(network: Blueprint, dataset: Dataset, objective: Objective): void {
  const mismatch = (thing: string, ofNetwork: string, ofData: string) =>
    new EspalierError(
      "ERR_DATA_MISMATCH",
      `Cannot run network "${network.name}" on "${dataset.name}" as both must have the same ` +
        `${thing}: ${ofNetwork} in the network, ${ofData} in the data. Configure one like the other.`,
    );
  const inputs = inputsOf(network).length;
  if (inputs > 1) throw mismatch("number of inputs", String(inputs), "1");
  const { shape } = inputOf(network);
  if (shape.join() !== dataset.shape.join()) {
    throw mismatch("shape of images", shape.join("×"), dataset.shape.join("×"));
  }
  checkLabels(dataset, objective);
  const wanted = objective.outputs(dataset);
  const { ranks, shapes } = inferValues(network);
  const { height, width, channels } = shapes.get(network.output)!;
  const given = [height, width, channels].slice(-ranks.get(network.output)!);
  // A map may be flattened.
  if (given.join() === wanted.join() || (given.length === 1 && channels === sizeOf(wanted))) return;
  const thing = objective.labels === "class" && given.length === 1
    ? "number of classes"
    : "outputs of an image";
  throw mismatch(thing, given.join("×"), wanted.join("×"));
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
