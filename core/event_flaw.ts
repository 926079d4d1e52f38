import { jsonFlaw } from "./json.ts";

/** Core's events that a phase may emit. */
export const PHASE_EVENTS: readonly string[] = [
  "train:step",
  "train:epoch",
  "search:step",
  "search:epoch",
  "search:repair",
  "search:end",
  "derive:check",
  "evaluate:end",
];

/** What to do about {@linkcode eventFlaw}. */
export const EVENT_ADVICE =
  "Emit finite numbers, strings and lists of them, under a type of its own.";

/** Why a plugin or phase of that name may not emit an event: a clause; undefined if it may. */
export function eventFlaw(
  event: unknown,
  { owner, others = [] }: { readonly owner: string; readonly others?: readonly string[] },
): string | undefined {
  const flaw = jsonFlaw(event);
  if (flaw !== undefined) {
    return `events are plain JSON, with finite numbers: "${flaw.path}" is ${flaw.found}`;
  }
  const { type } = Object(event) as { readonly type?: unknown };
  if (typeof type === "string" && (type.startsWith(`${owner}/`) || others.includes(type))) {
    return undefined;
  }
  return `its type must begin with "${owner}/": "${type}"`;
}
