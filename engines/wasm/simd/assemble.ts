/**
 * A WebAssembly assembler for the few instructions that the kernels need.
 *
 * Code is a list of bytes, and an instruction is a function of its operands' code. A kernel
 * therefore reads like a nested expression, and an ordinary loop unrolls it.
 *
 * @module
 */

/** Encoded instructions. */
export type Code = readonly number[];

/** A parameter or local of a routine, by index. */
export type Local = number;

/** Allocates the locals of a routine. */
export interface Frame {
  /** A new 32-bit integer. */
  readonly i32: () => Local;
  /** A new vector of four floats. */
  readonly v128: () => Local;
}

/** A function with 32-bit integer parameters and no result. */
export interface Routine {
  /** Name of the export. */
  readonly name: string;
  /** Names of the parameters, in order. */
  readonly parameters: readonly string[];
  /** Its instructions. */
  readonly body: (frame: Frame) => Code;
}

/** Define a routine whose body reads its parameters by name. */
export function routine<const P extends string>({ name, parameters, body }: {
  readonly name: string;
  readonly parameters: readonly P[];
  readonly body: (parameters: Readonly<Record<P, Local>>, frame: Frame) => Code;
}): Routine {
  const locals = Object.fromEntries(parameters.map((key, index) => [key, index]));
  return { name, parameters, body: (frame) => body(locals as Record<P, Local>, frame) };
}

function unsigned(value: number): Code {
  const bytes: number[] = [];
  for (let rest = value; bytes.length === 0 || rest !== 0; rest >>>= 7) {
    bytes.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
  }
  return bytes;
}

function signed(value: number): Code {
  const low = value & 0x7f;
  const rest = value >> 7;
  return rest === (low & 0x40 ? -1 : 0) ? [low] : [low | 0x80, ...signed(rest)];
}

/** Concatenate instructions. */
export function sequence(...parts: readonly (Code | readonly Code[])[]): Code {
  return parts.flat(2) as number[];
}

const apply = (operation: Code, ...operands: readonly Code[]): Code => [
  ...operands.flat(),
  ...operation,
];
const simd = (code: number): Code => [0xfd, ...unsigned(code)];
const aligned4 = (offset: number): Code => [2, ...unsigned(offset)];

/** Read a local. */
export const get = (local: Local): Code => [0x20, ...unsigned(local)];
/** Write a local. */
export const set = (local: Local, value: Code): Code => apply([0x21, ...unsigned(local)], value);
/** A 32-bit integer. */
export const constant = (value: number): Code => [0x41, ...signed(value)];
/** `a + b` of integers. */
export const add = (a: Code, b: Code): Code => apply([0x6a], a, b);
/** `a & b` of integers. */
export const and = (a: Code, b: Code): Code => apply([0x71], a, b);
/** `a >>> b` of integers. */
export const shiftRight = (a: Code, b: Code): Code => apply([0x76], a, b);
/** `a > b` of signed integers. */
export const greater = (a: Code, b: Code): Code => apply([0x4a], a, b);
/** The integer at an address. */
export const load = (address: Code, offset = 0): Code =>
  apply([0x28, ...aligned4(offset)], address);
/** Add to a local integer. */
export const advance = (local: Local, by: Code): Code => set(local, add(get(local), by));

/** Four zeros. */
export const zeros: Code = [...simd(0x0c), ...new Array<number>(16).fill(0)];
/** A float, four times. */
export const floats = (value: number): Code => [
  ...simd(0x0c),
  ...new Uint8Array(new Float32Array(4).fill(value).buffer),
];
/** The four floats at an address. */
export const loadVector = (address: Code, offset = 0): Code =>
  apply([...simd(0x00), ...aligned4(offset)], address);
/** The float at an address, four times. */
export const loadSplat = (address: Code, offset = 0): Code =>
  apply([...simd(0x09), ...aligned4(offset)], address);
