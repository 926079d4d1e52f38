import type {
  BatchLabels,
  ByOutput,
  DataForm,
  Metric,
  Objective,
  OutputForm,
} from "@espalier/core";
import { EspalierError } from "@espalier/core";
import type { Scalar, Tensor } from "@tensorflow/tfjs";

/** Objectives by the name of their output. */
export type Objectives = Readonly<Record<string, Objective>>;

const of = <T>(all: ByOutput<T>, name: string): T => (all as Readonly<Record<string, T>>)[name]!;

/** What one output learns, as if it were the only one. */
function partOf({ shape, labels }: DataForm, name: string, objectives: Objectives): DataForm {
  const outputs: Readonly<Record<string, OutputForm>> = labels?.kind === "by-output"
    ? labels.outputs
    : {};
  const { classes = 0, labels: form = { kind: "class" } } = outputs[name] ?? {};
  const { labels: taken, name: learned } = objectives[name]!;
  if (name in outputs && form.kind === taken) return { shape, classes, labels: form };
  const found = name in outputs ? `they are of kind "${form.kind}"` : "there are none";
  throw new EspalierError(
    "ERR_DATA_MISMATCH",
    `Cannot learn ${learned} by "${name}" as its labels must be of kind "${taken}": ${found}. ` +
      `Give the output such labels, or another objective.`,
  );
}

/**
 * Sums of several tallies in one list. How long each is depends on the data, so the lengths stand in
 * front: sums of them, behind the number of lists that were added up.
 */
function joined(tallies: readonly (readonly number[])[]): number[] {
  return [1, ...tallies.map(({ length }) => length), ...tallies.flat()];
}

/** The tally of one output out of added lists of {@linkcode joined}. */
function tallyOf(sums: readonly number[], at: number, outputs: number): readonly number[] {
  const lengths = sums.slice(1, outputs + 1).map((sum) => sum / sums[0]!);
  const from = lengths.slice(0, at).reduce((sum, length) => sum + length, outputs + 1);
  return sums.slice(from, from + lengths[at]!);
}

/**
 * Several outputs at once: the weighted sum of their losses, and the metrics of each behind its name. The
 * metric that leads is the first one of the first output.
 *
 * @param objectives What each output learns.
 * @param weights Factors of their losses.
 * @returns The objective.
 */
export function createByOutput(
  objectives: Objectives,
  weights: Readonly<Record<string, number>>,
): Objective {
  const entries = Object.entries(objectives);
  const each = <T>(make: (objective: Objective, name: string) => T) =>
    Object.fromEntries(entries.map(([name, objective]) => [name, make(objective, name)]));
  return {
    name: entries.map(([name, objective]) => `${objective.name} by ${name}`).join(", "),
    labels: "by-output",
    weights,
    metrics: entries.flatMap(([name, { metrics }], at): Metric[] =>
      metrics.map((metric) => ({
        ...metric,
        name: `${name}: ${metric.name}`,
        value: (sums) => metric.value(tallyOf(sums, at, entries.length)),
      }))
    ),
    outputs: (data) =>
      each(({ outputs }, name) => outputs(partOf(data, name, objectives)) as readonly number[]),
    loss: (outputs, labels) =>
      entries.map(([name, objective]) =>
        objective.loss(of<Tensor>(outputs, name), of<Tensor>(labels, name)).mul<Scalar>(
          weights[name] ?? 1,
        )
      ).reduce((sum, loss) => sum.add(loss)),
    tally: (outputs, labels) =>
      joined(
        entries.map(([name, objective]) =>
          objective.tally(of<Tensor>(outputs, name), of<BatchLabels>(labels, name))
        ),
      ),
    ...entries.every(([, { constant }]) => constant !== undefined) && {
      constant: (mean: ByOutput<readonly number[]>) =>
        each((objective, name) =>
          objective.constant!(of<readonly number[]>(mean, name)) as readonly number[]
        ),
    },
  };
}
