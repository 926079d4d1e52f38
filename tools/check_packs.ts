// deno-lint-ignore-file no-console -- a command's output
/**
 * Packs all packages and tries them as strangers do, outside the repository: in Node, in Deno, with the
 * compiler of types. Run by `deno task packs`; prints a line a check and ends with their numbers.
 * `--locks` checks the plugins in `examples/third_party` only, and writes their lock files anew.
 *
 * @module
 */
import { join } from "node:path";
import { productFiles } from "./layers.ts";
import { packAll } from "./pack.ts";
import { checksOf } from "./packing/checks.ts";
import { Place } from "./packing/place.ts";
import { serveRegistry } from "./packing/registry.ts";
import { thirdPartyChecksOf } from "./packing/third_party_checks.ts";
import { pathsIn } from "./paths.ts";

if (import.meta.main) {
  const folder = await Deno.makeTempDir();
  let failed = 0;
  try {
    const tarballs = await packAll(join(folder, "packs"));
    await using registry = await serveRegistry(tarballs, "@espalier");
    await using place = await Place.make(registry);
    const locks = Deno.args.includes("--locks");
    const sources = productFiles(await Array.fromAsync(pathsIn(".")));
    const checks = [
      ...locks ? [] : await checksOf({ tarballs, place, sources }),
      ...await thirdPartyChecksOf(place, { locks }),
    ];
    for (const { name, run } of checks) {
      const start = performance.now();
      const error = await run().then(() => undefined, (error) => error);
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      console.log(`${error ? "FAILED" : "ok"} ${name} (${seconds} s)`);
      if (error) console.log(error instanceof Error ? error.message : error);
      failed += error ? 1 : 0;
    }
    console.log(`${checks.length - failed} passed, ${failed} failed`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  if (failed > 0) Deno.exit(1);
}
