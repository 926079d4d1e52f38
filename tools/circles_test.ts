import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { circlesOf } from "./circles.ts";

const graph = (arrows: Record<string, readonly string[]>) => new Map(Object.entries(arrows));

Deno.test("circlesOf() finds none where arrows go down", () => {
  assertEquals(circlesOf(graph({ a: ["b", "c"], b: ["c"], c: [] })), []);
});

Deno.test("circlesOf() finds each circle once, whoever leads into it", () => {
  const arrows = { a: ["b"], b: ["c"], c: ["d"], d: ["b", "e"], e: ["f"], f: ["e"], g: ["g"] };
  assertEquals(circlesOf(graph(arrows)).sort(), [["b", "c", "d"], ["e", "f"], ["g"]]);
});

Deno.test("circlesOf() groups exactly the files that reach each other", () => {
  const arrow = fc.tuple(fc.nat(6), fc.nat(6));
  fc.assert(fc.property(fc.array(arrow, { maxLength: 14 }), (arrows) => {
    const targets = (i: number) => arrows.filter(([from]) => from === i).map(([, to]) => `${to}`);
    const imports = new Map(Array.from({ length: 7 }, (_, i) => [`${i}`, targets(i)]));
    const reach = (from: string): Set<string> => {
      const found = new Set<string>(), queue = [...imports.get(from)!];
      for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
        if (!found.has(at)) queue.push(...imports.get(at)!);
        found.add(at);
      }
      return found;
    };
    const all = [...imports.keys()];
    const expected = new Set(
      all.filter((a) => reach(a).has(a))
        .map((a) => all.filter((b) => reach(a).has(b) && reach(b).has(a)).join()),
    );
    assertEquals(new Set(circlesOf(imports).map((circle) => circle.join())), expected);
  }));
});
