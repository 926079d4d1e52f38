import { assertEquals, assertStringIncludes } from "@std/assert";
import { unsupported } from "./platform.ts";

const machine = { target: "x86_64-unknown-linux-gnu", instructions: ["sse4_2", "avx"] };

Deno.test("unsupported() takes x86_64 Linux with AVX", () => {
  assertEquals(unsupported(machine), undefined);
  assertEquals(unsupported({ ...machine, instructions: [] }), undefined);
});

Deno.test("unsupported() names another system, another processor and a missing instruction", () => {
  for (const target of ["aarch64-unknown-linux-gnu", "x86_64-pc-windows-msvc"]) {
    assertStringIncludes(unsupported({ ...machine, target })!, `found ${target}`);
  }
  assertStringIncludes(unsupported({ ...machine, instructions: ["sse4_2"] })!, "avx");
});
