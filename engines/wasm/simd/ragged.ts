import * as wasm from "./assemble.ts";
import type { Code, Local } from "./assemble.ts";
import { many } from "./block.ts";

const { get, constant, sequence } = wasm;

/** `whole` where four channels are left, else `lane` for each that is. */
export const ragged = (left: Local, whole: Code, lane: (lane: number) => Code): Code =>
  wasm.branch(
    wasm.greater(get(left), constant(3)),
    whole,
    sequence(
      many(3, (at) => wasm.branch(wasm.greater(get(left), constant(at)), lane(at))),
    ),
  );
