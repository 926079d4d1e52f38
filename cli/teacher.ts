import type { Phase, TrainedNetwork } from "@espalier/core";
import { sha256 } from "@espalier/core/run";
import { phases } from "@espalier/espalier";
import type { HasTeacher } from "@espalier/pruning";

/** A digest of all weights, by their names. */
async function digestOf({ weights }: TrainedNetwork): Promise<string> {
  const names = Object.keys(weights).sort();
  const digests = await Promise.all(names.map(async (name) => {
    const { buffer, byteOffset, byteLength } = weights[name]!.values;
    return `${name} ${await sha256(new Uint8Array(buffer, byteOffset, byteLength))}`;
  }));
  return await sha256(digests.join());
}

/**
 * A phase that makes an imported network the teacher. Its weights are part of the key. Unlike
 * `phases.given` it is stored: the pictures of `report` need the unpruned network.
 *
 * @param network The network.
 * @returns The phase.
 */
export async function importedTeacher(network: TrainedNetwork): Promise<Phase<object, HasTeacher>> {
  const options = { weights: await digestOf(network) };
  return { ...phases.given(network), name: "import", version: "1", options };
}
