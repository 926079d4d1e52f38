import type { Blueprint, Choices, Decision, DecisionId } from "@espalier/core";
import { checkChoices } from "../check_choices.ts";
import { outputsOf } from "../outputs_of.ts";
import {
  type ArchitectureSteps,
  architectureSteps,
  type StepOptions,
} from "./architecture_steps.ts";
import { exitDecisions } from "./governance.ts";

/** A stage that may be cut: the position of its output, and of the outputs of all its blocks. */
interface Exit {
  readonly decision: DecisionId;
  readonly output: number;
  readonly outputs: readonly number[];
}

/** A node of an architecture. */
export interface Visit {
  /** Position among the unpruned nodes. */
  readonly position: number;
  /** Positions of the nodes whose values enter. */
  readonly inputs: readonly number[];
  /** Channels that enter first; 0 of an input. */
  readonly main: number;
  /** Channels of its output. */
  readonly width: number;
  /** Channels that a projection of the second input reads; absent where there is none. */
  readonly projected: number | undefined;
}

/** Visits the nodes of architectures in the order of execution. */
export interface ArchitectureWalk extends Pick<ArchitectureSteps, "steps"> {
  /** Positions of the nodes whose values the chosen network gives. */
  outputs(): readonly number[];
  /** Visit the nodes that lead to an output. */
  visit(choices: Choices, visitor: (visit: Visit) => void): void;
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

/** Mark the nodes that lead to the outputs; `source` maps a node to the one that is read instead. */
function markAlive(
  alive: Uint8Array,
  { steps, source, outputs }: Pick<ArchitectureSteps, "steps"> & {
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

/** Prepare visits of the architectures of a network, without building derived blueprints. */
export function architectureWalk(blueprint: Blueprint, options: StepOptions): ArchitectureWalk {
  const { decisions } = options;
  const { steps, sets } = architectureSteps(blueprint, options);
  const exits = exitsOf(blueprint, decisions);
  const ends = outputsOf(blueprint).map(({ node }) => node);
  const outputs = [...blueprint.nodes.keys()].filter((i) => ends.includes(blueprint.nodes[i]!.id));
  const source = Int32Array.from(steps.keys());
  const alive = new Uint8Array(steps.length);
  const setAt = new Int32Array(steps.length);
  return {
    steps,
    outputs: () => outputs.map((output) => source[output]!),
    visit(choices, visitor) {
      if (!decisions.every((decision) => isChosen(decision, choices))) {
        checkChoices(blueprint, { decisions, choices });
      }
      for (const { decision, output: last, outputs } of exits) {
        source[last] = outputs[choices[decision]! - 1]!;
      }
      markAlive(alive, { steps, source, outputs });
      for (let position = 0; position < steps.length; position++) {
        if (alive[position] === 0) continue;
        const step = steps[position]!;
        const inputs = step.inputs.map((input) => source[input]!);
        const [main, side] = inputs.map((input) => setAt[input]!);
        const leaving = step.leaving(choices, inputs.map((input) => setAt[input]!));
        setAt[position] = leaving;
        const isProjected = step.projection !== undefined && main !== side;
        visitor({
          position,
          inputs,
          main: main === undefined ? 0 : sets.size(main),
          width: sets.size(leaving),
          projected: isProjected ? sets.size(side!) : undefined,
        });
      }
    },
  };
}
