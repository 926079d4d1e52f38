import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { EspalierError } from "../errors.ts";
import { Scope } from "./scope.ts";
import { createManyToken, createToken } from "./token.ts";

interface Clock {
  readonly id: number;
}
const A = createToken<Clock>("@espalier/test/A");
const B = createToken<{ readonly a: Clock }>("@espalier/test/B");
const Many = createManyToken<string>("@espalier/test/Many");
const plugin = "p";

function counting(scope: Scope): Scope {
  let id = 0;
  scope.provide(A, () => ({ id: id++ }), { plugin });
  scope.provide(B, (resolver) => ({ a: resolver.get(A) }), { plugin });
  return scope;
}

function code(fn: () => unknown): string {
  return assertThrows(fn, EspalierError).code;
}

Deno.test("get() builds a service once, in every scope anew", () => {
  const [first, second] = [counting(Scope.root()), counting(Scope.root())];
  assertStrictEquals(first.get(A), first.get(A));
  assertStrictEquals(first.get(B).a, first.get(A));
  assert(first.get(A) !== second.get(A));
});

Deno.test("get() keeps a service that is null", () => {
  let calls = 0;
  const Nothing = createToken<null>("@espalier/test/Nothing");
  const scope = Scope.root();
  scope.provide(Nothing, () => (calls++, null), { plugin });
  scope.get(Nothing);
  assertEquals([scope.get(Nothing), calls], [null, 1]);
});

Deno.test("get() names the plugin whose factory returns nothing", () => {
  const scope = Scope.root();
  scope.provide(A, (() => {}) as never, { plugin: "empty" });
  const error = assertThrows(() => scope.get(A), EspalierError, 'by plugin "empty"');
  assertEquals([error.code, error.plugin], ["ERR_PLUGIN_UNDECLARED", "empty"]);
  assertStringIncludes(error.message, "@espalier/test/A");
});

Deno.test("pluginsOf() names plugins in the order of their services", () => {
  const scope = Scope.root();
  scope.provide(Many, () => "a", { plugin: "one" });
  scope.provide(Many, () => "b", { plugin: "two" });
  assertEquals(scope.pluginsOf(Many), ["one", "two"]);
  assertEquals(scope.pluginsOf(A), []);
});

Deno.test("get() names a token that nobody provides", () => {
  const error = assertThrows(() => Scope.root().get(A), EspalierError, '"@espalier/test/A"');
  assertEquals(error.code, "ERR_SERVICE_MISSING");
});

Deno.test("get() refuses a token of several services", () => {
  const scope = Scope.root();
  scope.provide(Many, () => "a", { plugin });
  assertThrows(() => scope.get(Many), EspalierError, "getAll");
});

Deno.test("get() reports a cycle by its path and works again afterwards", () => {
  const scope = Scope.root();
  let cyclic = true;
  scope.provide(A, (r) => cyclic ? { id: r.get(B).a.id } : { id: 7 }, { plugin: "first" });
  scope.provide(B, (r) => ({ a: r.get(A) }), { plugin: "second" });
  const error = assertThrows(
    () => scope.get(A),
    EspalierError,
    '"@espalier/test/A" -> "@espalier/test/B" -> "@espalier/test/A"',
  );
  assertEquals(error.code, "ERR_SERVICE_CYCLE");
  cyclic = false;
  assertEquals(scope.get(B).a.id, 7);
});

Deno.test("provide() refuses a second provider of a single token and names both plugins", () => {
  const scope = Scope.root();
  scope.provide(A, () => ({ id: 1 }), { plugin: "one" });
  const again = () => scope.provide(A, () => ({ id: 2 }), { plugin: "two" });
  const error = assertThrows(again, EspalierError, 'plugins "one" and "two"');
  assertEquals([error.code, error.plugin], ["ERR_SERVICE_DUPLICATE", "two"]);
});

Deno.test("provide() refuses one name for a single and a many token", () => {
  const scope = Scope.root();
  scope.provide(createToken<number>("@espalier/test/mixed"), () => 1, { plugin });
  const many = createManyToken<number>("@espalier/test/mixed");
  assertEquals(code(() => scope.provide(many, () => 2, { plugin })), "ERR_SERVICE_DUPLICATE");
});

Deno.test("getAll() gives services in the order of registration, and none without a provider", () => {
  const scope = Scope.root();
  assertEquals(scope.getAll(Many), []);
  scope.provide(Many, () => "a", { plugin });
  scope.provide(Many, () => "b", { plugin });
  assertEquals(scope.getAll(Many), ["a", "b"]);
});

Deno.test("has() sees what is provided, in its own scope only", () => {
  const [one, other] = [Scope.root(), Scope.root()];
  one.provide(Many, () => "a", { plugin });
  assertEquals([one.has(Many), one.has(A), other.has(Many)], [true, false, false]);
});

Deno.test("a disposed scope disposed what factories made, the newest first, once", async () => {
  const log: string[] = [];
  const make = (name: string) => ({
    id: 0,
    a: { id: 0 },
    [Symbol.dispose]: () => void log.push(name),
  });
  const scope = Scope.root();
  const Alias = createToken<Clock>("@espalier/test/Alias");
  scope.provide(A, () => make("A"), { plugin });
  scope.provide(B, (r) => (r.get(A), make("B")), { plugin });
  scope.provide(Alias, (r) => r.get(A), { plugin });
  const Unused = createToken<Clock>("@espalier/test/Unused");
  scope.provide(Unused, () => make("unused"), { plugin });
  scope.get(B);
  scope.get(Alias);
  await scope[Symbol.asyncDispose]();
  await scope[Symbol.asyncDispose]();
  assertEquals(log, ["B", "A"]);
  assertEquals(code(() => scope.get(A)), "ERR_SERVICE_MISSING");
});

Deno.test("disposal goes on past a service that fails and names its plugin", async () => {
  const log: string[] = [];
  const scope = Scope.root();
  const Failing = createToken<AsyncDisposable>("@espalier/test/Failing");
  scope.provide(A, () => ({ id: 0, [Symbol.dispose]: () => void log.push("A") }), { plugin });
  scope.provide(Failing, (r) => {
    r.get(A);
    return { [Symbol.asyncDispose]: () => Promise.reject(new Error("stuck")) };
  }, { plugin: "failing" });
  scope.get(Failing);
  const error = await assertRejects(() => scope[Symbol.asyncDispose](), EspalierError, "stuck");
  assertEquals([error.plugin, log], ["failing", ["A"]]);
});

Deno.test("a scope knows whose asynchronous method is under way", async () => {
  await using scope = Scope.root();
  const [slow, fast] = ["slow", "fast"].map((name) => {
    const token = createToken<{ work(promise: Promise<void>): Promise<void> }>(`@acme/${name}`);
    scope.provide(token, () => ({ work: (promise) => promise }), { plugin: name });
    return scope.get(token);
  });
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  assertEquals(scope.busy, undefined);
  const works = [slow!.work(first.promise), fast!.work(second.promise)];
  assertEquals(scope.busy, "fast");
  second.reject(new Error("no"));
  await works[1]!.catch(() => {});
  assertEquals(scope.busy, "slow");
  first.resolve();
  await works[0];
  assertEquals(scope.busy, undefined);
});
