import { assertEquals } from "@std/assert";
import { findingsIn } from "./check_docs.ts";

const REPORT = `Check mod.ts
error[private-type-ref]: public type 'a' references private type 'Observable'
 --> a.ts:1:1

error[private-type-ref]: public type 'b' references private type 'Hidden'
 --> b.ts:1:1

error[missing-jsdoc]: exported symbol is missing JSDoc documentation
 --> c.ts:1:1

error: Found 3 documentation lint errors.
`;

Deno.test("findingsIn() leaves out types of other packages only", () => {
  const findings = findingsIn(REPORT, new Set(["Observable"]));
  assertEquals(findings.map((finding) => finding.split("\n")[1]), [
    " --> b.ts:1:1",
    " --> c.ts:1:1",
  ]);
  assertEquals(findings[1]!.endsWith("c.ts:1:1"), true);
});
