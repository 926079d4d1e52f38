import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Schedule } from "./schedule.ts";

const DEPTH = 3;

/** Runs of a tree: each chooses a branch at every level, and a key is the way to it. */
const trees = fc.array(fc.array(fc.nat({ max: 2 }), { minLength: DEPTH, maxLength: DEPTH }), {
  minLength: 1,
  maxLength: 12,
}).map((ways) =>
  ways.map((way) => way.map((_, i) => ({ name: `phase${i}`, key: way.slice(0, i + 1).join() })))
);

/** A worker at a run, and the phase that it makes next. */
interface Lane {
  readonly run: number;
  phase: number;
}

Deno.test("a schedule ends every run, makes every phase once and never two at a time", () => {
  fc.assert(fc.property(
    trees,
    fc.integer({ min: 1, max: 5 }),
    fc.infiniteStream(fc.nat()),
    fc.array(fc.boolean(), { maxLength: 40 }),
    (runs, workers, choices, deaths) => {
      const schedule = new Schedule(runs, []);
      const made: string[] = [];
      const ends = new Map<number, number>();
      const lanes: Lane[] = [];
      for (let dead = 0; schedule.open > 0;) {
        for (let run; lanes.length < workers && (run = schedule.next()) !== undefined;) {
          lanes.push({ run, phase: 0 });
        }
        assert(lanes.length > 0, "runs are open and none may begin");
        const atWork = lanes.map(({ run }) =>
          runs[run]!.find(({ key }) => !made.includes(key))?.key
        ).filter((key) => key !== undefined);
        assertEquals(new Set(atWork).size, atWork.length, "two make one phase");
        const lane = lanes[choices.next().value! % lanes.length]!;
        if (deaths[dead++]) {
          schedule.returned(lane.run);
          lanes.splice(lanes.indexOf(lane), 1);
          continue;
        }
        const { key } = runs[lane.run]![lane.phase]!;
        if (!made.includes(key)) made.push(key);
        schedule.made(key);
        if (++lane.phase < DEPTH) continue;
        ends.set(lane.run, (ends.get(lane.run) ?? 0) + 1);
        schedule.over(lane.run);
        lanes.splice(lanes.indexOf(lane), 1);
      }
      assertEquals([...ends.keys()].sort((a, b) => a - b), runs.map((_, i) => i));
      assert([...ends.values()].every((times) => times === 1));
      assertEquals(new Set(made), new Set(runs.flat().map(({ key }) => key)));
    },
  ));
});

Deno.test("a schedule begins with what most runs wait for", () => {
  const runs = ["a", "b", "b", "b"].map((key) => [{ name: "teacher", key }]);
  const schedule = new Schedule(runs, []);
  assertEquals([schedule.next(), schedule.next(), schedule.next()], [1, 0, undefined]);
  assertEquals(schedule.sharing(1), [1, 2, 3]);
  schedule.returned(1);
  assertEquals(schedule.next(), 1);
  schedule.made("b");
  assertEquals([schedule.next(), schedule.next()], [2, 3]);
});

Deno.test("runs whose phases have no keys wait for nobody", () => {
  const schedule = new Schedule([[{ name: "a" }], [{ name: "a" }]], []);
  assertEquals([schedule.next(), schedule.next(), schedule.next()], [0, 1, undefined]);
});
