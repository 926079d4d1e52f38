/** Outcomes of a run of tests. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What a run of `deno test` left. */
export interface TestRun {
  /** JUnit report; empty if Deno ended before a test ran. */
  readonly report: string;
  /** What it printed. */
  readonly output: string;
  /** Whether it ended with 0. */
  readonly success: boolean;
}

/**
 * Counts tests and steps by their outcome. A module that throws while it loads is missing in the
 * report, and one that cannot be found ends the run before the first test: each is one failure.
 *
 * @param run What `deno test` left.
 * @returns At least one failure unless it ended well.
 */
export function countsOf({ report, output, success }: TestRun): Counts {
  // texts are escaped, so a tag is a tag
  const count = (tag: RegExp) => report.match(tag)?.length ?? 0;
  const wrong = count(/<(failure|error)\b/g);
  const skipped = count(/<skipped\b/g);
  // deno-lint-ignore no-control-regex -- the colours of a terminal
  const plain = output.replace(/\x1b\[[\d;]*m/g, "");
  const names = plain.matchAll(/^(.+) \(uncaught error\)$/gm);
  const unloaded = new Set(Array.from(names, ([, name]) => name)).size;
  return {
    passed: count(/<testcase\b/g) - wrong - skipped,
    failed: Math.max(wrong + unloaded, success ? 0 : 1),
    skipped,
  };
}

/** `N passed, N failed`, and what was skipped if anything was. */
export function summaryOf({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
