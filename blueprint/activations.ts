import type { Activation, ActivationName } from "@espalier/core";

/** What is known of a function. */
interface Facts {
  /** f(0) = 0: a channel of zeros stays one. */
  readonly keepsZero: boolean;
  /** f(x) ≥ 0 for every x. */
  readonly isNonNegative: boolean;
}

const facts = (keepsZero: boolean, isNonNegative: boolean): Facts => ({ keepsZero, isNonNegative });

/** All functions without parameters. */
export const ACTIVATIONS: Readonly<Record<ActivationName, Facts>> = {
  "relu": facts(true, true),
  "relu6": facts(true, true),
  "elu": facts(true, false),
  "selu": facts(true, false),
  "sigmoid": facts(false, true),
  "hard-sigmoid": facts(false, true),
  "softplus": facts(false, true),
  "softsign": facts(true, false),
  "tanh": facts(true, false),
  "swish": facts(true, false),
  "mish": facts(true, false),
  "gelu": facts(true, false),
  "gelu-tanh": facts(true, false),
  "softmax": facts(false, true),
  "log-softmax": facts(false, false),
};

function factsOf(activation: Activation | undefined): Facts {
  if (activation === undefined) return facts(true, false);
  if (typeof activation === "string") return ACTIVATIONS[activation];
  const { slope = 0, threshold = 0 } = activation;
  return facts(slope * threshold === 0, slope === 0);
}

/** Whether f(0) = 0: a channel of zeros stays one. */
export const keepsZero = (activation: Activation | undefined): boolean =>
  factsOf(activation).keepsZero;

/** Whether a function gives nothing below 0. */
export const isNonNegative = (activation: Activation | undefined): boolean =>
  factsOf(activation).isNonNegative;

/** Whether each channel of a function's value depends on all of what it reads. */
export const mixesChannels = (activation: Activation | undefined): boolean =>
  activation === "softmax" || activation === "log-softmax";

/** Names of all functions without parameters. */
export const ACTIVATION_NAMES: readonly ActivationName[] = Object.keys(
  ACTIVATIONS,
) as ActivationName[];
