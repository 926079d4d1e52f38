import { EspalierError, type HostTensor, type TrainedNetwork } from "@espalier/core";
import { parameterSpecs } from "../parameters.ts";

function fault(shape: readonly number[], found: HostTensor | undefined): string | undefined {
  if (found === undefined) return "it is missing";
  if (found.shape.join() !== shape.join()) return `it is [${found.shape}]`;
  const size = shape.reduce((product, length) => product * length, 1);
  return found.values.length === size ? undefined : `it has ${found.values.length} values`;
}

/**
 * Check that all weights of a network are there, in their shapes. Others may be there too.
 *
 * @param network A valid blueprint, and weights by name.
 * @throws {EspalierError} ERR_CONFIG_INVALID, which names the weight.
 */
export function checkWeights({ blueprint, weights }: TrainedNetwork): void {
  for (const { name, shape } of parameterSpecs(blueprint)) {
    const state = fault(shape, Object.hasOwn(weights, name) ? weights[name] : undefined);
    if (state === undefined) continue;
    throw new EspalierError(
      "ERR_CONFIG_INVALID",
      `Cannot set the weight "${name}" as it has the shape [${shape}]: ${state}. ` +
        "Take the weights that belong to the blueprint.",
    );
  }
}
