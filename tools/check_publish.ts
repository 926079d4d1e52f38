// deno-lint-ignore-file no-console -- a command's output
/**
 * Rehearses the publication of every package of the workspace, without a registry: types that are
 * slow to infer, imports that a stranger could not resolve, files that are missing. Run by
 * `deno run --allow-read --allow-run tools/check_publish.ts`.
 *
 * @module
 */
import { packageFolders } from "./workspace.ts";

async function rehearse(cwd: string): Promise<boolean> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    // `deno task check` checks all types.
    args: ["publish", "--dry-run", "--allow-dirty", "--no-check"],
    cwd,
  }).output();
  if (!success) console.error(`${cwd}\n${new TextDecoder().decode(stderr)}`);
  return success;
}

let failed = 0;
for (const folder of await packageFolders()) failed += await rehearse(folder) ? 0 : 1;
if (failed > 0) Deno.exit(1);
