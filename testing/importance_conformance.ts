import {
  createRandom,
  type GroupMember,
  type Importance,
  type ImportanceInput,
  ImportanceToken,
  type MemberRole,
} from "@espalier/core";
import { initialWeights, parameterSpecs } from "@espalier/supernet";
import {
  check,
  checkEqual,
  type ConformanceCase,
  type ContractSetup,
  serviceCase,
} from "./check.ts";
import { sample } from "./gradients.ts";
import { toyNetwork } from "./toy.ts";

const CHANNELS = 4;

/** Rows of numbers that look random, or of zeros. */
function rows(length: number, seed: number): Float32Array[] {
  return Array.from({ length: CHANNELS }, (_, channel) => {
    const values = sample([length], seed + 10 * channel);
    const row = Float32Array.from(values.dataSync());
    values.dispose();
    return seed === 0 ? row.fill(0) : row;
  });
}

/** What the importance is told of a member of the toy network: numbers by a seed, zeros at 0. */
function told(
  { needs = [] }: Importance,
  { role, seed }: { readonly role: MemberRole; readonly seed: number },
): [GroupMember, ImportanceInput] {
  const blueprint = toyNetwork();
  const length = role === "scale" ? 1 : 9;
  const weights = initialWeights(parameterSpecs(blueprint), createRandom(1));
  return [
    { group: "stem", node: blueprint.nodes[1]!, role, weights: rows(length, seed) },
    {
      teacher: { blueprint, weights },
      random: createRandom(7).stream("importance"),
      ...needs.includes("gradients") && { gradients: rows(length, 2 * seed) },
      ...needs.includes("activations") && role !== "reader" && { activations: rows(72, 3 * seed) },
    },
  ];
}

/**
 * The checks that every provider of `ImportanceToken` must pass, in each of its roles, on members of
 * four channels. What it does not say that it needs, it is not given.
 *
 * @param setup The plugins.
 * @returns The checks.
 */
export function* importanceConformance(setup: ContractSetup): Generator<ConformanceCase> {
  const inRoles = (name: string, fn: (importance: Importance, role: MemberRole) => void) =>
    serviceCase(`importance: ${name}`, setup, (services) => {
      const importance = services.get(ImportanceToken);
      for (const role of importance.roles) fn(importance, role);
    });

  yield inRoles("gives a number of at least 0 a channel", (importance, role) => {
    for (const seed of [1, 2, 3]) {
      const scores = importance.score(...told(importance, { role, seed }));
      const fits = scores.length === CHANNELS && scores.every((s) => Number.isFinite(s) && s >= 0);
      check(fits, `the scores of ${CHANNELS} channels as ${role} are ${scores}`);
    }
  });
  yield inRoles("treats channels alike that are zero, unless it draws", (importance, role) => {
    const scores = importance.score(...told(importance, { role, seed: 0 }));
    check(scores.every(Number.isFinite), `the scores of zeros as ${role} are ${scores}`);
    if (draws(importance, role)) return;
    checkEqual(new Set(scores).size, 1, `different scores of zeros as ${role}, ${scores}`);
  });
  yield inRoles("gives the same for the same, and changes nothing it is given", (one, role) => {
    const [member, input] = told(one, { role, seed: 1 });
    const before = JSON.stringify([member, input]);
    const scores = one.score(member, input);
    checkEqual(JSON.stringify([member, input]), before, "what it was given, after the scores");
    checkEqual(one.score(...told(one, { role, seed: 1 })), scores, "the second scores");
  });
  yield inRoles("scores channels whatever their order, unless it draws", (importance, role) => {
    if (draws(importance, role)) return;
    const [member, input] = told(importance, { role, seed: 1 });
    const { gradients, activations } = input;
    const scores = importance.score({ ...member, weights: member.weights.toReversed() }, {
      ...input,
      ...gradients && { gradients: gradients.toReversed() },
      ...activations && { activations: activations.toReversed() },
    });
    const expected = importance.score(member, input).toReversed();
    const close = scores.every((score, i) =>
      Math.abs(score - expected[i]!) <= 1e-6 * Math.abs(expected[i]!)
    );
    check(close, `channels in reverse as ${role} have ${scores}, not ${expected}`);
  });
}

/** Whether scores come from the stream of randomness. */
function draws(importance: Importance, role: MemberRole): boolean {
  const of = (key: number) => {
    const [member, input] = told(importance, { role, seed: 1 });
    return importance.score(member, { ...input, random: createRandom(key).stream("importance") });
  };
  return JSON.stringify(of(1)) !== JSON.stringify(of(2));
}
