import { classesOf, inferValues, inputOf, inputsOf } from "@espalier/blueprint";
import { type Blueprint, type Dataset, EspalierError } from "@espalier/core";

/** Refuse a network and data that do not fit. */
export function checkFit(network: Blueprint, dataset: Dataset): void {
  const { shape } = inputOf(network);
  const mismatch = (thing: string, ofNetwork: unknown, ofData: unknown) =>
    new EspalierError(
      "ERR_DATA_MISMATCH",
      `Cannot run network "${network.name}" on "${dataset.name}" as both must have the same ` +
        `${thing}: ${ofNetwork} in the network, ${ofData} in the data. Configure one like the other.`,
    );
  const inputs = inputsOf(network).length;
  if (inputs > 1) throw mismatch("number of inputs", inputs, 1);
  const { ranks, shapes } = inferValues(network);
  if (ranks.get(network.output) !== 1) {
    const { height, width, channels } = shapes.get(network.output)!;
    throw mismatch("form of outputs", `${height}×${width}×${channels}`, "a class an image");
  }
  if (shape.join() !== dataset.shape.join()) {
    throw mismatch("shape of images", shape.join("×"), dataset.shape.join("×"));
  }
  const classes = classesOf(network);
  if (classes === dataset.classes) return;
  throw mismatch("number of classes", classes, dataset.classes);
}
