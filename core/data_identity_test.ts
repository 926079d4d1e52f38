import { assert, assertEquals, assertStrictEquals } from "@std/assert";
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

Deno.test("a fingerprint of one's own stays", async () => {
  const own = { ...DATA, fingerprint: "mine" };
  assertStrictEquals(await identified(own), own);
});
