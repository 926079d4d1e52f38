import { assertEquals } from "@std/assert";
import { sha256 } from "./sha256.ts";

Deno.test("sha256() gives the published digest, of bytes and of text", async () => {
  // The first example of FIPS 180-2.
  const digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assertEquals(await sha256("abc"), digest);
  assertEquals(await sha256(Uint8Array.of(97, 98, 99)), digest);
});