/** `vector` with one lane read from an address. */
export const loadLane = (address: Code, vector: Code, lane: number, offset = 0): Code =>
  apply([...simd(0x56), ...aligned4(offset), lane], address, vector);
/** Write four floats. */
export const storeVector = (address: Code, value: Code, offset = 0): Code =>
  apply([...simd(0x0b), ...aligned4(offset)], address, value);
/** Write one lane. */
export const storeLane = (address: Code, value: Code, lane: number, offset = 0): Code =>
  apply([...simd(0x5a), ...aligned4(offset), lane], address, value);
/** `a & b` of all bits. */
export const andVector = (a: Code, b: Code): Code => apply(simd(0x4e), a, b);
/** All bits set where `a > b`. */
export const greaterVector = (a: Code, b: Code): Code => apply(simd(0x44), a, b);
/** `a + b`, float by float. */
export const addVector = (a: Code, b: Code): Code => apply(simd(0xe4), a, b);
/** `a - b`, float by float. */
export const subtractVector = (a: Code, b: Code): Code => apply(simd(0xe5), a, b);
/** `a * b`, float by float. */
export const multiplyVector = (a: Code, b: Code): Code => apply(simd(0xe6), a, b);
/** `a < b ? b : a`: NaN in `a` stays. */
export const maximumVector = (a: Code, b: Code): Code => apply(simd(0xeb), a, b);
/** `a * b + c`, rounded once or twice, depending on the processor (relaxed SIMD). */
export const multiplyAdd = (a: Code, b: Code, c: Code): Code => apply(simd(0x105), a, b, c);

/** Copy bytes. */
export const copyBytes = (to: Code, from: Code, count: Code): Code =>
  apply([0xfc, 10, 0, 0], to, from, count);

/** Run one branch or the other. */
export function branch(condition: Code, then: Code, otherwise: Code = []): Code {
  const tail = otherwise.length === 0 ? [] : [0x05, ...otherwise];
  return apply([0x04, 0x40, ...then, ...tail, 0x0b], condition);
}

/** Run `body` while the local counts down to zero; not at all where it is zero. */
export function times(counter: Local, body: Code): Code {
  const again = [...advance(counter, constant(-1)), ...get(counter), 0x0d, 0];
  return branch(get(counter), [0x03, 0x40, ...body, ...again, 0x0b]);
}

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const sized = (content: Code): Code => [...unsigned(content.length), ...content];
const section = (id: number, items: readonly Code[]): Code => [id, ...sized(vector(items))];
const text = (value: string): Code => sized([...new TextEncoder().encode(value)]);

function encodeBody({ parameters, body }: Routine): Code {
  const types: number[] = [];
  const local = (type: number) => () => parameters.length + types.push(type) - 1;
  const code = body({ i32: local(0x7f), v128: local(0x7b) });
  return sized([...vector(types.map((type) => [1, type])), ...code, 0x0b]);
}

/**
 * Encode a module that exports every routine and imports its memory as `env.memory`.
 *
 * The memory is declared to have at least one page. Where an engine checks bounds in code, as V8
 * does in Deno, a known minimum saves one of two comparisons per access.
 *
 * @param routines The routines of the module.
 * @param memory Whether the imported memory is shared between threads.
 * @returns The bytes of the module.
 */
export function assemble(
  routines: readonly Routine[],
  memory: { readonly shared: boolean },
): Uint8Array<ArrayBuffer> {
  const limits = memory.shared ? [3, 1, ...unsigned(65536)] : [0, 1];
  const type = ({ parameters }: Routine): Code => [
    0x60,
    ...vector(parameters.map(() => [0x7f])),
    0,
  ];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, routines.map(type)),
    ...section(2, [[...text("env"), ...text("memory"), 2, ...limits]]),
    ...section(3, routines.map((_, index) => unsigned(index))),
    ...section(7, routines.map(({ name }, index) => [...text(name), 0, ...unsigned(index)])),
    ...section(10, routines.map(encodeBody)),
  ]);
}
