import { assertEquals } from "@std/assert";
import { measureInTurn, median, type Sample, type Subject } from "./measure.ts";

Deno.test("median() is the middle number, or the mean of the middle two", () => {
  assertEquals(median([7]), 7);
  assertEquals(median([9, 1, 100]), 9);
  assertEquals(median([10, 2, 9, 1]), 5.5);
});

/** A subject whose samples are given, first that of the warm-up. */
function recorded(
  name: string,
  { samples, log }: { readonly samples: readonly Sample[]; readonly log: string[] },
): Subject {
  const left = [...samples];
  return {
    name,
    measure(steps) {
      log.push(`${name}${steps}`);
      return Promise.resolve(left.shift()!);
    },
  };
}

Deno.test("measureInTurn() alternates, drops the warm-up, and takes medians and the peak", async () => {
  const log: string[] = [];
  const turns: string[] = [];
  const a = [{ ms: [900], peakMiB: 80 }, { ms: [5, 1], peakMiB: 90 }, { ms: [3, 90], peakMiB: 85 }];
  const b = [{ ms: [900] }, { ms: [2, 2] }, { ms: [4, 4] }];
  const subjects = [recorded("a", { samples: a, log }), recorded("b", { samples: b, log })];
  const measured = await measureInTurn(subjects, {
    rounds: 2,
    steps: 2,
    onTurn: ({ round, name }) => turns.push(`${name}${round}`),
  });
  assertEquals(log, ["a1", "b1", "a2", "b2", "a2", "b2"]);
  assertEquals(turns, ["a0", "b0", "a1", "b1", "a2", "b2"]);
  assertEquals(measured, [{ ms: 4, peakMiB: 90 }, { ms: 3, peakMiB: 0 }]);
});
