/** What every function with options refuses, as tests. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { EspalierError, type EspalierErrorCode } from "./errors.ts";
import { pathText } from "./json.ts";

/** A function with options. */
export interface OptionCase {
  /** Calls it. */
  readonly call: (options: never) => unknown;
  /** Valid options, with every name that it knows. */
  readonly valid: object;
  /**
   * Code of its errors.
   *
   * @default {"ERR_CONFIG_INVALID"}
   */
  readonly code?: EspalierErrorCode;
  /**
   * Where messages place the options.
   *
   * @default {[]}
   */
  readonly at?: readonly string[];
}

/** Tests that unknown names, wrong types and what are no options at all are refused by name. */
export function testOptions(cases: Readonly<Record<string, OptionCase>>): void {
  for (
    const [name, { call, valid, code = "ERR_CONFIG_INVALID", at = [] }] of Object.entries(cases)
  ) {
    const refusal = async (options: unknown): Promise<string> => {
      const error = await assertRejects(async () => await call(options as never), EspalierError);
      assertEquals(error.code, code, error.message);
      return error.message;
    };
    const known = Object.keys(valid);
    const place = (key: string): string => `option "${pathText([...at, key])}"`;

    Deno.test(`${name} refuses a misspelt option and says which was meant`, async () => {
      for (const option of known) {
        const message = await refusal({ ...valid, [`${option}x`]: 1 });
        assertStringIncludes(
          message,
          `${place(`${option}x`)} is unknown (did you mean "${option}"?`,
        );
      }
    });

    Deno.test(`${name} refuses any unknown option by its name`, async () => {
      const unknown = fc.string().filter((key) => !known.includes(key));
      await fc.assert(fc.asyncProperty(unknown, async (key) => {
        const message = await refusal({ ...valid, [key]: 1 });
        assertStringIncludes(message, `${place(key)} is unknown`);
      }));
    });

    Deno.test(`${name} refuses an option of another type, with what was found and allowed`, async () => {
      for (const option of known) {
        const message = await refusal({ ...valid, [option]: Symbol("wrong") });
        assertStringIncludes(message, `${place(option)} is a symbol, allowed: `);
      }
    });

    Deno.test(`${name} refuses what are no options`, async () => {
      for (const other of [null, 3, "text", [], () => valid, new Map(), Promise.resolve(valid)]) {
        assertStringIncludes(await refusal(other), " is ");
      }
    });
  }
}
