import { type AnyPlugin, openServices, type Scope } from "@espalier/core";
import * as tf from "@tensorflow/tfjs";

/** One named check. Hand `name` and `fn` to any test runner; `fn` throws if it does not hold. */
export interface ConformanceCase {
  /** What is checked. */
  readonly name: string;
  /** Run the check. */
  fn(): Promise<void>;
}

/** What the kits of contracts take. */
export interface ContractSetup {
  /**
   * Make the plugins: the one under test, and what it requires. Called for every check.
   */
  plugins(): readonly AnyPlugin[];
}

/** Throw unless a condition holds. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`Conformance: ${message}`);
}

/** Throw unless two values have the same JSON. */
export function checkEqual(actual: unknown, expected: unknown, message: string): void {
  const text = (value: unknown) => JSON.stringify(value);
  check(text(actual) === text(expected), `${message}: ${text(actual)} is not ${text(expected)}`);
}

/** What `fn` throws or rejects with. */
export async function thrownBy(fn: () => unknown): Promise<unknown> {
  try {
    await fn();
  } catch (error) {
    return error;
  }
  throw new Error("Conformance: expected an error, nothing was thrown");
}

/** Run `fn` with services, and check that no tensor is left when they are disposed. */
export async function withServices(
  { plugins }: ContractSetup,
  fn: (services: Scope) => unknown,
): Promise<void> {
  const before = tf.memory().numTensors;
  {
    await using services = openServices(plugins());
    tf.engine().startScope();
    try {
      await fn(services);
    } finally {
      tf.engine().endScope();
    }
  }
  const after = tf.memory().numTensors;
  check(after === before, `${after - before} tensors are left behind`);
}

/** A check with services. */
export function serviceCase(
  name: string,
  setup: ContractSetup,
  fn: (services: Scope) => unknown,
): ConformanceCase {
  return { name, fn: () => withServices(setup, fn) };
}
