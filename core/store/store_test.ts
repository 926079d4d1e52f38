import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { EspalierError } from "../errors.ts";
import { jsonFlaw } from "../json.ts";
import { sha256 } from "../sha256.ts";
import { holding, withFolder } from "../testing.ts";
import type { ArtifactStore } from "./artifact_store.ts";
import { decodeArtifact, encodeArtifact, isTypedArray } from "./encode.ts";
import { folderStore } from "./folder_store.ts";
import { memoryStore } from "./memory_store.ts";

const artifact = {
  student: {
    blueprint: { name: "net", nodes: [{ id: "a", "odd/key": null }] },
    weights: { "a/kernel": { shape: [2, 1], values: new Float32Array([0.1, -2]) } },
  },
  list: [new Int32Array([-1, 2 ** 31 - 1]), new Uint8Array(0), 1, "x\n", true, null],
};

const isJson = (value: unknown): boolean => jsonFlaw(value, isTypedArray) === undefined;

async function withStores(fn: (store: ArtifactStore) => Promise<void>): Promise<void> {
  await fn(memoryStore());
  await withFolder((path) => fn(folderStore(`${path}/not/yet/there`)));
}

async function refusal(fn: () => Promise<unknown>, code: string): Promise<string> {
  const error = await assertRejects(fn, EspalierError);
  assertEquals(error.code, code);
  return error.message;
}

Deno.test("a store gives back equal copies of what was written", () =>
  withStores(async (store) => {
    assertEquals([await store.has("k"), await store.read("k")], [false, undefined]);
    await store.write("k", artifact);
    const copy = await store.read("k") as typeof artifact;
    assertEquals(copy, artifact);
    assert(copy.list[0] !== artifact.list[0]);
    assertEquals(await store.has("k"), true);
  }));

Deno.test("a store keeps the first value of a key unless told to replace it", () =>
  withStores(async (store) => {
    await Promise.all([store.write("k", 1), store.write("k", 1)]);
    await store.write("k", 2);
    assertEquals(await store.read("k"), 1);
    await store.write("k", 3, { replace: true });
    assertEquals(await store.read("k"), 3);
  }));

Deno.test("a store gives back any JSON with typed arrays in it", async () => {
  const store = memoryStore();
  const arrays = fc.oneof(
    fc.float32Array(),
    fc.float64Array(),
    fc.int8Array(),
    fc.uint8ClampedArray(),
    fc.int16Array(),
    fc.uint16Array(),
    fc.uint32Array(),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      arrays,
      fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))).filter(isJson),
      fc.array(tie("tree")),
      fc.dictionary(fc.string(), tie("tree"), { noNullPrototype: true }).filter(isJson),
    ),
  }));
  let key = 0;
  await fc.assert(
    fc.asyncProperty(tree, async (value) => {
      await store.write(String(++key), value);
      assertEquals(await store.read(String(key)), value);
    }),
    { numRuns: 60 },
  );
});

Deno.test("write() stores the part of a buffer that a typed array shows", async () => {
  const store = memoryStore();
  await store.write("k", new Float32Array([1, 2, 3, 4]).subarray(1, 3));
  assertEquals(await store.read("k"), new Float32Array([2, 3]));
});

Deno.test("write() refuses functions, class instances and NaN by their place", () =>
  withStores(async (store) => {
    class Tensor {}
    const refused = (value: unknown) => refusal(() => store.write("k", value), "ERR_PHASE_MISUSE");
    assertStringIncludes(await refused({ a: [{ f: () => 1 }] }), '"a[0].f" is a function');
    assertStringIncludes(await refused({ logits: new Tensor() }), '"logits" is a Tensor');
    assertStringIncludes(await refused({ "b/c": NaN }), "is NaN");
    assertStringIncludes(await refused({ m: new Map() }), '"m" is a Map');
    assertEquals(await store.has("k"), false);
  }));

