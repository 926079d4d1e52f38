import { EspalierError } from "@espalier/core";

/** No network is deeper: a search for a valid depth starts here at most. */
const DEEPEST = 1e6;

/** The valid depths right below and above. */
function nearest(depth: number, isValid: (depth: number) => boolean): readonly number[] {
  const around: number[] = [];
  const start = Number.isFinite(depth) ? Math.min(Math.floor(depth), DEEPEST) : 0;
  for (let lower = start; lower > 0 && around.length === 0; lower--) {
    if (isValid(lower)) around.push(lower);
  }
  for (let upper = Math.max(start, 0) + 1; upper < start + 1200; upper++) {
    if (isValid(upper)) return [...around, upper];
  }
  return around;
}

/** A depth that a network lacks. */
export interface LackingDepth {
  /** The network with its article, as in `a CIFAR ResNet`. */
  readonly network: string;
  /** What was asked for. */
  readonly depth: number;
  /** Whether there is a depth. */
  readonly isValid: (depth: number) => boolean;
  /** The other family, if that has it. */
  readonly other?: string | false;
}

/** Throw ERR_NETWORK_DEPTH with the nearest depths. */
export function refuseDepth({ network, depth, isValid, other }: LackingDepth): never {
  throw new EspalierError(
    "ERR_NETWORK_DEPTH",
    `Cannot build ${network} as it has no such depth: ${depth}. ` +
      `Use ${nearest(depth, isValid).join(" or ")}${other ? `, or family "${other}"` : ""}.`,
  );
}
