/** Finds a Python that has a module, for the tests that ask it what a file computes. */

/** Run a program of Python; throws if there is none, or it fails. */
export async function python(program: string, args: readonly string[] = []): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("python3", {
    args: ["-c", program, ...args],
    env: { TF_CPP_MIN_LOG_LEVEL: "3" },
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stderr));
  return decoder.decode(stdout);
}

/**
 * What tests that need a module of Python are defined by. Without the module they are skipped, and why
 * is printed once.
 *
 * @param program Succeeds where the module is there.
 * @param install What to install.
 * @returns As `Deno.test`.
 */
export async function pythonTests(
  program: string,
  install: string,
): Promise<(name: string, fn: () => Promise<void>) => void> {
  const reason = await python(program).then(
    () => undefined,
    (error: Error) => error.message.trim().split("\n").at(-1),
  );
  if (reason !== undefined) {
    // deno-lint-ignore no-console -- a skipped test says why
    console.log(`skipped, as python3 lacks it (pip install ${install}): ${reason}`);
  }
  return (name, fn) => Deno.test({ name, ignore: reason !== undefined, fn });
}
