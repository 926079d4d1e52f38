/**
 * Copies of rows between arrays of different pitch, the distance between two rows.
 *
 * @module
 */
import * as wasm from "./assemble.ts";
import type { Code, Local, Routine } from "./assemble.ts";

const { get, set, constant, advance, sequence, times } = wasm;

/** Copy `count` rows of `bytes` bytes of each image from one pitch to another. */
const copy: Routine = wasm.routine({
  name: "copy",
  parameters: [
    ...["images", "to", "from", "count", "bytes"] as const,
    ...["toPitch", "fromPitch", "toImage", "fromImage"] as const,
  ],
  body(p, { i32 }) {
    const [row, to, from] = [i32(), i32(), i32()];
    const rows = sequence(
      wasm.copyBytes(get(to), get(from), get(p.bytes)),
      advance(to, get(p.toPitch)),
      advance(from, get(p.fromPitch)),
    );
    return times(
      p.images,
      sequence(
        [set(to, get(p.to)), set(from, get(p.from)), set(row, get(p.count)), times(row, rows)],
        [advance(p.to, get(p.toImage)), advance(p.from, get(p.fromImage))],
      ),
    );
  },
});

/** Copy `vectors` vectors. */
const run = (
  { counter, vectors, to, from }: Readonly<Record<"counter" | "vectors" | "to", Local>> & {
    readonly from?: Local;
  },
): Code =>
  sequence(
    set(counter, get(vectors)),
    times(
      counter,
      sequence(
        wasm.storeVector(get(to), from === undefined ? wasm.zeros : wasm.loadVector(get(from))),
        advance(to, constant(16)),
        from === undefined ? [] : advance(from, constant(16)),
      ),
    ),
  );

/**
 * Copy the first `vectors` vectors of each row to a row of another width, then write `zeros`
 * vectors of zeros from byte `bytes` on. The next row overwrites what was written past the end of a
 * row.
 */
const resize: Routine = wasm.routine({
  name: "resize",
  parameters: ["rows", "to", "from", "toPitch", "fromPitch", "vectors", "bytes", "zeros"],
  body(p, { i32 }) {
    const [counter, to, from] = [i32(), i32(), i32()];
    return times(
      p.rows,
      sequence(
        set(to, get(p.to)),
        set(from, get(p.from)),
        run({ counter, vectors: p.vectors, to, from }),
        set(to, wasm.add(get(p.to), get(p.bytes))),
        run({ counter, vectors: p.zeros, to }),
        advance(p.to, get(p.toPitch)),
        advance(p.from, get(p.fromPitch)),
      ),
    );
  },
});

/** All copies. */
export const copyRoutines: readonly Routine[] = [copy, resize];