Deno.test("read() names a cut or changed file and what to do", () =>
  withFolder(async (path) => {
    const store = folderStore(path);
    await store.write("k", artifact);
    const file = `${path}/k.artifact`;
    const bytes = await Deno.readFile(file);
    const header = bytes.indexOf(10);
    for (const cut of [0, 5, header, header + 1, header + 40, bytes.length - 1]) {
      await Deno.writeFile(file, bytes.subarray(0, cut));
      const message = await refusal(() => store.read("k"), "ERR_ARTIFACT_CORRUPT");
      assertStringIncludes(message, file);
      assertStringIncludes(message, "Delete it, or run with fresh: true");
    }
    for (const at of [12, header + 3, bytes.length - 1]) {
      const changed = bytes.slice();
      changed[at]! ^= 1;
      await Deno.writeFile(file, changed);
      await refusal(() => store.read("k"), "ERR_ARTIFACT_CORRUPT");
    }
    await store.write("k", artifact, { replace: true });
    assertEquals(await store.read("k"), artifact);
  }));

Deno.test("read() refuses an artifact that was stored under another key", () =>
  withFolder(async (path) => {
    const store = folderStore(path);
    await store.write("k", artifact);
    await Deno.copyFile(`${path}/k.artifact`, `${path}/other.artifact`);
    const message = await refusal(() => store.read("other"), "ERR_ARTIFACT_CORRUPT");
    assertStringIncludes(message, "stored under the key k");
  }));

/** An artifact with a right digest. */
async function crafted(json: string, bytes = new Uint8Array(0)): Promise<Uint8Array> {
  const body = new Uint8Array(await new Blob([`${json}\n`, bytes]).arrayBuffer());
  const header = JSON.stringify({ format: "espalier-artifact/2", sha256: await sha256(body) });
  return new Uint8Array(await new Blob([`${header}\n`, body]).arrayBuffer());
}

const decode = (bytes: Uint8Array) => decodeArtifact(bytes, { where: '"x"' });

Deno.test("an artifact with a right digest is checked nevertheless", async () => {
  const array = (path: unknown, changes: object = {}) =>
    JSON.stringify({
      value: { a: null, b: 1, list: [null] },
      arrays: [{ path, type: "Int8Array", length: 4, ...changes }],
    });
  const four = new Uint8Array([1, 2, 3, 4]);
  const expected = { a: new Int8Array(four), b: 1, list: [null] };
  assertEquals(await decode(await crafted(array(["a"]), four)), expected);
  const deep = `${"[".repeat(1e5)}1${"]".repeat(1e5)}`;
  const refused: Record<string, Uint8Array> = {
    "no object": await crafted("null"),
    "no arrays": await crafted('{"value":1}'),
    "no value": await crafted('{"arrays":[]}'),
    "more fields": await crafted('{"value":1,"arrays":[],"x":1}'),
    "an unknown type": await crafted(array(["a"], { type: "constructor" }), four),
    "a length below 0": await crafted(array(["a"], { length: -4 }), four),
    "a length that is no integer": await crafted(array(["a"], { length: 3.5 }), four),
    "a length beyond the file": await crafted(array(["a"], { length: 1e9 }), four),
    "bytes behind the last array": await crafted(array(["a"], { length: 3 }), four),
    "a missing place": await crafted(array(["c"]), four),
    "a place that holds a value": await crafted(array(["b"]), four),
    "a place within a number": await crafted(array(["b", "x"]), four),
    "the length of a list": await crafted(array(["list", "length"]), four),
    "a path that is none": await crafted(array("a"), four),
    "a prototype's property": await crafted(array(["constructor", "prototype", "x"]), four),
    "a prototype by name": await crafted(array(["__proto__", "x"]), four),
    "a value with a prototype": await crafted('{"value":{"__proto__":{"x":1}},"arrays":[]}'),
    "a value that nobody can walk": await crafted(`{"value":${deep},"arrays":[]}`),
    "no JSON": await crafted("{"),
  };
  for (const [state, bytes] of Object.entries(refused)) {
    const message = await refusal(() => decode(bytes), "ERR_ARTIFACT_CORRUPT");
    assertStringIncludes(message, 'Cannot read artifact "x"', state);
    assertStringIncludes(message, "Delete it");
  }
  assertEquals(Object.hasOwn(Object.prototype, "x"), false);
});

