import { referenceOps } from "@espalier/testing";
import { assert, assertEquals, assertThrows } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { BOTTLENECK, DEPTHS, RESIDUAL, WIDTHS } from "./residual_testing.ts";
import { counted, evaluate, Trained, using, watched } from "./testing.ts";

await tf.setBackend("cpu");

const blueprint = RESIDUAL;
const all = [...WIDTHS, ...DEPTHS];

Deno.test("the executor frees a pass whose gradient is not asked for, at the next and at the end", () => {
  const trained = new Trained({ blueprint, decisions: all });
  const executor = counted(), other = tf.variable(tf.scalar(2));
  const forget = () =>
    tf.tidy(() => {
      const loss = () => {
        trained.forward(trained.images(0));
        return tf.square(other) as tf.Scalar;
      };
      tf.variableGrads(loss, [other]);
    });
  using(executor.ops, () => {
    forget();
    const left = executor.live;
    assert(left > 0);
    forget();
    assertEquals([executor.passes, executor.live], [2, left]);
    tf.dispose({ ...trained.step(0) });
    assertEquals(executor.live, 0);
    forget();
    trained[Symbol.dispose]();
    assertEquals(executor.live, 0);
  });
  other.dispose();
});

for (
  const [name, trial] of [["widths and depths", { blueprint, decisions: all }], ["bottlenecks", {
    blueprint: BOTTLENECK,
  }]] as const
) {
  Deno.test(`the executor frees all when any of its passes throws: ${name}`, () => {
    using trained = new Trained(trial);
    const reference = referenceOps();
    let calls = 0;
    const total = using(watched(reference, () => calls++), () => {
      tf.dispose({ ...trained.step(0) });
      return calls;
    });
    for (let n = 0; n < total; n++) {
      calls = 0;
      const failing = watched(reference, (call) => {
        if (calls++ === n) throw new RangeError(`${call} fails`);
      });
      assertThrows(() => using(failing, () => trained.step(0)), RangeError, "fails");
      assertEquals(reference.live, 0, `call ${n} of ${total}`);
    }
  });
}

Deno.test("the executor goes on after a loss that throws", () => {
  using trained = new Trained({ blueprint });
  const executor = counted();
  using(executor.ops, () => {
    const fail = (images: tf.Tensor4D): tf.Scalar => {
      trained.forward(images);
      throw new RangeError("a loss of the user's");
    };
    assertThrows(() => trained.step(0, fail), RangeError, "of the user's");
    tf.dispose({ ...trained.step(0) });
  });
  assertEquals([executor.passes, executor.live], [2, 0]);
});

Deno.test("the executor leaves no tensor behind", () => {
  const start = tf.memory().numTensors;
  const trained = new Trained({ blueprint, decisions: all });
  const made = tf.memory().numTensors;
  for (let i = 0; i < 3; i++) {
    using(counted().ops, () => tf.dispose({ ...trained.step(0) }));
    assertEquals(tf.memory().numTensors, made);
  }
  trained[Symbol.dispose]();
  assertEquals(tf.memory().numTensors, start);
});

Deno.test("the executor frees an evaluation of which any pass throws, and moves no statistics", () => {
  using trained = new Trained({ blueprint, decisions: all, options: { training: false } });
  const reference = referenceOps();
  const statistics = () =>
    [...trained.network.statistics.values()].map((variable) => variable.dataSync().slice());
  const before = statistics();
  let calls = 0;
  using(watched(reference, () => calls++), () => evaluate(trained));
  for (let n = 0, total = calls; n < total; n++) {
    calls = 0;
    const failing = watched(reference, () => {
      if (calls++ === n) throw new RangeError("it fails");
    });
    assertThrows(() => using(failing, () => evaluate(trained)), RangeError, "fails");
    assertEquals(reference.live, 0, `call ${n} of ${total}`);
  }
  assertEquals(statistics(), before);
});

for (const training of [true, false]) {
  Deno.test(`the executor frees a feature behind its last reader, ${training ? "" : "not "}in training`, () => {
    for (const [blueprint, decisions] of [[RESIDUAL, all], [BOTTLENECK, []]] as const) {
      using trained = new Trained({ blueprint, decisions, options: { training } });
      const { ops } = counted(), frees: number[] = [];
      const free: typeof ops.free = (...xs) => {
        frees.push(xs.length);
        ops.free(...xs);
      };
      const run = () => training ? tf.dispose({ ...trained.step(0) }) : void evaluate(trained);
      using({ ...ops, free }, run);
      // What is held until the end goes in one call: images in training, else what is averaged.
      assertEquals(frees.filter((count) => count > 1), []);
      assert(frees.length > 10);
    }
  });
}
