import { assertEquals } from "@std/assert";
import { Assembler, registers } from "./assemble.ts";

const { rax, rbx, rcx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13 } = registers;

function assertBytes(build: (a: Assembler) => void, hex: string): void {
  const a = new Assembler();
  build(a);
  const bytes = [...a.finish()].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  assertEquals(bytes, hex);
}

Deno.test("load() and store() encode registers, masks and offsets as a disassembler reads them", () => {
  // vmovups zmm1{k1}{z},[rsi+0x40]: the offset counts vectors
  assertBytes(
    (a) => a.load(1, { base: rsi, offset: 64 }, { mask: 1, zeroing: true }),
    "62 f1 7c c9 10 4e 01",
  );
  // vmovups zmm17,zmm9
  assertBytes((a) => a.load(17, 9), "62 c1 7c 48 10 c9");
  // vmovups ymm30,[r12+0x41]: no whole vector, and r12 needs another byte
  assertBytes(
    (a) => a.load(30, { base: r12, offset: 65 }, { bytes: 32 }),
    "62 41 7c 28 10 b4 24 41 00 00 00",
  );
  // vmovups [r13+0x0]{k2},zmm31
  assertBytes((a) => a.store({ base: r13, offset: 0 }, 31, { mask: 2 }), "62 41 7c 4a 11 7d 00");
});

Deno.test("splat() has a short offset as long as it fits", () => {
  // vbroadcastss zmm5,[rbp+0x1fc] and [rbp+0x200]
  assertBytes((a) => a.splat(5, { base: rbp, offset: 508 }), "62 f2 7d 48 18 6d 7f");
  assertBytes((a) => a.splat(5, { base: rbp, offset: 512 }), "62 f2 7d 48 18 ad 00 02 00 00");
});

Deno.test("arithmetic encodes all registers as a disassembler reads them", () => {
  // vpxord zmm20,zmm20,zmm20
  assertBytes((a) => a.clear(20), "62 a1 5d 40 ef e4");
  // vaddps zmm20,zmm21,zmm22
  assertBytes((a) => a.add(20, [21, 22]), "62 a1 54 40 58 e6");
  // vaddps zmm1{k3},zmm2,[rcx-0x40]
  assertBytes(
    (a) => a.add(1, [2, { base: rcx, offset: -64 }], { mask: 3 }),
    "62 f1 6c 4b 58 49 ff",
  );
  // vfmadd231ps zmm28,zmm27,[rsi+0x34]{1to16}
  assertBytes(
    (a) => a.multiplyAdd(28, [27, { base: rsi, offset: 52 }], { broadcast: true }),
    "62 62 25 50 b8 66 0d",
  );
  // vfmadd231ps ymm3,ymm12,ymm29
  assertBytes((a) => a.multiplyAdd(3, [12, 29], { bytes: 32 }), "62 92 1d 28 b8 dd");
  // vmaxps zmm8,zmm31,zmm8
  assertBytes((a) => a.maximum(8, [31, 8]), "62 51 04 40 5f c0");
  assertBytes((a) => a.minimum(8, [31, 8]), "62 51 04 40 5d c0");
  // vcmplt_oqps k2{k1},zmm31,[r9+0x80]
  assertBytes(
    (a) => a.less(2, [31, { base: r9, offset: 128 }], { mask: 1 }),
    "62 d1 04 41 c2 51 02 11",
  );
});

Deno.test("doubles are encoded as a disassembler reads them", () => {
  // vcvtps2pd zmm9,ymm25
  assertBytes((a) => a.toDoubles(9, 25), "62 11 7c 48 5a c9");
  // vextractf64x4 ymm10,zmm25,0x1
  assertBytes((a) => a.upperHalf(10, 25), "62 43 fd 48 1b ca 01");
  // vaddpd zmm9,zmm9,[rdi+0x40]
  assertBytes((a) => a.addDoubles(9, { base: rdi, offset: 64 }), "62 71 b5 48 58 4f 01");
  // vmovupd [rdi+0x40],zmm9
  assertBytes((a) => a.storeDoubles({ base: rdi, offset: 64 }, 9), "62 71 fd 48 11 4f 01");
});

Deno.test("integers are encoded as a disassembler reads them", () => {
  // mov rax,[rdi+0x8]; mov r13,rdi; mov r11,0x100
  assertBytes((a) => a.move(rax, { base: rdi, offset: 8 }), "48 8b 47 08");
  assertBytes((a) => a.move(r13, rdi), "4c 8b ef");
  assertBytes((a) => a.set(r11, 256), "49 c7 c3 00 01 00 00");
  // cmp r10,r11; cmovb r11,r10; cmp r8,0xc
  assertBytes((a) => a.compareRegisters(r10, r11), "4d 3b d3");
  assertBytes((a) => a.moveIfBelow(r11, r10), "4d 0f 42 da");
  assertBytes((a) => a.compare(r8, 12), "49 81 f8 0c 00 00 00");
  // add rsi,0x3e8; nothing; sub r10,0x3; sub r10,r11
  assertBytes((a) => a.increase(rsi, 1000), "48 81 c6 e8 03 00 00");
  assertBytes((a) => a.increase(rsi, 0), "");
  assertBytes((a) => a.decrease(r10, 3), "49 81 ea 03 00 00 00");
  assertBytes((a) => a.subtract(r10, r11), "4d 2b d3");
  // push r12; push rbx; pop rbx; pop r12
  assertBytes((a) => [r12, rbx].forEach((register) => a.push(register)), "41 54 53");
  assertBytes((a) => [rbx, r12].forEach((register) => a.pop(register)), "5b 41 5c");
  // kmovw k1,eax; vzeroupper, ret
  assertBytes((a) => a.setMask(1, rax), "c5 f8 92 c8");
  assertBytes((a) => a.ret(), "c5 f8 77 c3");
});

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

Deno.test("jump() encodes its condition as a disassembler reads it", () => {
  // jb, jae, je, jne, ja
  const opcodes = {
    below: "82",
    notBelow: "83",
    equal: "84",
    notEqual: "85",
    above: "87",
  } as const;
  for (const [condition, opcode] of Object.entries(opcodes)) {
    assertBytes((a) => {
      const start = a.label();
      a.place(start);
      a.jump(condition as keyof typeof opcodes, start);
    }, `0f ${opcode} fa ff ff ff`);
  }
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

Deno.test("jump() goes back and forth by the bytes from its own end", () => {
  assertBytes((a) => {
    const [start, end] = [a.label(), a.label()];
    a.place(start);
    a.jump("equal", end);
    a.jump("notEqual", start);
    a.place(end);
    a.ret();
  }, "0f 84 06 00 00 00 0f 85 f4 ff ff ff c5 f8 77 c3");
});

Deno.test("finish() gives routines longer than the first buffer whole", () => {
  const a = new Assembler();
  for (let i = 0; i < 3000; i++) a.move(r13, rdi);
  const code = a.finish();
  assertEquals(code.length, 9000);
  assertEquals([...code.subarray(8997)], [0x4c, 0x8b, 0xef]);
});
