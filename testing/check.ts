import { type AnyPlugin, type ManyToken, openServices, type Scope } from "@espalier/core";
import { jsonFlaw } from "@espalier/core/run";
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

/** Throw unless a value survives JSON. */
export function checkPlain(value: unknown, subject: string): void {
  const flaw = jsonFlaw(value);
  if (flaw !== undefined) {
    check(false, `${subject}: "${flaw.path}" is ${flaw.found}, no plain data`);
  }
}

/** Throw unless a tensor is a finite scalar. */
export function checkScalar(value: tf.Tensor, name: string): void {
  checkEqual(value.shape, [], `the shape of ${name}`);
  check(Number.isFinite(value.dataSync()[0]), `${name} is not finite`);
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

/** Checks of every service of a token. */
export function casesOf<T>(
  token: ManyToken<T>,
  { kind, setup }: { readonly kind: string; readonly setup: ContractSetup },
): (name: string, fn: (service: T) => void) => ConformanceCase {
  return (name, fn) =>
    serviceCase(`${kind}: ${name}`, setup, (services) => {
      const found = services.getAll(token);
      check(found.length > 0, `no plugin provides a ${kind}`);
      for (const service of found) fn(service);
    });
}
