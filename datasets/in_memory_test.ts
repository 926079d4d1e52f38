import { validateDataset } from "@espalier/training";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { inMemory, type ReadableDataset } from "./in_memory.ts";

/** Images of two pixels: twice their index. It notes how many were asked for at once. */
function source(count: number, kind: "bytes" | "floats") {
  const asked: number[] = [];
  const make = kind === "bytes" ? Uint8Array : Float32Array;
  const read = (indices: ArrayLike<number>) => {
    asked.push(indices.length);
    return Promise.resolve(make.from(Array.from(indices, (i) => [i % 256, i % 256]).flat()));
  };
  return { asked, images: { count, size: 2, kind, read } };
}

const dataset = (train: ReadableDataset["train"], test: ReadableDataset["test"]) => ({
  ...{ name: "mine", fingerprint: "in-memory-test", classes: 2, shape: [1, 2, 1] as const },
  ...{ train, test, notes: ["said"] },
});

Deno.test("inMemory() reads every image once, in blocks, and keeps what is in memory", async () => {
  for (const kind of ["bytes", "floats"] as const) {
    const { asked, images } = source(600, kind);
    const labels = Uint8Array.from({ length: 600 }, (_, i) => i % 2);
    const test = {
      images: kind === "bytes" ? new Uint8Array(4) : new Float32Array(4),
      labels: [0, 1],
    };
    const data = await inMemory(
      dataset({ images, labels }, { ...test, labels: Uint8Array.of(0, 1) }),
    );
    assertEquals(data.train.images.length, 1200);
    data.train.images.forEach((value, at) => assertEquals(value, Math.floor(at / 2) % 256));
    assertStrictEquals(data.train.labels, labels);
    assertStrictEquals(data.test.images, test.images);
    assertEquals([data.fingerprint, data.notes], ["in-memory-test", ["said"]]);
    assert(Math.max(...asked) <= 256 && asked.reduce((a, b) => a + b) === 600);
    validateDataset(data);
  }
});
