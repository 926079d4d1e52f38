// deno-lint-ignore-file no-console -- a command
/**
 * `deno task models [DIR]`: import every model of a folder, prune it as told, and compare with what
 * `tf.keras` computed.
 *
 * @module
 */
import { useEngine } from "@espalier/engines";
import { checkModel } from "../tests/models/check_model.ts";

const directory = Deno.args[0] ?? new URL("../tests/fixtures/models", import.meta.url).pathname;
const { message } = await useEngine("wasm");
console.log(message);

const counts = { passed: 0, failed: 0 };
const folders = [...Deno.readDirSync(directory)].filter(({ isDirectory }) => isDirectory);
for (const { name } of folders.sort((a, b) => a.name < b.name ? -1 : 1)) {
  const { faults, worst, compared } = await checkModel(`${directory}/${name}`);
  const outcome = faults.length === 0 ? "passed" : "failed";
  counts[outcome]++;
  const numbers = `${compared} outputs, worst ${worst.toExponential(1)}`;
  console.log(`${outcome} ${name}: ${[numbers, ...faults].join("; ")}`);
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
if (counts.failed > 0) Deno.exit(1);
