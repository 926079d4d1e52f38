import type { Phase, TrainedNetwork } from "@espalier/core";
import { sha256 } from "@espalier/core/run";
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
 * A phase that makes an imported network the teacher. Its weights are part of the key.
 *
 * @param network The network.
 * @returns The phase.
 */
export async function importedTeacher(network: TrainedNetwork): Promise<Phase<object, HasTeacher>> {
  const { blueprint, weights } = network;
  return {
    name: "import",
    version: "1",
    options: { weights: await digestOf(network) },
    uses: [],
    makes: ["teacher"],
    run: () => Promise.resolve({ teacher: { blueprint, weights } }),
  };
}
