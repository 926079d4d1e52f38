import { EspalierError } from "@espalier/core";
import { assertEquals, assertThrows } from "@std/assert";
import { Assembler, registers } from "./assemble.ts";
import { openExecutableMemory } from "./executable.ts";
import { testMachine } from "./testing.ts";

/** A routine that adds up 16 numbers and the 16 behind them, after some padding. */
function adder(padding = 0): Uint8Array {
  const a = new Assembler();
  for (let i = 0; i < padding; i++) a.move(registers.rax, registers.rdi);
  a.load(0, { base: registers.rdi, offset: 0 });
  a.add(0, [0, { base: registers.rdi, offset: 64 }]);
  a.store({ base: registers.rdi, offset: 0 }, 0);
  a.ret();
  return a.finish();
}

function assertAdds(routine: (parameters: bigint) => void): void {
  const numbers = Float32Array.from({ length: 32 }, (_, i) => i);
  routine(BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(numbers))));
  assertEquals(numbers[0], 16);
  assertEquals(numbers[15], 46);
  assertEquals(numbers[16], 16);
}

testMachine("load() keeps old routines while new ones are loaded", () => {
  using memory = openExecutableMemory();
  // 300 kB each, more than is mapped at once, and small ones between.
  const routines = [0, 100_000, 1, 100_000, 2].map((padding) => memory.load(adder(padding)));
  for (const routine of routines) assertAdds(routine);
});

testMachine("load() fails when the system gives no memory", () => {
  using memory = openExecutableMemory();
  const endless = { length: 2 ** 50 } as Uint8Array;
  const error = assertThrows(() => memory.load(endless), EspalierError, "Cannot map memory");
  assertEquals(error.code, "ERR_ENGINE_FAILED");
  assertAdds(memory.load(adder()));
});

testMachine("a routine refuses to run once its memory was disposed", () => {
  const memory = openExecutableMemory();
  const routine = memory.load(adder());
  memory[Symbol.dispose]();
  memory[Symbol.dispose]();
  assertThrows(() => routine(0n), EspalierError, "its memory was disposed");
  assertThrows(() => memory.load(adder()), EspalierError, "its memory was disposed");
});
