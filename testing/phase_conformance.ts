import {
  type AnyPhase,
  type ArtifactStore,
  type Budget,
  memoryStore,
  type PhaseContext,
  type Pipeline,
  pipeline,
} from "@espalier/core";
import { placePhases } from "@espalier/core/run";
import { createPruner, defaultPipeline } from "@espalier/pruning";
import * as tf from "@tensorflow/tfjs";
import {
  check,
  checkEqual,
  checkPlain,
  type ConformanceCase,
  type ContractSetup,
} from "./check.ts";
import { toyData, toyNetwork } from "./toy.ts";

/** What {@linkcode phaseConformance} takes. */
export interface PhaseSetup extends ContractSetup {
  /** Name of the phase under test, of the pipeline or of a plugin. */
  readonly phase: string;
  /** The budget, in a cost that the plugins provide. */
  readonly budget: Budget;
  /**
   * The phase under test, and those before it. Plugins put theirs into it.
   *
   * @default the default pipeline
   */
  // deno-lint-ignore no-explicit-any -- whatever its phases make and emit
  pipeline?(): Pipeline<any, any>;
  /** Names of what it makes that differ from run to run, as measured times do. Default: none. */
  readonly measured?: readonly string[];
}

/** What is done in the place of the phase's work. */
type Work = (phase: AnyPhase, context: PhaseContext, have: object) => Promise<object>;

const run: Work = (phase, context, have) => phase.run(context, have);

/** The phase under test, after those before it. */
function phasesOf(setup: PhaseSetup): readonly [before: readonly AnyPhase[], phase: AnyPhase] {
  const phases = placePhases((setup.pipeline?.() ?? defaultPipeline()).phases, setup.plugins());
  const at = phases.findIndex(({ name }) => name === setup.phase);
  check(
    at >= 0,
    `no phase is named "${setup.phase}": ${phases.map(({ name }) => name).join(", ")}`,
  );
  return [phases.slice(0, at), phases[at]!];
}

/** Run the pipeline up to the phase under test. */
async function runOnce(
  setup: PhaseSetup,
  { store, signal, change = (phase) => phase }: {
    readonly store: ArtifactStore;
    readonly signal?: AbortSignal;
    readonly change?: (phase: AnyPhase) => AnyPhase;
  },
): Promise<{ readonly cached: boolean; readonly made: object }> {
  const [before, phase] = phasesOf(setup);
  await using pruner = createPruner({
    network: toyNetwork(),
    data: toyData(),
    budget: setup.budget,
    plugins: setup.plugins().map((plugin) => ({ ...plugin, phases: [] })),
    pipeline: [...before, change(phase)].reduce((all, one) => all.phase(one), pipeline()),
  });
  const { events$, result } = pruner.run({ seed: 1, store, ...signal && { signal } });
  let cached = false;
  events$.subscribe((event) => {
    if (event.type === "phase:end") cached = event.cached;
  });
  return { made: await result, cached };
}

const pick = (made: object, names: readonly string[]): unknown =>
  names.map((name) => [name, Object(made)[name]]);

/** What names a phase's events may have: its own, and core's about its work. */
function checkEvent({ name }: AnyPhase, event: { readonly type: string; readonly phase?: string }) {
  const { type, phase = name } = event;
  check(!/^(run|phase):/.test(type), `"${type}" is for the run to emit`);
  checkEqual(phase, name, `the phase of event "${type}"`);
}

/** The context, with another way to emit. */
function listening(context: PhaseContext, emit: PhaseContext["emit"]): PhaseContext {
  return Object.create(context, { emit: { value: emit } });
}

/**
 * The checks that every phase must pass, by runs of a pipeline on the toy network; what the phases
 * before it make is computed once. Configure them to be quick.
 *
 * @param setup The pipeline, the plugins that it needs, and which phase is meant.
 * @returns The checks.
 */
