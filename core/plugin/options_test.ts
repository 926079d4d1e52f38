import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import * as z from "zod";
import { EspalierError } from "../errors.ts";
import { anyFunction, checkOptions, instance, parseOptions, withMethods } from "./options.ts";

const schema = z.strictObject({
  tau: z.number().positive().default(5),
  samples: z.int().min(1).max(8).optional(),
  mode: z.enum(["mix", "sample"]).default("mix"),
  rate: z.strictObject({ peak: z.number(), decay: z.enum(["cosine", "step"]) }).optional(),
  shares: z.array(z.number().min(0)).optional(),
});
const about = { subject: 'plugin "x"', code: "ERR_PLUGIN_OPTIONS", plugin: "x" } as const;

function refusal(input: unknown): string {
  const parse = () => parseOptions(schema, input as z.input<typeof schema>, about);
  const error = assertThrows(parse, EspalierError);
  assertEquals([error.code, error.plugin], ["ERR_PLUGIN_OPTIONS", "x"]);
  return error.message;
}

Deno.test("parseOptions() fills in defaults", () => {
  assertEquals(parseOptions(schema, undefined, about), { tau: 5, mode: "mix" });
});

Deno.test("parseOptions() lists the valid names for an unknown one and the nearest of them", () => {
  const message = refusal({ sampels: 2 });
  assertStringIncludes(message, 'Cannot configure plugin "x" as its options must be valid');
  assertStringIncludes(message, 'option "sampels" is unknown (did you mean "samples"? ');
  assertStringIncludes(message, "valid names: tau, samples, mode, rate, shares");
  assert(!refusal({ temperature: 1 }).includes("did you mean"));
  assertStringIncludes(
    refusal({ rate: { peek: 1, peak: 1, decay: "step" } }),
    'option "rate.peek" is unknown (did you mean "peak"? valid names: peak, decay)',
  );
});

Deno.test("parseOptions() names the option, what was found and what is allowed", () => {
  assertStringIncludes(refusal({ tau: "5" }), 'option "tau" is "5", allowed: number (above 0)');
  assertStringIncludes(
    refusal({ samples: 9 }),
    'option "samples" is 9, allowed: integer (at least 1, at most 8)',
  );
  assertStringIncludes(
    refusal({ mode: "mixed" }),
    'option "mode" is "mixed", allowed: "mix" or "sample"',
  );
  assertStringIncludes(
    refusal({ shares: [0.5, -1] }),
    'option "shares[1]" is -1, allowed: number (at least 0)',
  );
  assertStringIncludes(refusal({ tau: NaN }), 'option "tau" is NaN');
  assertStringIncludes(refusal({ rate: { peak: 1 } }), 'option "rate.decay" is undefined');
  assertStringIncludes(refusal(null), "the value is null, allowed: object with tau, samples");
});

Deno.test("parseOptions() names every option at fault", () => {
  const message = refusal({ tau: 0, mode: 1 });
  assertStringIncludes(message, 'option "tau" is 0');
  assertStringIncludes(message, 'option "mode" is 1');
});

Deno.test("parseOptions() refuses what a loose schema lets through but JSON does not hold", () => {
  const loose = z.strictObject({ any: z.any() });
  const parse = () => parseOptions(loose, { any: { f: [() => 1] } }, { subject: 'phase "p"' });
  const error = assertThrows(parse, EspalierError, 'option "any.f[0]" is a function');
  assertEquals(error.code, "ERR_CONFIG_INVALID");
});

Deno.test("checkOptions() takes what JSON cannot hold, and names it where it is none", () => {
  const fields = z.strictObject({
    signal: instance<AbortSignal>("AbortSignal", (value) => value instanceof AbortSignal),
    images: instance<Uint8Array>("bytes", (value) => value instanceof Uint8Array, () => "convert"),
    store: withMethods<Map<string, string>>("store", "get", "set").optional(),
    then: anyFunction.optional(),
  });
  const check = (input: unknown) => checkOptions(fields, input, { subject: "f()" });
  const signal = new AbortController().signal;
  check({ signal, images: new Uint8Array(2), store: new Map(), then: () => 1 });
  const loop: unknown[] = [];
  loop.push(loop);
  const wrong = { signal: {}, images: new Float32Array(2), store: loop, then: 1n };
  const { message } = assertThrows(() => check(wrong), EspalierError);
  for (
    const part of [
      'Cannot configure f() as its options must be valid: option "signal" is {}, allowed: ' +
      "AbortSignal (expected AbortSignal)",
      'option "images" is a Float32Array, allowed: bytes (convert)',
      'option "store" is a list of 1, allowed: store (expected store)',
      'option "then" is a bigint, allowed: function (expected function)',
    ]
  ) assertStringIncludes(message, part);
});

Deno.test("parseOptions() refuses what is no object of options, even where all are optional", () => {
  assertStringIncludes(refusal(new Map([["tau", 3]])), "the value is a Map, allowed: object with");
  assertStringIncludes(refusal(Promise.resolve({})), "the value is a Promise");
  assertStringIncludes(refusal([]), "the value is []");
});
