/**
 * Compares Espalier with numbers of the official implementation: every file of a folder, whatever
 * their number.
 *
 * @module
 */
import { EspalierError } from "@espalier/core";
import type { Case, CaseFile, CaseReader } from "./case.ts";
import { costs, flopsCases } from "./cases/costs.ts";
import { derived } from "./cases/derived.ts";
import { searchNetwork } from "./cases/search_network.ts";
import {
  budgetLossCases,
  cwiCases,
  kdCases,
  optimizers,
  schedules,
  select,
  values,
} from "./cases/small.ts";
import { type Finding, Findings } from "./findings.ts";

// deno-lint-ignore no-explicit-any -- each reader knows the files of its own kind
const READERS: Readonly<Record<string, CaseReader<any>>> = {
  "budget-loss": budgetLossCases,
  costs,
  cwi: cwiCases,
  depth: searchNetwork,
  derived,
  flops: flopsCases,
  kd: kdCases,
  optimizers,
  schedules,
  select,
  shape: searchNetwork,
  values,
  width: searchNetwork,
};

/** What became of a case. */
export interface Verdict {
  /** Name of the file. */
  readonly file: string;
  /** Name of the case. */
  readonly name: string;
  /** `flip`: a relu of the other sign moved a gradient by less than 1 %. */
  readonly outcome: "pass" | "flip" | "fail";
  /** Number of comparisons. */
  readonly compared: number;
  /** The comparison that came closest to its tolerance, or passed it most. */
  readonly worst: Finding;
}

/** Most that a flipped relu may move a gradient. */
const FLIP = 0.01;

/** The cases of one file. */
export async function casesOf(path: string): Promise<readonly Case[]> {
  const file: CaseFile = JSON.parse(await Deno.readTextFile(path));
  const reader = READERS[file.kind];
  if (reader === undefined) {
    throw new EspalierError(
      "ERR_CONFIG_INVALID",
      `Cannot check "${path}" as its kind is not known: "${file.kind}". Known: ${
        Object.keys(READERS).join(", ")
      }.`,
    );
  }
  return reader(file);
}

/** Run one case; where only gradients are off by less than a flip, the unfused path decides. */
export async function runCase(file: string, one: Case): Promise<Verdict> {
  const findings = await compared(one, true);
  const worst = worstOf(findings.all);
  const verdict = { file, name: one.name, compared: findings.all.length, worst };
  if (worst.excess <= 1) return { ...verdict, outcome: "pass" };
  const failed = findings.all.filter(({ excess }) => excess > 1);
  const mayBeFlip = failed.every(({ gradient, error }) => gradient && error <= FLIP);
  const unfused = mayBeFlip ? worstOf((await compared(one, false)).all) : worst;
  return { ...verdict, outcome: unfused.excess <= 1 ? "flip" : "fail" };
}

/** A file or case that cannot be read. */
export interface Unreadable {
  /** Name of the file. */
  readonly file: string;
  /** Name of the case; absent where the file gives none. */
  readonly name?: string;
  /** It counts as a failure. */
  readonly outcome: "unreadable";
  /** Why. */
  readonly reason: string;
}

const reasonOf = (error: unknown): string => error instanceof Error ? error.message : `${error}`;

/** What became of the cases of one file, one after the other; what cannot be read ends no other. */
export async function* verdictsOf(path: string): AsyncGenerator<Verdict | Unreadable> {
  const file = path.slice(path.lastIndexOf("/") + 1), outcome = "unreadable";
  let cases: readonly Case[];
  try {
    cases = await casesOf(path);
  } catch (error) {
    return yield { file, outcome, reason: reasonOf(error) };
  }
  for (const one of cases) {
    try {
      yield await runCase(file, one);
    } catch (error) {
      yield { file, name: one.name, outcome, reason: reasonOf(error) };
    }
  }
}

async function compared(one: Case, fused: boolean): Promise<Findings> {
  const findings = new Findings();
  await one.run(findings, { fused });
  return findings;
}

function worstOf(findings: readonly Finding[]): Finding {
  if (findings.length === 0) throw new Error("it holds nothing to compare with");
  return findings.reduce((worst, next) => next.excess > worst.excess ? next : worst);
}
