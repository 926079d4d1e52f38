import { EspalierError } from "@espalier/core";
import { assertEquals, assertThrows } from "@std/assert";
import { testMachine } from "../testing.ts";
import { openWinogradPasses } from "./open.ts";
import { guardedImages } from "./testing.ts";

testMachine("openWinogradPasses() gives passes that do not depend on each other", () => {
  const pixels = [1, 1, 1] as const;
  using x = guardedImages(Float32Array.of(2), { pixels, channels: 1 });
  using dy = guardedImages(Float32Array.of(3), { pixels, channels: 1 });
  using first = openWinogradPasses();
  const second = openWinogradPasses();
  assertEquals([...second.kernelGradient(x, { dy })], [0, 0, 0, 0, 6, 0, 0, 0, 0]);
  second[Symbol.dispose]();
  assertThrows(() => second.kernelGradient(x, { dy }), EspalierError, "was disposed");
  assertEquals([...first.kernelGradient(x, { dy })], [0, 0, 0, 0, 6, 0, 0, 0, 0]);
});
