import { assert, assertEquals, assertThrows } from "@std/assert";
import * as wasm from "./assemble.ts";

const { get, constant } = wasm;

function instantiate(routines: wasm.Routine[]): {
  memory: WebAssembly.Memory;
  call: Record<string, (...parameters: number[]) => void>;
} {
  const memory = new WebAssembly.Memory({ initial: 4 });
  const module = new WebAssembly.Module(wasm.assemble(routines, { shared: false }));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { memory, call: exports as Record<string, (...parameters: number[]) => void> };
}

Deno.test("constant() encodes integers of any length", () => {
  for (const value of [0, 1, 63, 64, 127, 128, 8191, 8192, 65535, 131071, 200000]) {
    const copy = wasm.routine({
      name: "copy",
      parameters: [],
      body: () => wasm.copyBytes(constant(262143), constant(value), constant(1)),
    });
    const { memory, call } = instantiate([copy]);
    new Uint8Array(memory.buffer)[value] = 7;
    call["copy"]!();
    assertEquals(new Uint8Array(memory.buffer)[262143], 7, `${value}`);
  }
  const below = wasm.add(constant(-8193), wasm.add(constant(-64), constant(8193 + 64 + 5)));
  const copy = wasm.routine({
    name: "copy",
    parameters: [],
    body: () => wasm.copyBytes(constant(100), below, constant(1)),
  });
  const { memory, call } = instantiate([copy]);
  new Uint8Array(memory.buffer)[5] = 9;
  call["copy"]!();
  assertEquals(new Uint8Array(memory.buffer)[100], 9);
});

Deno.test("times() runs its body as often as the counter says, and not for zero", () => {
  const sum = wasm.routine({
    name: "sum",
    parameters: ["count", "pointer"],
    body: (p) =>
      wasm.times(
        p.count,
        wasm.storeVector(
          get(p.pointer),
          wasm.addVector(wasm.loadVector(get(p.pointer)), wasm.loadVector(get(p.pointer), 16)),
        ),
      ),
  });
  const { memory, call } = instantiate([sum]);
  const floats = new Float32Array(memory.buffer, 0, 8);
  floats.set([0, 0, 0, 0, 1, 2, 3, 4]);
  call["sum"]!(0, 0);
  assertEquals([...floats.subarray(0, 4)], [0, 0, 0, 0]);
  call["sum"]!(3, 0);
  assertEquals([...floats.subarray(0, 4)], [3, 6, 9, 12]);
});

Deno.test("maximumVector() keeps NaN of its first operand", () => {
  const relu = wasm.routine({
    name: "relu",
    parameters: [],
    body: () =>
      wasm.storeVector(constant(0), wasm.maximumVector(wasm.loadVector(constant(0)), wasm.zeros)),
  });
  const { memory, call } = instantiate([relu]);
  const floats = new Float32Array(memory.buffer, 0, 4);
  floats.set([NaN, -1, 2, -Infinity]);
  call["relu"]!();
  assertEquals([...floats], [NaN, 0, 2, 0]);
});

Deno.test("assemble() imports a shared memory where it is one", () => {
  const nothing = wasm.routine({ name: "nothing", parameters: [], body: () => [] });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
  const compile = (shared: boolean) =>
    new WebAssembly.Instance(new WebAssembly.Module(wasm.assemble([nothing], { shared })), {
      env: { memory },
    });
  assert(compile(true).exports["nothing"]);
  assertThrows(() => compile(false), WebAssembly.LinkError);
});
