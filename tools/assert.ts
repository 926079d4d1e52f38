/**
 * The assertions of Deno's standard library that the tests use, over
 * `node:assert`, until the library's registry can be reached from everywhere.
 *
 * @module
 */
import nodeAssert from "node:assert/strict";

type ErrorClass<E extends Error> = new (...args: never[]) => E;

/** Assert that `value` is truthy. */
export function assert(value: unknown, message?: string): asserts value {
  nodeAssert.ok(value, message);
}

/** Assert deep equality. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  nodeAssert.deepEqual(actual, expected, message);
}

/** Assert deep inequality. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  nodeAssert.notDeepEqual(actual, expected, message);
}

/** Assert identity. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T {
  nodeAssert.ok(Object.is(actual, expected), message ?? `${actual} is not ${expected}`);
}

/** Assert that two numbers differ by at most `tolerance` (default: 1e-7 of `expected`). */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  message?: string,
): void {
  const bound = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  if (Object.is(actual, expected) || Math.abs(actual - expected) <= bound) return;
  nodeAssert.fail(
    `${message ? `${message}: ` : ""}${actual} is not within ${bound} of ${expected}`,
  );
}

/** Assert that `text` contains `part`. */
export function assertStringIncludes(text: string, part: string, message?: string): void {
  nodeAssert.ok(text.includes(part), message ?? `"${text}" does not contain "${part}"`);
}

/** Assert that `text` matches `pattern`. */
export function assertMatch(text: string, pattern: RegExp, message?: string): void {
  nodeAssert.match(text, pattern, message);
}

function checkError<E extends Error>(error: unknown, type?: ErrorClass<E>, part?: string): E {
  if (type !== undefined) {
    nodeAssert.ok(error instanceof type, `expected ${type.name}, got ${error}`);
  }
  if (part !== undefined) assertStringIncludes((error as Error).message, part);
  return error as E;
}

/** Assert that `fn` throws, and return the error. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  type?: ErrorClass<E>,
  part?: string,
): E {
  try {
    fn();
  } catch (error) {
    return checkError(error, type, part);
  }
  nodeAssert.fail("expected the function to throw");
}

/** Assert that the promise of `fn` rejects, and return the error. */
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  type?: ErrorClass<E>,
  part?: string,
): Promise<E> {
  try {
    await fn();
  } catch (error) {
    return checkError(error, type, part);
  }
  nodeAssert.fail("expected the promise to reject");
}
