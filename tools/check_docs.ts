// deno-lint-ignore-file no-console -- a command's output
/**
 * Runs `deno doc --lint` over every entry point of the workspace, without the findings about types
 * of npm packages, which are documented there. Run by
 * `deno run --allow-read --allow-run tools/check_docs.ts`.
 *
 * @module
 */

import { pathsIn } from "./paths.ts";
import { entryPoints } from "./workspace.ts";

/** Names that some file takes from a package outside the workspace, `tf.Scalar` by its last part. */
async function externalNames(): Promise<Set<string>> {
  const names = new Set<string>();
  const imported = /import (?:type )?\{([^}]*)\} from "(?!\.|@espalier\/)[^"]+"/g;
  const namespaced = /\b(?:tf|io|z)\.([A-Z]\w*)/g;
  for await (const path of pathsIn(".")) {
    if (!path.endsWith(".ts")) continue;
    const text = await Deno.readTextFile(path);
    for (const [, name] of text.matchAll(namespaced)) names.add(name!);
    for (const [, list] of text.matchAll(imported)) {
      for (const item of list!.split(",")) names.add(item.trim().replace(/^type /, ""));
    }
  }
  return names;
}

/**
 * The findings that are ours to mend.
 *
 * @param report What `deno doc --lint` printed.
 * @param external Names of types that other packages document.
 * @returns One text a finding.
 */
export function findingsIn(report: string, external: ReadonlySet<string>): string[] {
  return report.split(/^(?=error\[)/m)
    .filter((finding) => finding.startsWith("error["))
    .map((finding) => finding.split("\nerror: Found")[0]!.trimEnd())
    .filter((finding) => {
      const [, name] = finding.match(/^error\[private-type-ref\].*private type '([^']+)'/) ?? [];
      return name === undefined || !external.has(name.split(".").at(-1)!);
    });
}

if (import.meta.main) {
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...await entryPoints()],
    env: { NO_COLOR: "1" },
  }).output();
  const findings = findingsIn(new TextDecoder().decode(stderr), await externalNames());
  findings.forEach((finding) => console.error(finding));
  if (findings.length > 0) Deno.exit(1);
}
