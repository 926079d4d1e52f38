/**
 * The end of a block of sums: what is added, the lower bound, and the write.
 *
 * @module
 */
import * as wasm from "./assemble.ts";
import type { Code, Local } from "./assemble.ts";
import { many } from "./block.ts";

const { get, set, constant, sequence } = wasm;

/** Where a row of a block goes. */
export interface RowFinish {
  /** Address of its first channel. */
  readonly target: Local;
  /** Channels that exist; no others are written, or read of the residual. */
  readonly channels: Local;
  /** Lower bound, in all lanes. */
  readonly floor: Local;
  /** What is added with a scale for each channel: both addresses, and a vector to read into. */
  readonly residual?: { readonly from: Local; readonly scale: Local; readonly value: Local };
}

/** Write a row: `max(floor, sums [+ scale ∘ residual])`. */
export function finishRow(
  sums: readonly Local[],
  { target, channels, floor, residual }: RowFinish,
): Code {
  const has = (channel: number, then: Code, otherwise?: Code): Code =>
    wasm.branch(wasm.greater(get(channels), constant(channel)), then, otherwise);
  const lanes = (at: number, each: (lane: number, offset: number) => Code): Code =>
    sequence(many(3, (lane) => has(4 * at + lane, each(lane, 16 * at + 4 * lane))));
  const end = (sum: Local, at: number, read: Code): Code =>
    sequence(
      residual === undefined ? [] : sequence(
        read,
        set(
          sum,
          wasm.multiplyAdd(
            get(residual.value),
            wasm.loadVector(get(residual.scale), 16 * at),
            get(sum),
          ),
        ),
      ),
      set(sum, wasm.maximumVector(get(sum), get(floor))),
    );
  const whole = (sum: Local, at: number): Code => {
    const read = residual === undefined
      ? []
      : set(residual.value, wasm.loadVector(get(residual.from), 16 * at));
    return sequence(end(sum, at, read), wasm.storeVector(get(target), get(sum), 16 * at));
  };
  const partial = (sum: Local, at: number): Code => {
    const read = residual === undefined ? [] : sequence(
      set(residual.value, wasm.zeros),
      lanes(at, (lane, offset) =>
        set(
          residual.value,
          wasm.loadLane(get(residual.from), get(residual.value), lane, offset),
        )),
    );
    const write = lanes(at, (lane, offset) => wasm.storeLane(get(target), get(sum), lane, offset));
    return sequence(end(sum, at, read), write);
  };
  return sequence(sums.map((sum, at) => has(4 * at + 3, whole(sum, at), partial(sum, at))));
}
