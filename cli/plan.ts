import { channelsName } from "@espalier/blueprint";
import type { BudgetZone, Dataset, Decision } from "@espalier/core";
import { plainText } from "@espalier/reports";
import { countOf } from "@espalier/training";
import type { NetworkData } from "./network_data.ts";
import type { Choices } from "./task.ts";

/** What is about to be done. */
export interface Plan {
  /** The unpruned network. */
  readonly network: NetworkData;
  /** What it is trained and measured on. */
  readonly data: Dataset;
  /** What is learned, and what pixels are. */
  readonly choices: Choices;
  /** Where the cost must end, and what is reachable. */
  readonly budget: BudgetZone;
  /** What is chosen. */
  readonly decisions: readonly Decision[];
  /** Method and recipe. */
  readonly method: string;
  /** The engine, in a sentence. */
  readonly engine: string;
  /** The run's folder. */
  readonly out: string;
}

const share = (value: number, of: number): string => `${(100 * value / of).toFixed(1)} %`;

/** Classes that are named in a line. */
const NAMED = 10;

function labelsOf({ classes, labels, classNames = [] }: Dataset): string {
  if (labels?.kind === "numbers") return "numbers";
  const names = classNames.slice(0, NAMED).join(", ") + (classNames.length > NAMED ? ", …" : "");
  return `${classes} classes${names === "" ? "" : ` (${names})`}`;
}

function entersAs({ normalization, shape: [height, width] }: Dataset, { pixels }: Choices): string {
  if (normalization === undefined) return "normalised by their own mean and deviation";
  return `they enter as ${height * width === 1 ? "they are" : pixels}`;
}

/** A plan as lines, with what is reachable, before any work. */
export function planText(
  { network, data, choices, budget, decisions, method, engine, out }: Plan,
): string {
  const { target, low, high, smallest, unpruned, cost, unit, limits = [] } = budget;
  const whole = network.layers.flatMap(({ layer, whole, slices = [] }) =>
    whole !== undefined ? [layer] : slices.filter(({ whole }) => whole !== undefined)
      .map((slice) => channelsName({ layer, ...slice }))
  );
  const rows = {
    Network: `${network.network}: ${network.params} parameters, ${network.macs} multiply-adds`,
    Data: `${data.name}: ${labelsOf(data)}, ${countOf(data.train, data.shape)} to train, ` +
      `${countOf(data.test, data.shape)} to test; ${entersAs(data, choices)}`,
    Task: `${choices.task}; guessed: ${choices.guesses.join("; ") || "nothing"}`,
    Budget: `${share(target, unpruned)} of ${unpruned} ${unit} (${cost}), ` +
      `between ${share(low, unpruned)} and ${share(high, unpruned)}`,
    ...limits.length > 0 && {
      Limits: limits.map(({ cost, unit, high, unpruned, smallest }) =>
        `${cost} at most ${high} ${unit} (${share(high, unpruned)}; ` +
        `reachable from ${share(smallest, unpruned)} on)`
      ).join("; "),
    },
    Reachable: `from ${share(smallest, unpruned)} on`,
    Method: `${method}; ${decisions.length} widths to choose`,
    Whole: whole.join(", ") || "nothing",
    Engine: engine,
    Folder: `${out} (Ctrl-C stops; the same command goes on)`,
  };
  return Object.entries(rows)
    .map(([name, text]) => `${name.padEnd(10)}${plainText(text)}\n`).join("");
}
