import { EspalierError, pipeline } from "@espalier/core";
import { createPruner } from "@espalier/pruning";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CONFIG } from "../pruning/testing.ts";
import { firstThere, freePort } from "../tests/machine_testing.ts";
import { s3Store } from "./mod.ts";

const KEYS = { accessKeyId: "id", secretAccessKey: "secret", bucket: "espalier" };

/** A service that holds objects in memory and heeds If-None-Match; it asks for a signature of our key. */
function inMemory() {
  const objects = new Map<string, Uint8Array>();
  async function answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const signed =
      /^AWS4-HMAC-SHA256 Credential=id\/\d+\/us-east-1\/s3\/aws4_request, .*Signature=/;
    if (!signed.test(request.headers.get("authorization") ?? "")) {
      return new Response("who is it?", { status: 403 });
    }
    const there = objects.get(pathname);
    if (request.method === "PUT") {
      const body = new Uint8Array(await request.arrayBuffer());
      if (request.headers.has("if-none-match") && objects.has(pathname)) {
        return new Response(null, { status: 412 });
      }
      objects.set(pathname, body);
      return new Response();
    }
    if (request.method === "DELETE") {
      objects.delete(pathname);
      return new Response(null, { status: 204 });
    }
    if (there === undefined) return new Response(null, { status: 404 });
    return new Response(request.method === "HEAD" ? null : there as BodyInit);
  }
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  return {
    endpoint: `http://127.0.0.1:${server.addr.port}`,
    objects,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Where gofakes3 is, which `go install github.com/johannesboyne/gofakes3/cmd/gofakes3@v1.2.0` makes. */
function findGofakes3(): Promise<string | undefined> {
  const { HOME = "", GOBIN = `${HOME}/go/bin` } = Deno.env.toObject();
  return firstThere([`${GOBIN}/gofakes3`, "/usr/local/bin/gofakes3"]);
}

async function gofakes3(path: string) {
  const host = `127.0.0.1:${freePort()}`;
  const child = new Deno.Command(path, {
    args: ["-backend", "memory", "-host", host, "-initialbucket", KEYS.bucket],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const endpoint = `http://${host}`;
  for (let tries = 0; tries < 100; tries++) {
    const there = await fetch(endpoint).then((r) => r.body?.cancel().then(() => true), () => false);
    if (there) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    endpoint,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

const path = await findGofakes3();
const suffix = path === undefined ? " (skipped: there is no gofakes3)" : "";
const SERVICES = {
  "a service in memory": { ignore: false, open: () => Promise.resolve(inMemory()) },
  [`gofakes3${suffix}`]: { ignore: path === undefined, open: () => gofakes3(path!) },
};

for (const [name, { ignore, open }] of Object.entries(SERVICES)) {
  Deno.test({
    name: `s3Store() keeps artifacts, and the first to write wins: ${name}`,
    ignore,
    async fn() {
      await using service = await open();
      const store = s3Store({ ...KEYS, endpoint: service.endpoint, prefix: "studies/a b/" });
      const value = { accuracy: 0.5, weights: new Float32Array([1, 2, 3]) };
      assertEquals([await store.has("k"), await store.read("k")], [false, undefined]);
      await store.write("k", value);
      assertEquals([await store.has("k"), await store.read("k")], [true, value]);
      await store.write("k", { other: 1 });
      assertEquals(await store.read("k"), value);
      await store.write("k", { other: 1 }, { replace: true });
      assertEquals(await store.read("k"), { other: 1 });
      await Promise.all(Array.from({ length: 8 }, (_, i) => store.write("race", { i })));
      const { i } = await store.read("race") as { i: number };
      for (let again = 0; again < 3; again++) assertEquals(await store.read("race"), { i });
      await store.remove("k");
      await store.remove("k");
      assertEquals(await store.has("k"), false);
    },
  });
}

Deno.test("a run stores in a bucket, and another one finds it there", async () => {
  await using service = inMemory();
  const store = s3Store({ ...KEYS, endpoint: service.endpoint });
  let worked = 0;
  const phase = {
    name: "work",
    version: "1",
    uses: [],
    run: () => Promise.resolve({ worked: ++worked }),
  };
  await using pruner = createPruner({ ...CONFIG, pipeline: pipeline().phase(phase) });
  for (const _ of [1, 2]) assertEquals((await pruner.run({ store }).result).worked, 1);
  const [key] = service.objects.keys();
  assert(key!.startsWith("/espalier/") && key!.endsWith(".artifact"));
  // What was altered is refused.
  service.objects.get(key!)![60]! ^= 1;
  const error = await assertRejects(() => pruner.run({ store }).result, EspalierError);
  assertEquals(error.code, "ERR_ARTIFACT_CORRUPT");
});

Deno.test("a wrong key and a service that is not there are named", async () => {
  await using service = inMemory();
  const { endpoint } = service;
  const stranger = s3Store({ ...KEYS, endpoint, accessKeyId: "nobody" });
  const refused = await assertRejects(() => stranger.has("k"), EspalierError, "403");
  assertEquals(refused.code, "ERR_PERMISSION");
  const nowhere = s3Store({ ...KEYS, endpoint: "http://127.0.0.1:1" });
  const lost = await assertRejects(() => nowhere.read("k"), EspalierError, "GET");
  assertEquals(lost.code, "ERR_FILE_FAILED");
  assertThrows(() => s3Store({ ...KEYS, endpoint: "no" }), EspalierError, "endpoint");
  assertThrows(
    () => s3Store({ ...KEYS, endpoint, buket: "b" } as never),
    EspalierError,
    'did you mean "bucket"?',
  );
});
