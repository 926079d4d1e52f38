import { InvalidArgumentError } from "@commander-js/extra-typings";
import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { collect, limit, target, wholeFrom, wordsOf } from "./values.ts";

Deno.test("target() takes shares, percentages and costs", () => {
  const texts = ["50%", "12.5 %", "0.5", "1", "120000", "1.2e6", " 30% "];
  assertEquals(texts.map(target), [0.5, 0.125, 0.5, 1, 120_000, 1_200_000, 0.3]);
  for (
    const text of [
      "",
      "%",
      "-1",
      "0",
      "0%",
      "half",
      "50%%",
      "1.2.3",
      "NaN",
      "Infinity",
      "5 0",
      "101%",
    ]
  ) {
    assertThrows(() => target(text), InvalidArgumentError);
  }
});

Deno.test("target() takes any positive number; a percentage is a share, 100 at most", () => {
  const positive = fc.integer({ min: 1, max: 200_000 }).map((n) => n / 1000);
  fc.assert(fc.property(positive, (value) => {
    assertEquals(target(String(value)), value);
    // Above 1 it would be taken for a cost.
    if (value > 100) assertThrows(() => target(`${value}%`), InvalidArgumentError);
    else assertAlmostEquals(target(`${value}%`), value / 100, 1e-12 * value);
  }));
});

Deno.test("limit() collects the most of costs, by their names", () => {
  assertEquals(limit("params=60%"), { params: "60%" });
  assertEquals(limit(" peakMemory = 2 MB ", { params: "0.6" }), {
    params: "0.6",
    peakMemory: "2 MB",
  });
  for (const text of ["", "params", "=60%", "params=", "params 60%"]) {
    assertThrows(() => limit(text), InvalidArgumentError, "params=60%");
  }
});

Deno.test("wholeFrom() takes whole numbers from the least on", () => {
  assertEquals(["1", "08", "40"].map(wholeFrom(1)), [1, 8, 40]);
  for (const text of ["0", "-1", "1.5", "1e3", "", "x", "99999999999999999999"]) {
    assertThrows(() => wholeFrom(1)(text), InvalidArgumentError);
  }
});

Deno.test("wordsOf() takes known words between commas, collect() one after the other", () => {
  const words = wordsOf(["onnx", "keras"]);
  assertEquals([words("onnx"), words("keras,onnx")], [["onnx"], ["keras", "onnx"]]);
  for (const text of ["", "png", "onnx,", "onnx, keras"]) {
    assertThrows(() => words(text), InvalidArgumentError);
  }
  assertEquals(collect("b", collect("a")), ["a", "b"]);
});
