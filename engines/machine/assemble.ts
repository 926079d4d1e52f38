/**
 * An assembler of the few x86-64 instructions that the passes need: integers for addresses and
 * loops, AVX-512 for numbers.
 *
 * How to think about it: a routine is written by calling instructions in order, and unrolled by an
 * ordinary loop. A vector register holds 16 floats (64 bytes), or 8 in its lower half; masked-out lanes
 * are neither read nor written, so they cannot fault.
 *
 * @module
 */

/** A register of 64 bits, by its number in instructions. */
export type Integer = number;
/** A vector register, 0 to 31. */
export type Vector = number;
/** A mask register, 1 to 7; 0 means all lanes. */
export type Mask = number;

/** The integer registers. Those from `rbx` on are callee-saved. */
export const registers = {
  ...{ rax: 0, rcx: 1, rdx: 2, rsi: 6, rdi: 7, r8: 8, r9: 9, r10: 10, r11: 11 },
  ...{ rbx: 3, rbp: 5, r12: 12, r13: 13, r14: 14, r15: 15 },
} as const;

/** Bytes at an address. */
export interface Memory {
  /** Register that holds the address. */
  readonly base: Integer;
  /** Added to it, in bytes. */
  readonly offset: number;
}

/** How a vector instruction runs; in brackets, how disassemblers show it. */
export interface Form {
  /** Bytes of the vectors [zmm, or ymm for 32]. */
  readonly bytes?: 32 | 64;
  /** Lanes that count [{k1}]; the others keep what the target had. */
  readonly mask?: Mask;
  /** Lanes that do not count become 0 [{z}]. */
  readonly zeroing?: boolean;
  /** Memory holds one float, taken for each lane [{1to16}]. */
  readonly broadcast?: boolean;
}

/** A place in the code. */
export type Label = number;

/** When to jump, as it is encoded; numbers compare without sign. */
const conditions = { below: 2, notBelow: 3, equal: 4, notEqual: 5, above: 7 } as const;

/** Opcode of a vector instruction with its map, its mandatory prefix and its W bit. */
interface Operation {
  readonly map: 1 | 2 | 3;
  readonly prefix: 0 | 1;
  readonly wide: 0 | 1;
  readonly opcode: number;
}

const single = (opcode: number): Operation => ({ map: 1, prefix: 0, wide: 0, opcode });
const double = (opcode: number): Operation => ({ map: 1, prefix: 1, wide: 1, opcode });

const LOAD = single(0x10);
const STORE = single(0x11);
const ADD = single(0x58);
const MULTIPLY = single(0x59);
const SUBTRACT = single(0x5c);
const MINIMUM = single(0x5d);
const MAXIMUM = single(0x5f);
const COMPARE = single(0xc2);
const TO_DOUBLE = single(0x5a);
const ADD_DOUBLE = double(0x58);
const STORE_DOUBLE = double(0x11);
const XOR: Operation = { map: 1, prefix: 1, wide: 0, opcode: 0xef };
const SPLAT: Operation = { map: 2, prefix: 1, wide: 0, opcode: 0x18 };
const MULTIPLY_ADD: Operation = { map: 2, prefix: 1, wide: 0, opcode: 0xb8 };
const UPPER_HALF: Operation = { map: 3, prefix: 1, wide: 1, opcode: 0x1b };

/** Compares "less than", false for NaN, without a floating-point exception. */
const LESS = 0x11;
const FLOAT = 4;

interface Operands {
  readonly target: number;
  readonly first?: Vector;
  readonly second: Vector | Memory;
}

/** Appends instructions to a routine, named at each method as Intel's manual does. Targets come first. */
export class Assembler {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(4096);
  #length = 0;
  readonly #places: number[] = [];
  readonly #jumps: { readonly at: number; readonly to: Label }[] = [];

