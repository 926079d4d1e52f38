import {
  checkOptions,
  type OptionFields,
  trainingFields,
  type TrainingOptions,
} from "@espalier/core";
import { deepFreeze } from "@espalier/core/run";
import * as z from "zod";

/** Settings of a training phase: what it changes of the installed recipe. */
export type TrainingChanges = Partial<TrainingOptions>;

const { epochs, batchSize, rate, optimizer } = trainingFields;
const changesSchema = z.strictObject(
  {
    epochs: epochs.optional(),
    batchSize: batchSize.optional(),
    rate: rate.optional(),
    optimizer: optimizer.optional(),
  } satisfies OptionFields<TrainingChanges>,
);

/**
 * Check changes, and take a copy of those that are not undefined.
 *
 * @param changes What the user wrote.
 * @param phase The phase, for messages.
 * @returns The copy, frozen.
 * @throws {EspalierError} ERR_CONFIG_INVALID for an unknown name or invalid value.
 */
export function takeChanges(changes: TrainingChanges, phase: string): TrainingChanges {
  checkOptions(changesSchema, changes, { subject: `phase "${phase}"` });
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  return deepFreeze(structuredClone(Object.fromEntries(given)));
}
