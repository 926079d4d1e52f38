/**
 * A field of a message: its number and its value. A number is an integer from 0 to 2^53 − 1; a
 * `Float32Array` holds one float; bytes are an array of bytes or an embedded message.
 */
export type Field = readonly [number: number, value: number | string | Uint8Array | Float32Array];

/** Kinds of values on the wire. */
const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

/** Seven bits a byte, the lowest first; the eighth says that more follow. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return Uint8Array.of(...bytes, value);
}

function encode([number, value]: Field): readonly Uint8Array[] {
  const tag = (kind: number) => varint(number * 8 + kind);
  if (typeof value === "number") return [tag(VARINT), varint(value)];
  if (value instanceof Float32Array) return [tag(FIXED32), bytesOf(value)];
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return [tag(BYTES), varint(bytes.length), bytes];
}

/** The bytes of an array, which are little-endian wherever JavaScript runs today. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * A protobuf message.
 *
 * Source: https://protobuf.dev/programming-guides/encoding
 *
 * @param fields In any order; a repeated field stands once for each value.
 * @returns Its bytes.
 */
export function message(fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const parts = fields.flatMap(encode);
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