  /** The routine so far, its jumps filled in. */
  finish(): Uint8Array<ArrayBuffer> {
    const view = new DataView(this.#bytes.buffer);
    for (const { at, to } of this.#jumps) view.setInt32(at, this.#places[to]! - at - 4, true);
    return this.#bytes.slice(0, this.#length);
  }

  #emit(...bytes: readonly number[]): void {
    if (this.#length + 16 > this.#bytes.length) {
      const longer = new Uint8Array(2 * this.#bytes.length);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    for (const byte of bytes) this.#bytes[this.#length++] = byte;
  }

  #emit32(value: number): void {
    this.#emit(value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >> 24) & 0xff);
  }

  /** ModRM, SIB and displacement; AVX-512 counts an 8-bit displacement in units. */
  #operand(register: number, rm: Vector | Memory, unit: number): void {
    const middle = (register & 7) << 3;
    if (typeof rm === "number") return this.#emit(0xc0 | middle | (rm & 7));
    const { base, offset } = rm;
    const short = offset / unit;
    const isShort = Number.isInteger(short) && short >= -128 && short < 128;
    this.#emit((isShort ? 0x40 : 0x80) | middle | (base & 7));
    if ((base & 7) === 4) this.#emit(0x24);
    if (isShort) this.#emit(short & 0xff);
    else this.#emit32(offset);
  }

  #vector(operation: Operation, { target, first = 0, second }: Operands, form: Form = {}): void {
    const { bytes = 64, mask = 0, zeroing = false, broadcast = false } = form;
    const isRegister = typeof second === "number";
    const base = isRegister ? second : second.base;
    const extended = (target & 8 ? 0 : 0x80) | (isRegister && base & 16 ? 0 : 0x40) |
      (base & 8 ? 0 : 0x20) | (target & 16 ? 0 : 0x10) | operation.map;
    const middle = (operation.wide << 7) | ((~first & 15) << 3) | 4 | operation.prefix;
    const last = (zeroing ? 0x80 : 0) | (bytes === 64 ? 0x40 : 0x20) | (broadcast ? 0x10 : 0) |
      (first & 16 ? 0 : 8) | mask;
    this.#emit(0x62, extended, middle, last, operation.opcode);
    this.#operand(target, second, broadcast || operation === SPLAT ? FLOAT : bytes);
  }

  /** A new label; place it once. */
  label(): Label {
    return this.#places.push(-1) - 1;
  }

  /** Place a label here. */
  place(label: Label): void {
    this.#places[label] = this.#length;
  }

  /** `jb`, `jae`, `je`, `jne`, `ja`: go to a label if the condition holds. */
  jump(condition: keyof typeof conditions, label: Label): void {
    this.#emit(0x0f, 0x80 | conditions[condition]);
    this.#jumps.push({ at: this.#length, to: label });
    this.#emit32(0);
  }

