import type { Split } from "@espalier/core";
import { validateDataset } from "@espalier/training";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { inMemory } from "./in_memory.ts";

/** Numbers of an image: 256 of them are a block of readInOrder(). */
const SIZE = 4096;

/** Images of one grey: their index. It notes how many were asked for at once. */
function source(count: number, kind: "bytes" | "floats") {
  const asked: number[] = [];
  const make = kind === "bytes" ? Uint8Array : Float32Array;
  const read = (indices: ArrayLike<number>) => {
    asked.push(indices.length);
    return Promise.resolve(
      new make(indices.length * SIZE).map((_, i) => indices[Math.floor(i / SIZE)]! % 256),
    );
  };
  return { asked, images: { count, size: SIZE, kind, read } };
}

const dataset = (train: Split, test: Split) => ({
  ...{ name: "mine", fingerprint: "in-memory-test", classes: 2, shape: [1, SIZE, 1] as const },
  ...{ train, test, notes: ["said"] },
});

Deno.test("inMemory() reads every image once, in blocks, and keeps what is in memory", async () => {
  for (const kind of ["bytes", "floats"] as const) {
    const { asked, images } = source(600, kind);
    const labels = Uint8Array.from({ length: 600 }, (_, i) => i % 2);
    const test = {
      images: kind === "bytes" ? new Uint8Array(2 * SIZE) : new Float32Array(2 * SIZE),
      labels: [0, 1],
    };
    const data = await inMemory(
      dataset({ images, labels }, { ...test, labels: Uint8Array.of(0, 1) }),
    );
    assertEquals(data.train.images.length, 600 * SIZE);
    assert(data.train.images.every((value, at) => value === Math.floor(at / SIZE) % 256));
    assertStrictEquals(data.train.labels, labels);
    assertStrictEquals(data.test.images, test.images);
    assertEquals([data.fingerprint, data.notes], ["in-memory-test", ["said"]]);
    assertEquals(asked, [256, 256, 88]);
    validateDataset(data);
  }
});
