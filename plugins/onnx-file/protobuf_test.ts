import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Field, message } from "./protobuf.ts";
import { fieldsOf } from "./testing.ts";

const hex = (bytes: Uint8Array) => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join(" ");

Deno.test("message() writes the examples of the encoding's description", () => {
  assertEquals(hex(message([[1, 150]])), "08 96 01");
  assertEquals(hex(message([[2, "testing"]])), "12 07 74 65 73 74 69 6e 67");
  assertEquals(hex(message([[3, message([[1, 150]])]])), "1a 03 08 96 01");
});

Deno.test("message() writes floats in four bytes, and field numbers above 15 in two", () => {
  assertEquals(hex(message([[2, Float32Array.of(1)]])), "15 00 00 80 3f");
  assertEquals(hex(message([[20, 7]])), "a0 01 07");
});

Deno.test("message() writes what can be read back", () => {
  const field: fc.Arbitrary<Field> = fc.tuple(
    fc.integer({ min: 1, max: 2 ** 20 }),
    fc.oneof(
      fc.maxSafeNat(),
      fc.uint8Array(),
      fc.string({ unit: "binary" }),
      fc.float({ noNaN: true }).map((value) => Float32Array.of(value)),
    ),
  );
  const read = ([number, value]: Field) => [
    number,
    typeof value === "string"
      ? new TextEncoder().encode(value)
      : value instanceof Float32Array
      ? value[0]!
      : value,
  ];
  fc.assert(fc.property(fc.array(field), (fields) => {
    assertEquals(fieldsOf(message(fields)) as unknown, fields.map(read));
  }));
});
