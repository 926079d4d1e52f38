import { assertEquals } from "@std/assert";
import configuration from "./deno.json" with { type: "json" };
import { VERSION } from "./version.ts";

Deno.test("VERSION is the package's", () => assertEquals(VERSION, configuration.version));
