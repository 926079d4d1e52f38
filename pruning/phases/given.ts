import {
  checkOptions,
  instance,
  type OptionFields,
  type Phase,
  type TrainedNetwork,
} from "@espalier/core";
import { checkWeights } from "@espalier/supernet";
import * as z from "zod";
import type { HasTeacher } from "../made.ts";

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

const givenSchema = z.object(
  { weights: instance<TrainedNetwork["weights"]>("weights", isObject) } satisfies OptionFields<
    Pick<TrainedNetwork, "weights">
  >,
);

/**
 * Begin with a trained network in memory, as `importModel` gives it, instead of training one. The phase
 * has no version: what follows is stored under the digest of the weights.
 *
 * @param network The trained unpruned network, or its weights alone.
 * @returns The phase; it makes `teacher`.
 * @throws {EspalierError} ERR_CONFIG_INVALID if there are no weights; at the start of a run for weights
 * that do not fit the pruner's network.
 */
export function given(network: Pick<TrainedNetwork, "weights">): Phase<object, HasTeacher> {
  checkOptions(givenSchema, network, { subject: 'phase "given"' });
  const weights = structuredClone(network.weights);
  return {
    name: "given",
    uses: [],
    makes: ["teacher"],
    check: ({ blueprint }) => Promise.resolve(checkWeights({ blueprint, weights })),
    run: ({ blueprint }) => Promise.resolve({ teacher: { blueprint, weights } }),
  };
}
