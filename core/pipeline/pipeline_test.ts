import { assert, assertEquals, assertThrows } from "@std/assert";
import { EspalierError } from "../errors.ts";
import { pipeline } from "./pipeline.ts";

const phase = <Adds extends object>(name: string, adds: Adds) => ({
  name,
  uses: [],
  run: () => Promise.resolve(adds),
});

Deno.test("pipeline() keeps phases in order and leaves earlier pipelines as they were", () => {
  const one = pipeline().phase(phase("a", { a: 1 }));
  const two = one.phase(phase("b", { b: 2 }));
  assertEquals(one.phases.map(({ name }) => name), ["a"]);
  assertEquals(two.phases.map(({ name }) => name), ["a", "b"]);
  assert(Object.isFrozen(two.phases));
});

Deno.test("phase() refuses a name that is taken", () => {
  const one = pipeline().phase(phase("a", {}));
  const error = assertThrows(
    () => one.phase(phase("a", {})),
    EspalierError,
    'unique in the pipeline: "a"',
  );
  assertEquals(error.code, "ERR_CONFIG_INVALID");
});
