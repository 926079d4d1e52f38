import { formatBytes, formatDuration, plainText } from "@espalier/reports";
import type { PhaseStatus, RunStatus } from "@espalier/run-folders";

const percent = (part: number): string => `${Math.round(100 * part)} %`;

function stateText({ state, owner, error }: RunStatus): string {
  switch (state) {
    case "running":
      return `running: ${owner} has it`;
    case "done":
      return "done";
    case "stopped":
      return "stopped; it goes on when it is started again";
    case "failed":
      return `failed: ${error?.message}`;
    case "died":
      return "died without a word; it goes on when it is started again";
  }
}

function phaseText({ name, state, done, saved, bytes }: PhaseStatus): string {
  const size = bytes > 0 ? `, ${formatBytes(bytes)}` : "";
  const begun = `begun: ${percent(done)} done, ${percent(saved)} on the disk`;
  return `${name.padEnd(10)}${state === "begun" ? begun : state}${size}`;
}

/** What became of a run, in lines. */
export function statusText(status: RunStatus, now: number): string {
  const { directory, network, engine, seed, starts, written, phases, bytes } = status;
  const times = starts === 1 ? "once" : `${starts} times`;
  const ago = formatDuration(Math.max(0, now - Date.parse(written)));
  const rows: (readonly [string, string])[] = [
    ["Run", `${directory}: ${network} on ${engine}, seed ${seed}, started ${times}`],
    ["State", stateText(status)],
    ...phases.map((phase, i) => [i === 0 ? "Phases" : "", phaseText(phase)] as const),
    ["Size", `${formatBytes(bytes)} in all`],
    ["Written", `${written}, ${ago} ago`],
  ];
  return rows.map(([name, text]) => `${name.padEnd(10)}${plainText(text)}\n`).join("");
}
