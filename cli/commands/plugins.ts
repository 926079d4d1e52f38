import { Command } from "@commander-js/extra-typings";
import { plainText } from "@espalier/reports";
import { type InstalledPlugin, installedPlugins } from "../installed_plugins.ts";
import { writeNotes } from "../notes.ts";
import type { Streams } from "../streams.ts";

const EXAMPLES = `
Examples:
  espalier plugins my-project
  espalier plugins --json | jq -r '.[].name'`;

function text(plugin: InstalledPlugin): string {
  const { factory, contracts = ["needs options"], options, version = "?" } = plugin;
  const { package: from, packageVersion } = plugin;
  const named = options.map(({ name, default: value }) =>
    value === undefined ? name : `${name}=${JSON.stringify(value)}`
  );
  const origin = packageVersion === undefined ? from : `${from} ${packageVersion}`;
  return [
    `${factory}()  ${contracts.join(", ")}  (version ${version}, ${origin})`,
    ...named.length > 0 ? [`  ${named.join(", ")}`] : [],
  ].map((line) => `${plainText(line)}\n`).join("");
}

/** `plugins [DIR]`. */
export function pluginsCommand({ stdout, stderr }: Streams) {
  return new Command("plugins")
    .description("List plugins: ours, and installed packages with the keyword espalier-plugin.")
    .argument("[dir]", "folder of a project with node_modules", ".")
    .option("--json", "plain data in place of lines, with what each option is")
    .addHelpText("after", EXAMPLES)
    .action(async (dir, { json }) => {
      const { plugins, notes } = await installedPlugins(dir);
      stdout.write(json ? `${JSON.stringify(plugins, null, 2)}\n` : plugins.map(text).join(""));
      writeNotes(notes, stderr);
    });
}
