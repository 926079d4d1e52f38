/**
 * Copies between pitches.
 *
 * @module
 */
import * as wasm from "./assemble.ts";
import type { Routine } from "./assemble.ts";

const { get, advance, sequence, times } = wasm;

/** Copy `count` runs of bytes between two pitches. */
export const copyRoutine: Routine = wasm.routine({
  name: "copy",
  parameters: ["to", "from", "count", "bytes", "toPitch", "fromPitch"],
  body: (p) =>
    times(
      p.count,
      sequence(
        wasm.copyBytes(get(p.to), get(p.from), get(p.bytes)),
        advance(p.to, get(p.toPitch)),
        advance(p.from, get(p.fromPitch)),
      ),
    ),
});
