import type { Blueprint, Choices, Decision, DecisionId } from "@espalier/core";
import { checkChoices } from "../check_choices.ts";
import { type CostFunctionOptions, type CostStep, costSteps } from "./cost_steps.ts";
import { outputsOf } from "../outputs_of.ts";
import { exitDecisions } from "./governance.ts";

/** A stage that may be cut: the position of its output, and of the outputs of all its blocks. */
interface Exit {
  readonly decision: DecisionId;
  readonly output: number;
  readonly outputs: readonly number[];
}

function exitsOf(blueprint: Blueprint, decisions: readonly Decision[]): readonly Exit[] {
  const positions = new Map(blueprint.nodes.map(({ id }, position) => [id, position]));
  const governing = exitDecisions(decisions);
  return blueprint.stages.flatMap(({ id, blocks }) => {
    const decision = governing.get(id)?.id;
    const outputs = blocks.map(({ output }) => positions.get(output)!);
    return decision === undefined ? [] : [{ decision, output: outputs.at(-1)!, outputs }];
  });
}

function isChosen({ id, candidates }: Decision, choices: Choices): boolean {
  const value = choices[id];
  return Number.isInteger(value) && value! >= 1 && value! <= candidates.at(-1)!;
}

/** Mark the nodes that lead to the output; `source` maps a node to the one that is read instead. */
function markAlive(
  alive: Uint8Array,
  { steps, source, outputs }: {
    readonly steps: readonly CostStep[];
    readonly source: Int32Array;
    readonly outputs: readonly number[];
  },
): void {
  alive.fill(0);
  for (const output of outputs) alive[source[output]!] = 1;
  for (let position = steps.length - 1; position >= 0; position--) {
    if (alive[position] === 0) continue;
    for (const input of steps[position]!.inputs) alive[source[input]!] = 1;
  }
}

/**
 * The true cost of architectures: exactly what `costOf(derive(blueprint, …))` gives, projections
 * included, without building derived blueprints. A search evaluates it at every step, a walk inside
 * the budget's zone thousands of times.
 *
 * @param blueprint The unpruned network.
 * @param options Decisions and cost model.
 * @returns The cost of choices, in the model's unit. It throws ERR_ARCHITECTURE_INVALID if they do
 * not fit the decisions.
 * @throws {EspalierError} ERR_BLUEPRINT_INVALID where a node does not fit its inputs.
 */
export function costFunction(
  blueprint: Blueprint,
  options: CostFunctionOptions,
): (choices: Choices) => number {
  const { decisions } = options;
  const { steps, sets } = costSteps(blueprint, options);
  const exits = exitsOf(blueprint, decisions);
  const ends = outputsOf(blueprint).map(({ node }) => node);
  const outputs = [...blueprint.nodes.keys()].filter((i) => ends.includes(blueprint.nodes[i]!.id));
  const source = Int32Array.from(steps.keys());
  const alive = new Uint8Array(steps.length);
  const setAt = new Int32Array(steps.length);

  const costOfStep = ({ inputs, outputs, cost, projection }: CostStep, choices: Choices) => {
    const entering = inputs.map((input) => setAt[source[input]!]!);
    const leaving = outputs(choices, entering);
    const [main, side] = entering;
    const width = sets.size(leaving);
    const projected = projection !== undefined && main !== side;
    return {
      leaving,
      cost: cost(main === undefined ? 0 : sets.size(main), width) +
        (projected ? projection(sets.size(side!), width) : 0),
    };
  };

  return (choices) => {
    if (!decisions.every((decision) => isChosen(decision, choices))) {
      checkChoices(blueprint, { decisions, choices });
    }
    for (const { decision, output: last, outputs } of exits) {
      source[last] = outputs[choices[decision]! - 1]!;
    }
    markAlive(alive, { steps, source, outputs });
    let total = 0;
    for (let position = 0; position < steps.length; position++) {
      if (alive[position] === 0) continue;
      const { leaving, cost } = costOfStep(steps[position]!, choices);
      setAt[position] = leaving;
      total += cost;
    }
    return total;
  };
}
