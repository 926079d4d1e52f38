/** Finds a Python that has Keras 3, for the test that asks it. */

/** Run a program of Python; undefined if there is none, or it fails. */
export async function python(program: string, args: readonly string[] = []): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("python3", {
    args: ["-c", program, ...args],
    env: { TF_CPP_MIN_LOG_LEVEL: "3" },
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stderr));
  return decoder.decode(stdout);
}

/** Why Python's Keras cannot be asked; undefined if it can. */
export const reason: string | undefined = await python(
  "import keras; assert keras.__version__ >= '3'",
).then(() => undefined, (error: Error) => error.message.trim().split("\n").at(-1));

/** Test something that needs Python's Keras; without it the reason is printed once. */
export function testKeras(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: reason !== undefined, fn });
}

if (reason !== undefined) {
  // deno-lint-ignore no-console -- a skipped test says why
  console.log(`skipped, as python3 has no Keras 3 (pip install keras tensorflow-cpu): ${reason}`);
}
