import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { Split } from "./contracts/dataset.ts";
import { identified, registerDataset } from "./data_identity.ts";
import { DATA } from "./testing.ts";

const split = (value: number) => ({
  images: new Uint8Array(4 * 16).fill(value),
  labels: Uint8Array.from([0, 1, 0, 1]),
});

Deno.test("a copy of a made dataset with other arrays gets a fingerprint of its content", async () => {
  const made = registerDataset({ ...DATA, fingerprint: "made-1", train: split(1), test: split(2) });
  assertStrictEquals(await identified(made), made);
  assertEquals((await identified({ ...made, name: "other" })).fingerprint, "made-1");
  const changed = await identified({ ...made, train: split(3) });
  assert(changed.fingerprint.startsWith("sha256-"));
  assertEquals((await identified({ ...made, train: split(3) })).fingerprint, changed.fingerprint);
  const others = [
    { ...made, train: split(4) },
    { ...made, train: made.test, test: made.train },
    { ...made, test: { ...made.test, labels: Uint8Array.from([1, 0, 1, 0]) } },
  ];
  const fingerprints = await Promise.all(
    others.map(async (one) => (await identified(one)).fingerprint),
  );
  assertEquals(new Set([...fingerprints, changed.fingerprint, "made-1"]).size, 5);
  const part = registerDataset({ ...others[0]!, fingerprint: "made-1-part" }, others[0]);
  assert((await identified(part)).fingerprint.startsWith("sha256-"));
});

const sourced = (images: Uint8Array): Split => ({
  labels: Uint8Array.of(0, 1, 0, 1),
  images: {
    ...{ count: 4, size: 16, kind: "bytes" },
    read: (at) =>
      Promise.resolve(
        Uint8Array.from({ length: at.length * 16 }, (_, i) => images[at[i >> 4]! * 16 + i % 16]!),
      ),
  },
});

Deno.test("a copy of a made dataset with another source is told from it by its content", async () => {
  const [train, test] = [sourced(split(1).images), sourced(split(2).images)];
  const made = registerDataset({ ...DATA, fingerprint: "made-2", train, test });
  assertStrictEquals(await identified(made), made);
  const other = (value: number) => identified({ ...made, train: sourced(split(value).images) });
  const [three, same, four] = [await other(3), await other(3), await other(4)];
  assert(three.fingerprint.startsWith("sha256-"));
  assertEquals(same.fingerprint, three.fingerprint);
  assert(four.fingerprint !== three.fingerprint);
});

Deno.test("a fingerprint of one's own stays", async () => {
  const own = { ...DATA, fingerprint: "mine" };
  assertStrictEquals(await identified(own), own);
});