Deno.test("whatever is written into an artifact, read() refuses it or gives plain data", async () => {
  const bytes = new Uint8Array(await encodeArtifact(artifact));
  const start = bytes.indexOf(10) + 1;
  const end = bytes.indexOf(10, start);
  const json = new TextDecoder().decode(bytes.subarray(start, end));
  const word = fc.constantFrom(
    ...["null", "-1", "1e9", "[]", "{}", '"__proto__"', '"constructor"', '"prototype"', '"length"'],
    ...['"Float64Array"', '"toString"', "0", "2"],
  );
  const tokens = json.match(/"[^"]*"|[-\d.]+|null|true|[[\]{}:,]/g)!;
  const before = Object.getOwnPropertyNames(Object.prototype);
  const change = fc.tuple(fc.nat({ max: tokens.length - 1 }), word);
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (all) => {
      const changed = [...tokens];
      for (const [at, text] of all) changed[at] = text;
      try {
        const value = await decode(await crafted(changed.join(""), bytes.slice(end + 1)));
        assertEquals(isJson(value), true);
      } catch (error) {
        assertEquals((error as EspalierError).code, "ERR_ARTIFACT_CORRUPT", String(error));
      }
      assertEquals(Object.getOwnPropertyNames(Object.prototype), before);
    }),
  );
});

Deno.test("keys never leave the folder of a store", () =>
  withFolder(async (path) => {
    const store = folderStore(`${path}/in`);
    await store.prepare!();
    const { signal } = new AbortController();
    for (const key of ["..", "../out", "/out", "a/b", "a\\b", "a\0", "", "k".repeat(300), "con"]) {
      await refusal(() => store.write(key, 1), "ERR_PATH_INVALID");
      await refusal(() => store.read(key), "ERR_PATH_INVALID");
      await refusal(() => store.has(key), "ERR_PATH_INVALID");
      await refusal(() => store.claim!(key, { signal }), "ERR_PATH_INVALID");
    }
    assertEquals([...Deno.readDirSync(path)].map(({ name }) => name), ["in"]);
    assertEquals([...Deno.readDirSync(`${path}/in`)], []);
  }));

Deno.test("a claim is had by one at a time; waiting for it is told, and ends by an abort", () =>
  withStores(async (store) => {
    const { signal } = new AbortController();
    const log: string[] = [];
    const claim = (name: string, ending = signal) =>
      store.claim!("k", { signal: ending, onWait: () => log.push(`${name} waits`) });
    const first = await claim("first");
    const stop = new AbortController();
    const stopped = claim("stopped", stop.signal);
    const second = claim("second").then((held) => {
      log.push("second has it");
      return held;
    });
    (await store.claim!("another", { signal }))[Symbol.dispose]();
    const reason = new Error("enough");
    setTimeout(() => stop.abort(reason), 20);
    assertEquals(await stopped.catch((error) => error), reason);
    log.push("first gives it back");
    first[Symbol.dispose]();
    (await second)[Symbol.dispose]();
    assertEquals(log.toSorted().slice(0, 2), ["first gives it back", "second has it"]);
    assertEquals(log.slice(-2), ["first gives it back", "second has it"]);
    assertEquals(log.length, 4);
  }));

Deno.test("a claim of another process holds until that ends, though it was killed", () =>
  withFolder(async (path) => {
    const store = folderStore(path);
    await using other = await holding(`${path}/k.artifact.lock`);
    const waits = Promise.withResolvers<void>();
    const { signal } = new AbortController();
    const claim = store.claim!("k", { signal, onWait: waits.resolve });
    await waits.promise;
    await other.kill();
    (await claim)[Symbol.dispose]();
    assertEquals([...Deno.readDirSync(path)], []);
  }));

Deno.test("folderStore() leaves no part files behind", () =>
  withFolder(async (path) => {
    const store = folderStore(path);
    await store.prepare!();
    await Promise.all([1, 2, 3].map(() => store.write("k", artifact)));
    await store.write("k", artifact, { replace: true });
    const names = [...Deno.readDirSync(path)].map(({ name }) => name);
    assertEquals(names, ["k.artifact"]);
  }));

Deno.test({
  name: "prepare() and write() name a folder that may not be written",
  permissions: { read: true, write: false },
  async fn() {
    const store = folderStore("artifacts");
    const message = await refusal(() => store.prepare!(), "ERR_PERMISSION");
    assertStringIncludes(message, '"artifacts"');
    assertStringIncludes(message, "--allow-write");
    await refusal(() => store.write("k", 1), "ERR_PERMISSION");
  },
});