export function* phaseConformance(setup: PhaseSetup): Generator<ConformanceCase> {
  const { phase: name, measured = [] } = setup;
  const earlier = memoryStore();
  /** Do something in the place of the phase's work; what it makes is not stored. */
  const instead = async (work: Work, signal?: AbortSignal): Promise<object> => {
    let thrown: unknown;
    const change = ({ version: _, ...phase }: AnyPhase): AnyPhase => ({
      ...phase,
      run: (context, have) =>
        work(phase, context, have).catch((error) => {
          thrown = error;
          throw error;
        }),
    });
    try {
      return (await runOnce(setup, { store: earlier, change, ...signal && { signal } })).made;
    } catch (error) {
      // As it was, not as the run tells it; a stop is told by its reason.
      throw signal?.aborted ? error : thrown ?? error;
    }
  };
  const withWork = (what: string, work: Work): ConformanceCase => ({
    name: `phase ${name}: ${what}`,
    fn: async () => void await instead(work),
  });

  yield withWork("makes what it says that it makes", async (phase, context, have) => {
    const made = await run(phase, context, have);
    checkEqual(
      Object.keys(Object(made)).toSorted(),
      phase.makes && phase.makes.toSorted(),
      "what it made, by its `makes`",
    );
    return made;
  });
  yield {
    name:
      `phase ${name}: is plain data, stored and read back, so that a second run equals the first`,
    fn: async () => {
      const [, { makes = [], options = {}, version }] = phasesOf(setup);
      checkPlain(options, "its options");
      const store = memoryStore();
      const first = await runOnce(setup, { store });
      const second = await runOnce(setup, { store });
      checkEqual(second.cached, version !== undefined, "whether the second run is stored");
      const names = version === undefined ? makes.filter((one) => !measured.includes(one)) : makes;
      checkEqual(pick(second.made, names), pick(first.made, names), "what the second run made");
    },
  };
  yield {
    name: `phase ${name}: makes the same for the same seed, and leaves no tensor`,
    fn: async () => {
      const names = (phasesOf(setup)[1].makes ?? []).filter((one) => !measured.includes(one));
      const counting: Work = async (phase, context, have) => {
        const before = tf.memory().numTensors;
        const made = await run(phase, context, have);
        const left = tf.memory().numTensors - before;
        check(left === 0, `${left} tensors are left behind`);
        return made;
      };
      const first = await instead(counting), second = await instead(counting);
      checkEqual(pick(second, names), pick(first, names), "what it made again");
    },
  };
  yield withWork("emits events under its own name", (phase, context, have) => {
    const emit: PhaseContext["emit"] = (event) => {
      checkEvent(phase, event);
      context.emit(event);
    };
    return run(phase, listening(context, emit), have);
  });
  yield withWork("leaves what it is handed as it was", async (phase, context, have) => {
    const handed = () => [have, context.dataset.train, context.dataset.test];
    const before = structuredClone(handed());
    const made = await run(phase, context, have);
    checkEqual(handed(), before, "what it was handed, after its work");
    return made;
  });
  yield {
    name: `phase ${name}: stops when the run is stopped, and leaves no tensor`,
    fn: async () => {
      const controller = new AbortController();
      const { signal } = controller;
      let before = 0, isQuick = false;
      const stopped: Work = async (phase, context, have) => {
        before = tf.memory().numTensors;
        controller.abort();
        // What ends before the next turn of the event loop has no step at which it could stop.
        const turn = new Promise<false>((resolve) => setTimeout(resolve, 0, false));
        const work = run(phase, context, have);
        isQuick = await Promise.race([work.then(() => true, () => false), turn]);
        return work;
      };
      const reason = await instead(stopped, signal).then(() => undefined, (error) => error);
      const left = tf.memory().numTensors - before;
      check(left === 0, `${left} tensors are left behind`);
      check(
        isQuick || reason === signal.reason,
        `it must reject with the signal's reason: ${reason}`,
      );
    },
  };
}
