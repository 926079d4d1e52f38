import * as tf from "@tensorflow/tfjs";
import { assertEquals } from "@std/assert";
import {
  assertClose,
  assertGradients,
  assertLikeCpu,
  evaluate,
  type Subject,
  wave,
} from "./testing.ts";

type Pair = number | [number, number];
type Pad = "same" | "valid" | [[0, 0], [number, number], [number, number], [0, 0]];

interface Case {
  readonly size: Pair;
  readonly stride: Pair;
  readonly pad: Pad;
}

const CASES: Case[] = [2, 3, [2, 3], [3, 2]].flatMap((size) =>
  [1, 2, 3, [2, 1]].flatMap((stride) =>
    (["same", "valid", [[0, 0], [0, 1], [1, 0], [0, 0]]] as Pad[]).map((pad) => (
      { size, stride, pad } as Case
    ))
  )
);

const SHAPE = [2, 7, 6, 3];

function pool(type: "max" | "avg", { size, stride, pad }: Case): Subject {
  const op = type === "max" ? tf.maxPool : tf.avgPool;
  return (x) => op(x as tf.Tensor4D, size, stride, pad as "same");
}

/** Values that are far enough apart for a difference quotient of their maximum. */
function shuffled(length: number, shift: number): Float32Array {
  const order = wave(length);
  const rank = [...order.keys()].sort((a, b) => order[a]! - order[b]!);
  const values = new Float32Array(length);
  rank.forEach((index, place) => values[index] = place / length + shift);
  return values;
}

Deno.test("maxPool() and its gradient equal the cpu backend's for values of any sign", async () => {
  for (const c of CASES) {
    for (const shift of [-3, 0, 3]) {
      const values = wave(252).map((value) => value + shift);
      const message = JSON.stringify({ ...c, shift });
      await assertLikeCpu(pool("max", c), { inputs: [{ shape: SHAPE, values }], message });
    }
  }
});

Deno.test("maxPool() gives a tie's gradient to the first, as the cpu backend does", async () => {
  for (const c of CASES) {
    const values = wave(252).map((value) => Math.round(value));
    const message = JSON.stringify(c);
    await assertLikeCpu(pool("max", c), { inputs: [{ shape: SHAPE, values }], message });
  }
  const values = new Float32Array([0, 0, 0, 0]);
  const inputs = [{ shape: [1, 2, 2, 1], values }];
  const { gradients } = await evaluate(
    "wasm",
    (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 0),
    { inputs },
  );
  assertEquals(gradients, [Float32Array.of(wave(1, 7)[0]!, 0, 0, 0)]);
});

Deno.test("maxPool() has the gradient that finite differences give", async () => {
  for (const c of CASES) {
    const inputs = [{ shape: [1, 5, 4, 2], values: shuffled(40, -1) }];
    const message = JSON.stringify(c);
    await assertGradients(pool("max", c), { inputs, message, step: 1 / 128 });
  }
});

Deno.test("avgPool() has the gradient that finite differences give", async () => {
  for (const c of CASES) {
    const inputs = [{ shape: [1, 5, 4, 2] }];
    await assertGradients(pool("avg", c), { inputs, message: JSON.stringify(c) });
  }
});

Deno.test("avgPool() equals the cpu backend's; so does its gradient where no window is cut", async () => {
  for (const c of CASES) {
    const inputs = [{ shape: SHAPE }], message = JSON.stringify(c);
    const expected = await evaluate("cpu", pool("avg", c), { inputs });
    const actual = await evaluate("wasm", pool("avg", c), { inputs });
    assertClose(actual.output, expected.output, { message });
    if (c.pad !== "valid") continue;
    assertClose(actual.gradients[0]!, expected.gradients[0]!, { message });
  }
});
