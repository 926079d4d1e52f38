import tab from "@bomb.sh/tab/commander";
import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { VERSION } from "@espalier/core/run";
import type { Command as UntypedCommand } from "commander";
import { archiveCommand } from "./commands/archive.ts";
import { convertCommand } from "./commands/convert.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { gcCommand } from "./commands/gc.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { measureCommand } from "./commands/measure.ts";
import { newCommand } from "./commands/new.ts";
import { pluginsCommand } from "./commands/plugins.ts";
import { pruneCommand } from "./commands/prune.ts";
import { reportCommand } from "./commands/report.ts";
import { resumeCommand } from "./commands/resume.ts";
import { statusCommand } from "./commands/status.ts";
import { studyCommand } from "./commands/study.ts";
import { workerCommand } from "./commands/worker.ts";
import type { Streams } from "./streams.ts";

const COMMANDS = [
  inspectCommand,
  pruneCommand,
  measureCommand,
  evaluateCommand,
  convertCommand,
  reportCommand,
  statusCommand,
  resumeCommand,
  archiveCommand,
  gcCommand,
  studyCommand,
  workerCommand,
  newCommand,
  pluginsCommand,
];

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 130, 143 and 129 stopped by Ctrl-C, SIGTERM and SIGHUP.`;

/** All commands, which throw in place of ending the process. */
export function createProgram(streams: Streams): CommandUnknownOpts {
  const program = new Command("espalier")
    .description("Makes trained neural networks smaller.")
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
    })
    .showHelpAfterError("(--help says what there is)")
    .addHelpText("after", EXIT_CODES);
  for (const create of COMMANDS) {
    const command: CommandUnknownOpts = create(streams).copyInheritedSettings(program);
    command.commands.forEach((part) => part.copyInheritedSettings(command));
    program.addCommand(command);
  }
  tab(program as unknown as UntypedCommand);
  return program;
}
