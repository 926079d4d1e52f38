import { EspalierError } from "@espalier/core";

/** What is wrong with a blueprint. */
export interface Fault {
  /** The rule that is broken. */
  readonly rule: string;
  /** What was found, and where. */
  readonly state: string;
  /** What to do. */
  readonly advice: string;
}

/** The error for a blueprint that breaks a rule. */
export function blueprintFault(name: string, fault: Fault): EspalierError {
  return new EspalierError(
    "ERR_BLUEPRINT_INVALID",
    `Cannot use blueprint "${name}" as ${fault.rule}: ${fault.state}. ${fault.advice}.`,
  );
}
