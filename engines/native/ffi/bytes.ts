/**
 * Byte buffers for calls of C functions.
 *
 * @module
 */
import type { Pointer } from "./symbols.ts";

/** Bytes in memory that the garbage collector does not move. */
export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const names = new Map<string, Bytes>();

/**
 * A null-terminated C string. It is cached for good, so use it for names only.
 *
 * @param text The text.
 * @returns Its bytes.
 */
export function cString(text: string): Bytes {
  let bytes = names.get(text);
  if (bytes === undefined) names.set(text, bytes = encoder.encode(`${text}\0`));
  return bytes;
}

/**
 * The bytes of a string value, at least one long: an empty buffer has no address.
 *
 * @param value Text or bytes.
 * @returns The bytes and their number.
 */
export function valueBytes(value: string | Uint8Array): { bytes: Bytes; length: bigint } {
  const source = typeof value === "string" ? encoder.encode(value) : value;
  // An explicit ArrayBuffer: V8 keeps short typed arrays on its heap, where they move.
  const bytes = new Uint8Array(new ArrayBuffer(Math.max(1, source.length)));
  bytes.set(source);
  return { bytes, length: BigInt(source.length) };
}

/**
 * Address of a buffer, for arrays of pointers; the caller keeps the buffer alive.
 *
 * @param bytes A view over an `ArrayBuffer` of its own.
 * @returns Its address.
 */
export function addressOf(bytes: ArrayBufferView<ArrayBuffer>): Pointer {
  return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes as BufferSource)));
}

/**
 * Text of a C string.
 *
 * @param pointer Its address, or null.
 * @returns The text, empty for null.
 */
export function readCString(pointer: Deno.PointerValue): string {
  return pointer === null ? "" : Deno.UnsafePointerView.getCString(pointer);
}
