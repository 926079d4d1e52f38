import { assertEquals, assertThrows } from "@std/assert";
import { EspalierError } from "../errors.ts";
import { checkContracts, meets } from "./contracts_version.ts";

Deno.test("meets() takes the same first number and at least the others", () => {
  const cases: [version: string, range: string, expected: boolean | undefined][] = [
    ["1.0.0", "^1", true],
    ["1.4.2", "^1", true],
    ["1.4.2", "^1.4", true],
    ["1.4.2", "^1.4.2", true],
    ["1.4.2", "^1.4.3", false],
    ["1.4.2", "^1.5", false],
    ["1.10.0", "^1.9.9", true],
    ["2.0.0", "^1", false],
    ["1.0.0", "^2", false],
    ["1.0.0", "1", undefined],
    ["1.0.0", "^", undefined],
    ["1.0.0", "^1.x", undefined],
  ];
  for (const [version, range, expected] of cases) {
    assertEquals(meets(version, range), expected, `${version} in ${range}`);
  }
});

Deno.test("checkContracts() names the plugin and both versions, or what a range looks like", () => {
  checkContracts({ name: "acme", contracts: undefined }, "1.0.0");
  checkContracts({ name: "acme", contracts: "^1" }, "1.0.0");
  const check = (contracts: string) => () => checkContracts({ name: "acme", contracts }, "1.2.0");
  const error = assertThrows(check("^2"), EspalierError, "made for version ^2 of the contracts");
  assertEquals([error.code, error.plugin], ["ERR_PLUGIN_CONTRACTS", "acme"]);
  assertThrows(check(">=1"), EspalierError, 'must be a range like "^1"');
});
