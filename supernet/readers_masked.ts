import { channelRule, inferShapes, ownWeightsOf } from "@espalier/blueprint";
import type { Blueprint, HostTensor, TrainedNetwork, Weights } from "@espalier/core";

/**
 * Weights with which the unpruned network reads nothing of the channels that a derived one dropped:
 * their rows of the kernels that read them are zero. It then computes what the derived network does
 * with `inheritedWeights`, if no stage was cut and no projection inserted. To silence what *makes* the
 * channels would not do: norms and activations turn silence into constants.
 *
 * @param student The derived network.
 * @param teacher The trained unpruned network.
 * @returns All weights of the unpruned network, by name.
 */
export function readersMasked(
  student: Blueprint,
  { weights }: TrainedNetwork,
): Weights {
  const shapes = inferShapes(student);
  const masked: Record<string, HostTensor> = { ...weights };
  for (const node of student.nodes) {
    const { origin, inputs } = node;
    if (origin?.node == null) continue;
    if (channelRule(node, inputs.map((id) => shapes.get(id)!)).kind !== "makes") continue;
    for (const { name, axes } of ownWeightsOf(node)) {
      const axis = axes.indexOf("in");
      const full = `${origin.node}/${name}`;
      if (axis >= 0) masked[full] = without(masked[full]!, { axis, kept: new Set(origin.inputs) });
    }
  }
  return masked;
}

/** Zero all entries of an axis but those kept. */
function without(
  { shape, values }: HostTensor,
  { axis, kept }: { readonly axis: number; readonly kept: ReadonlySet<number> },
): HostTensor {
  const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  return {
    shape,
    values: values.map((value, i) => kept.has(Math.floor(i / stride) % shape[axis]!) ? value : 0),
  };
}
