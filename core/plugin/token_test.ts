import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { createManyToken, createToken } from "./token.ts";

Deno.test("createToken() gives equal keys for equal names", () => {
  assertEquals(createToken("@acme/a").key, createToken("@acme/a").key);
  assertNotEquals(createToken("@acme/a").key, createToken("@acme/b").key);
});

Deno.test("createToken() and createManyToken() give frozen tokens that know how many they take", () => {
  const [one, many] = [createToken("@acme/a"), createManyToken("@acme/m")];
  assertEquals([one.name, one.many, many.name, many.many], ["@acme/a", false, "@acme/m", true]);
  assert(Object.isFrozen(one) && Object.isFrozen(many));
});
