/**
 * The machines on which the library runs.
 *
 * @module
 */

/** The properties of a machine that the library depends on. */
export interface Machine {
  /** Triple of system and processor, as `Deno.build.target` has it. */
  readonly target: string;
  /** Instructions of the processor, as `/proc/cpuinfo` lists them; empty: not known. */
  readonly instructions: readonly string[];
}

/** Instructions that the wheel's code uses without checking for them. */
const REQUIRED = ["avx"];

/** Describe this machine. */
export async function thisMachine(): Promise<Machine> {
  const text = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const flags = /^flags\s*:(.*)$/m.exec(text)?.[1] ?? "";
  return { target: Deno.build.target, instructions: flags.split(" ").filter(Boolean) };
}

/**
 * Say why the library does not run on a machine.
 *
 * @param machine The machine.
 * @returns A clause; undefined when it runs.
 */
export function unsupported(machine: Machine): string | undefined {
  if (machine.target !== "x86_64-unknown-linux-gnu") {
    return `there is a library for x86_64 Linux with glibc only: found ${machine.target}`;
  }
  const missing = REQUIRED.filter((name) => !machine.instructions.includes(name));
  return machine.instructions.length > 0 && missing.length > 0
    ? `the processor lacks instructions that the library uses: ${missing.join(", ")}`
    : undefined;
}
