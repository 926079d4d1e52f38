import { assertEquals } from "@std/assert";
import { countsOf, summaryOf } from "./counts.ts";

const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="5" failures="2" errors="0" time="0.013">
    <testsuite name="./a_test.ts" tests="4" disabled="1" errors="0" failures="2">
        <testcase name="ok &lt;skipped/&gt;" classname="./a_test.ts" time="0.001" line="1" col="6">
        </testcase>
        <testcase name="fails" classname="./a_test.ts" time="0.001" line="2" col="6">
            <failure message="1 test step failed">1 test step failed.</failure>
        </testcase>
        <testcase name="ignored" classname="./a_test.ts" time="0.000" line="3" col="11">
            <skipped/>
        </testcase>
        <testcase name="fails &gt; step" classname="./a_test.ts" time="0.000" line="2" col="55">
            <failure message="failures=&quot;9&quot;">Error: &lt;failure&gt;</failure>
        </testcase>
    </testsuite>
    <testsuite name="./b_test.ts" tests="1" disabled="1" errors="0" failures="0">
        <testcase name="ignored" classname="./b_test.ts" time="0.000" line="1" col="11">
            <skipped/>
        </testcase>
    </testsuite>
</testsuites>`;

Deno.test("countsOf() counts tests, steps and skipped tests over all files", () => {
  const counts = countsOf({ report: REPORT, output: "", success: false });
  assertEquals(counts, { passed: 1, failed: 2, skipped: 2 });
});

Deno.test("countsOf() counts a module that throws while it loads", () => {
  const name = "./c_test.ts (uncaught error)\n";
  const output = `${name}\x1b[31merror\x1b[0m: Error\n FAILURES \n\n${name}`;
  const counts = countsOf({ report: REPORT, output, success: false });
  assertEquals(counts, { passed: 1, failed: 3, skipped: 2 });
});

Deno.test("countsOf() fails a run that ended before its first test", () => {
  const counts = countsOf({ report: "", output: "Module not found", success: false });
  assertEquals(counts, { passed: 0, failed: 1, skipped: 0 });
});

Deno.test("summaryOf() names skipped tests where there are some", () => {
  assertEquals(summaryOf({ passed: 3, failed: 0, skipped: 0 }), "3 passed, 0 failed");
  assertEquals(summaryOf({ passed: 3, failed: 1, skipped: 2 }), "3 passed, 1 failed, 2 skipped");
});