  #integer(
    opcode: readonly number[],
    register: number,
    rm: Integer | Memory,
    size: 4 | 8 = 8,
  ): void {
    const base = typeof rm === "number" ? rm : rm.base;
    this.#emit((size === 8 ? 0x48 : 0x40) | (register & 8 ? 4 : 0) | (base & 8 ? 1 : 0), ...opcode);
    this.#operand(register, rm, 1);
  }

  #immediate(extension: number, register: Integer, value: number): void {
    this.#integer([0x81], extension, register);
    this.#emit32(value);
  }

  /** `mov`: target = a register, or 8 bytes of memory. */
  move(target: Integer, from: Integer | Memory): void {
    this.#integer([0x8b], target, from);
  }

  /** `mov`: write 8 bytes. */
  spill(to: Memory, register: Integer): void {
    this.#integer([0x89], register, to);
  }

  /** `mov`: target = 4 bytes of memory; its upper half becomes 0. */
  load32(target: Integer, from: Memory): void {
    this.#integer([0x8b], target, from, 4);
  }

  /** `mov`: write the lower 4 bytes. */
  store32(to: Memory, register: Integer): void {
    this.#integer([0x89], register, to, 4);
  }

  /** `mov`: target = a number of 31 bits. */
  set(target: Integer, value: number): void {
    this.#integer([0xc7], 0, target);
    this.#emit32(value);
  }

  /** `cmovb`: target = from, if what was compared is below. */
  moveIfBelow(target: Integer, from: Integer): void {
    this.#integer([0x0f, 0x42], target, from);
  }

  /** `add`: target += a number; nothing for 0. */
  increase(target: Integer, value: number): void {
    if (value !== 0) this.#immediate(0, target, value);
  }

  /** `sub`: target −= a number; sets what `jump` looks at. */
  decrease(target: Integer, value: number): void {
    this.#immediate(5, target, value);
  }

  /** `cmp`: compare a register with a number. */
  compare(register: Integer, to: number): void {
    this.#immediate(7, register, to);
  }

  /** `cmp`: compare two registers. */
  compareRegisters(a: Integer, b: Integer): void {
    this.#integer([0x3b], a, b);
  }

  /** `sub`: target −= a register; sets what `jump` looks at. */
  subtract(target: Integer, other: Integer): void {
    this.#integer([0x2b], target, other);
  }

  /** `push`: save a register on the stack. */
  push(register: Integer): void {
    this.#emit(...(register & 8 ? [0x41] : []), 0x50 | (register & 7));
  }

  /** `pop`: restore the register saved last. */
  pop(register: Integer): void {
    this.#emit(...(register & 8 ? [0x41] : []), 0x58 | (register & 7));
  }

  /** `kmovw`: mask = the low 16 bits of a register, one of the first eight. */
  setMask(mask: Mask, from: Integer): void {
    this.#emit(0xc5, 0xf8, 0x92, 0xc0 | (mask << 3) | from);
  }

  /** `prefetcht0`: bring a line of memory into the cache; never faults. */
  prefetch(from: Memory): void {
    this.#integer([0x0f, 0x18], 1, from);
  }

  /** `prefetchw`: the same for memory that will be written. */
  prefetchToWrite(to: Memory): void {
    this.#integer([0x0f, 0x0d], 1, to);
  }

  /** `vzeroupper`, as the caller may run SSE code; `ret`: return. */
  ret(): void {
    this.#emit(0xc5, 0xf8, 0x77, 0xc3);
  }

  /** `vmovups`: target = floats. */
  load(target: Vector, from: Vector | Memory, form?: Form): void {
    this.#vector(LOAD, { target, second: from }, form);
  }

  /** `vmovups`: write floats. */
  store(to: Memory, vector: Vector, form?: Form): void {
    this.#vector(STORE, { target: vector, second: to }, form);
  }

  /** `vbroadcastss`: target = one float, in each lane. */
  splat(target: Vector, from: Memory, form?: Form): void {
    this.#vector(SPLAT, { target, second: from }, form);
  }

  /** `vpxord` of a register with itself: target = 0. */
  clear(target: Vector): void {
    this.#vector(XOR, { target, first: target, second: target });
  }

  /** `vaddps`: target = a + b. */
  add(target: Vector, [first, second]: readonly [Vector, Vector | Memory], form?: Form): void {
    this.#vector(ADD, { target, first, second }, form);
  }

  /** `vsubps`: target = a − b. */
  minus(target: Vector, [first, second]: readonly [Vector, Vector | Memory], form?: Form): void {
    this.#vector(SUBTRACT, { target, first, second }, form);
  }

  /** `vmulps`: target = a · b. */
  multiply(target: Vector, [first, second]: readonly [Vector, Vector | Memory], form?: Form): void {
    this.#vector(MULTIPLY, { target, first, second }, form);
  }

  /** `vfmadd231ps`: target += a · b, rounded once. */
  multiplyAdd(
    target: Vector,
    [first, second]: readonly [Vector, Vector | Memory],
    form?: Form,
  ): void {
    this.#vector(MULTIPLY_ADD, { target, first, second }, form);
  }

  /** `vmaxps`: target = max(a, b), and b where one of them is NaN. */
  maximum(target: Vector, [first, second]: readonly [Vector, Vector], form?: Form): void {
    this.#vector(MAXIMUM, { target, first, second }, form);
  }

  /** `vminps`: target = min(a, b), and b where one of them is NaN. */
  minimum(target: Vector, [first, second]: readonly [Vector, Vector], form?: Form): void {
    this.#vector(MINIMUM, { target, first, second }, form);
  }

  /** `vcmplt_oqps`: mask = a < b; lanes outside the form's mask are false. */
  less(mask: Mask, [first, second]: readonly [Vector, Vector | Memory], form?: Form): void {
    this.#vector(COMPARE, { target: mask, first, second }, form);
    this.#emit(LESS);
  }

  /** `vcvtps2pd`: target = the lower 8 floats of a vector as doubles. */
  toDoubles(target: Vector, from: Vector): void {
    this.#vector(TO_DOUBLE, { target, second: from });
  }

  /** `vextractf64x4`: the lower 8 floats of target = the upper 8 of a vector. */
  upperHalf(target: Vector, from: Vector): void {
    this.#vector(UPPER_HALF, { target: from, second: target });
    this.#emit(1);
  }

  /** `vaddpd`: target += 8 doubles. */
  addDoubles(target: Vector, from: Memory): void {
    this.#vector(ADD_DOUBLE, { target, first: target, second: from });
  }

  /** `vmovupd`: write 8 doubles. */
  storeDoubles(to: Memory, vector: Vector): void {
    this.#vector(STORE_DOUBLE, { target: vector, second: to });
  }
}
