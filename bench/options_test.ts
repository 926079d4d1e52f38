import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { EspalierError } from "@espalier/core";
import { HELP, parseOptions } from "./options.ts";

Deno.test("parseOptions() fills in what is left out", () => {
  assertEquals(parseOptions([]), {
    mode: "compare",
    json: false,
    installPeer: false,
    steps: 8,
    rounds: 3,
    depth: 20,
    batch: 128,
    network: "resnet20",
    size: 32,
    job: undefined,
    engine: undefined,
  });
});

Deno.test("parseOptions() reads every flag", () => {
  const args =
    "--flat --json --install-peer --steps 4 --rounds 5 --depth=32 --batch 64 --network vgg16 " +
    "--size 40 --job plain --engine wasm";
  assertEquals(parseOptions(args.split(" ")), {
    mode: "flat",
    json: true,
    installPeer: true,
    steps: 4,
    rounds: 5,
    depth: 32,
    batch: 64,
    network: "vgg16",
    size: 40,
    job: "plain",
    engine: "wasm",
  });
  const { network, size } = parseOptions(["--network", "mobilenet-v2"]);
  assertEquals([network, size], ["mobilenet-v2", 224]);
  assertEquals(parseOptions(["--grow"]).mode, "grow");
  assertEquals(parseOptions(["--help", "--flat"]).mode, "help");
});

Deno.test("parseOptions() refuses an unknown flag and names those that HELP lists", () => {
  const { code, message } = assertThrows(() => parseOptions(["--epochs", "3"]), EspalierError);
  assertEquals(code, "ERR_CONFIG_INVALID");
  assertStringIncludes(message, "'--epochs'");
  const flags = HELP.match(/--[a-z-]+/g)!;
  assertEquals(flags.length, 14);
  for (const flag of flags) assertStringIncludes(message, flag);
});

Deno.test("parseOptions() refuses values that make no sense", () => {
  const cases: [args: string, said: string][] = [
    ["--steps 0", "--steps takes a whole number from 1: 0"],
    ["--batch 1.5", "--batch takes a whole number from 1: 1.5"],
    ["--rounds many", "--rounds takes a whole number from 1: many"],
    ["--depth", "--depth"],
    ["--network lenet", "--network takes one of resnet20"],
    ["--job all", "--job takes plain or search-width or search-both: all"],
    ["--engine cpu", "--engine takes native or wasm: cpu"],
    ["--flat --grow", "one thing at a time"],
    ["--json=yes", "--json"],
    ["twenty", "twenty"],
  ];
  for (const [args, said] of cases) {
    const { code, message } = assertThrows(() => parseOptions(args.split(" ")), EspalierError);
    assertEquals(code, "ERR_CONFIG_INVALID");
    assertStringIncludes(message, said);
  }
});
