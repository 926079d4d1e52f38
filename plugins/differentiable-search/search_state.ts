import { readStates, type Stateful, type Weights, writeStates } from "@espalier/core";
import { readVariables, writeVariables } from "@espalier/supernet";
import type { OptimizerState, Sums } from "@espalier/training";
import type { Search } from "./steps.ts";

/** Where a search stands. */
export interface Position {
  readonly epoch: number;
  /** Within the epoch. */
  readonly step: number;
  /** Of the weights' loss in the epoch so far; absent: nothing. */
  readonly mean?: Sums;
}

/** All that the rest of a search depends on. */
export interface SearchState {
  readonly at: Position;
  /** Shared weights and moving statistics. */
  readonly weights: Weights;
  /** Alpha and beta. */
  readonly logits: Weights;
  readonly sgd: OptimizerState;
  readonly adam: OptimizerState;
  /** States of sampler, regularizers and penalties. */
  readonly services: readonly (object | null)[];
}

/** What is trained, its optimizers, and the services that may have a state. */
type Trained = Omit<Search, "context" | "options">;

const servicesOf = ({ sampler, regularizers, penalties }: Trained): readonly Stateful[] => [
  sampler,
  ...regularizers,
  ...penalties,
];

/** Copy the state of a search to the host. */
export async function stateOf(search: Trained, at: Position): Promise<SearchState> {
  const { supernet, parameters, sgd, adam } = search;
  return {
    at,
    weights: await supernet.read(),
    logits: await readVariables(parameters.variables),
    sgd: await sgd.read(),
    adam: await adam.read(),
    services: readStates(servicesOf(search)),
  };
}

/** Go on from a state. */
export function restore(search: Trained, saved: SearchState): void {
  const { supernet, parameters, sgd, adam } = search;
  supernet.write(saved.weights);
  writeVariables(parameters.variables, saved.logits);
  sgd.write(saved.sgd);
  adam.write(saved.adam);
  writeStates(servicesOf(search), saved.services);
}
