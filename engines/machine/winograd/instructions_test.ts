import { assertEquals } from "@std/assert";
import { Assembler, registers } from "../assemble.ts";

const { rcx, rdi, r10, r13 } = registers;

function assertBytes(build: (a: Assembler) => void, hex: string): void {
  const a = new Assembler();
  build(a);
  const bytes = [...a.finish()].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  assertEquals(bytes, hex);
}

Deno.test("minus() and multiply() encode their operands as a disassembler reads them", () => {
  // vsubps zmm20,zmm21,zmm22
  assertBytes((a) => a.minus(20, [21, 22]), "62 a1 54 40 5c e6");
  // vsubps ymm1,ymm2,[rcx-0x20]
  assertBytes(
    (a) => a.minus(1, [2, { base: rcx, offset: -32 }], { bytes: 32 }),
    "62 f1 6c 28 5c 49 ff",
  );
  // vmulps zmm8,zmm31,zmm8
  assertBytes((a) => a.multiply(8, [31, 8]), "62 51 04 40 59 c0");
});

Deno.test("spill() writes a register, low or high", () => {
  // mov [rdi+0x8],rcx; mov [r13+0x10],r10
  assertBytes((a) => a.spill({ base: rdi, offset: 8 }, rcx), "48 89 4f 08");
  assertBytes((a) => a.spill({ base: r13, offset: 16 }, r10), "4d 89 55 10");
});

Deno.test("jump() goes on if what was compared is above", () => {
  assertBytes((a) => {
    const start = a.label();
    a.place(start);
    a.jump("above", start);
  }, "0f 87 fa ff ff ff");
});

Deno.test("prefetch() and prefetchToWrite() take any register", () => {
  // rex.W prefetcht0 [rdi+0x40]; rex.WB prefetchw [r13+0x0]
  assertBytes((a) => a.prefetch({ base: rdi, offset: 64 }), "48 0f 18 4f 40");
  assertBytes((a) => a.prefetchToWrite({ base: r13, offset: 0 }), "49 0f 0d 4d 00");
});

Deno.test("load32() and store32() move 4 bytes", () => {
  // rex mov ecx,[rdi+0x8]; mov [r13+0x10],r10d
  assertBytes((a) => a.load32(rcx, { base: rdi, offset: 8 }), "40 8b 4f 08");
  assertBytes((a) => a.store32({ base: r13, offset: 16 }, r10), "45 89 55 10");
});
