// What the compiler must accept and refuse: held by `deno check`, whatever the tests say.
import {
  type AnyPlugin,
  type CoreEvent,
  createToken,
  definePlugin,
  type EventsOf,
  ofType,
  type Phase,
  type PhaseIsMissing,
  pipeline,
  type Plugin,
  type PluginContext,
  type PluginFactory,
  replaceAll,
  swap,
  without,
} from "@espalier/core";
import {
  createPruner,
  type HasArchitecture,
  type HasPruned,
  type HasStudent,
  type HasTeacher,
  type Pruner,
  type PrunerConfig,
  type RunResult,
  type SavedModel,
} from "@espalier/pruning";
import { assertEquals } from "@std/assert";
import * as z from "zod";

type Equal<X, Y> = (<T>() => T extends X ? 1 : 2) extends (<T>() => T extends Y ? 1 : 2) ? true
  : false;

/** Compiles only if its type parameter is true. */
function holds<_T extends true>(): void {}

type A = { readonly type: "a/x"; readonly n: number };
type B = { readonly type: "b/y"; readonly s: string };
const Token = createToken<number>("@acme/token");
const options = z.strictObject({ rate: z.number().default(1) });
const common = { version: "1", provides: [Token], options };
const a = definePlugin({ name: "a", ...common, setup(_context: PluginContext<A>) {} });
const b = definePlugin({ name: "b", ...common, setup(_context: PluginContext<B>) {} });
const silent = definePlugin({ name: "silent", ...common, setup() {} });

// A configuration whose values nobody reads: these functions are compiled and never called.
declare const rest: Omit<PrunerConfig<readonly Plugin[], object>, "plugins" | "pipeline">;

Deno.test("the events of a run are core's and those of the installed plugins", () => {
  holds<Equal<ReturnType<typeof a>, Plugin<A>>>();
  holds<Equal<ReturnType<typeof silent>, Plugin<never>>>();
  holds<Equal<EventsOf<readonly [Plugin<A>, Plugin<B>, Plugin]>, A | B>>();
  holds<Equal<EventsOf<readonly Plugin[]>, never>>();
  function _compiled() {
    const { events$ } = createPruner({ ...rest, plugins: [a(), b(), silent()] }).run();
    events$.pipe(ofType("a/x")).subscribe(({ n }) => n satisfies number);
    events$.pipe(ofType("b/y", "run:end")).subscribe((event) => {
      if (event.type === "b/y") event.s satisfies string;
      else event.elapsedMs satisfies number;
    });
    // @ts-expect-error: no installed plugin emits it
    events$.pipe(ofType("c/z"));
    const quiet = createPruner({ ...rest, plugins: [silent()] }).run();
    holds<Equal<typeof quiet.events$, import("rxjs").Observable<CoreEvent>>>();
    // @ts-expect-error: "a" is not installed
    quiet.events$.pipe(ofType("a/x"));
  }
});

Deno.test("swapped lists keep the events of their plugins", () => {
  function _compiled() {
    const preset = (): readonly (Plugin<A> | Plugin)[] => [a(), silent()];
    const swapped = swap(preset(), b());
    holds<Equal<EventsOf<typeof swapped>, A | B>>();
    const replaced = replaceAll(preset(), Token, [b()]);
    holds<Equal<EventsOf<typeof replaced>, A | B>>();
    const fewer = without(preset(), "silent");
    holds<Equal<EventsOf<typeof fewer>, A>>();
    createPruner({ ...rest, plugins: swapped }).run().events$.pipe(ofType("b/y", "a/x"));
    createPruner({ ...rest, plugins: [...preset(), b()] }).run().events$.pipe(ofType("b/y", "a/x"));
  }
});

Deno.test("a list in a variable keeps the events of its plugins and what their phases make", () => {
  const hinting = definePlugin({
    name: "hinting",
    ...common,
    phases: () => [{ phase: phase<object, { readonly hints: number }>("hint"), after: "pretrain" }],
    setup() {},
  });
  function _compiled() {
    const list = [silent(), a(), hinting()];
    const run = createPruner({ ...rest, plugins: list }).run();
    run.events$.pipe(ofType("a/x")).subscribe(({ n }) => n satisfies number);
    run.result.then(({ hints }) => hints satisfies number);
    const longer = [...swap(list, b()), silent()];
    holds<Equal<EventsOf<typeof longer>, A | B>>();
    const some: readonly AnyPlugin[] = longer;
    const unknown = createPruner({ ...rest, plugins: some }).run();
    // @ts-expect-error: nobody knows what phases these bring
    unknown.result.then(({ hints }) => hints);
  }
});

Deno.test("an exported plugin's written-out type gives its events, and must name them", () => {
  const emit = { name: "a", ...common };
  const _told: PluginFactory<z.input<typeof options>, A> = definePlugin({
    ...emit,
    setup: (context) => context.emit({ type: "a/x", n: 1 }),
  });
  // @ts-expect-error: the type does not name the event
  const _forgotten: PluginFactory<z.input<typeof options>> = definePlugin({
    ...emit,
    setup: (context: PluginContext<A>) => context.emit({ type: "a/x", n: 1 }),
  });
});

Deno.test("a setup is synchronous: statements, an expression without a value, or nothing", () => {
  function _compiled() {
    const base = { name: "p", ...common };
    definePlugin({ ...base, setup: (context) => context.provide(Token, () => 1) });
    definePlugin({
      ...base,
      setup(context) {
        if (context === undefined) return;
        context.provide(Token, () => 1);
      },
    });
    const apart = (context: PluginContext): void => context.provide(Token, () => 1);
    definePlugin({ ...base, setup: apart });
    // @ts-expect-error: a promise
    definePlugin({ ...base, setup: async (context) => await context.provide(Token, () => 1) });
    // @ts-expect-error: a promise
    definePlugin({ ...base, setup: () => Promise.resolve() });
    // @ts-expect-error: a promise
    ({ ...silent(), setup: async () => {} }) satisfies Plugin;
  }
});

Deno.test("options are typed", () => {
  assertEquals(a({ rate: 2 }).options, { rate: 2 });
  function _compiled() {
    // @ts-expect-error: a number
    a({ rate: "2" });
    // @ts-expect-error: no such option
    a({ rat: 2 });
  }
});

function phase<Needs extends object, Adds extends object>(name: string): Phase<Needs, Adds> {
  return { name, uses: [], run: () => Promise.resolve({} as Adds) };
}
const loadTeacher = phase<object, HasTeacher>("load-teacher");
const search = phase<Partial<HasTeacher>, HasArchitecture>("search");
const derive = phase<HasArchitecture, HasPruned>("derive");
const train = phase<HasPruned & HasTeacher, HasStudent>("train");
const quantize = phase<HasStudent, { readonly int8: Int8Array }>("acme/quantize");

Deno.test("phases in an order that works compile", () => {
  pipeline().phase(search).phase(derive);
  pipeline().phase(search).phase(loadTeacher).phase(derive).phase(train).phase(quantize);
  pipeline().phase({
    name: "inline",
    uses: [],
    run: () => Promise.resolve({ n: 1 }),
  }).phase({
    name: "then",
    uses: [],
    run: (_context, { n }: { readonly n: number }) => Promise.resolve({ m: n + 1 }),
  });
});

Deno.test("phases in a wrong order do not compile, and the error names what is missing", () => {
  // @ts-expect-error: no earlier phase makes "architecture"
  pipeline().phase(derive);
  // @ts-expect-error: no earlier phase makes "teacher"
  pipeline().phase(search).phase(derive).phase(train);
  // @ts-expect-error: no earlier phase makes "student"
  pipeline().phase(loadTeacher).phase(quantize);
  // @ts-expect-error: no earlier phase makes "n"
  pipeline().phase({
    name: "x",
    uses: [],
    run: (_c, have: { n: number }) => Promise.resolve(have),
  });
  const { phase: add } = pipeline().phase(search).phase(derive);
  type Parameter = Parameters<typeof add<typeof train>>[0];
  holds<Parameter extends PhaseIsMissing<"teacher"> ? true : false>();
  holds<Parameter extends PhaseIsMissing<"pruned"> ? false : true>();
});

Deno.test("after one misplaced phase the chain keeps what all phases make", () => {
  function _compiled() {
    const chain = pipeline()
      // @ts-expect-error: no earlier phase makes "student"
      .phase(quantize)
      .phase(loadTeacher)
      .phase(search)
      .phase(derive)
      .phase(train);
    holds<typeof chain extends { readonly phases: unknown } ? true : false>();
    createPruner({ ...rest, plugins: [], pipeline: chain }).run().result.then(
      ({ int8, student }) => {
        int8 satisfies Int8Array;
        student satisfies HasStudent["student"];
      },
    );
  }
});

Deno.test("events of phases type the stream, those that a plugin brings too", () => {
  type Layer = { readonly type: "sense/layer"; readonly layer: string };
  const sense: Phase<object, { readonly sensitivity: number }, Layer> = {
    name: "sense",
    uses: [],
    run: ({ emit }) => {
      emit({ type: "sense/layer", layer: "stem" });
      // @ts-expect-error: not its event
      emit({ type: "other/layer", layer: "stem" });
      return Promise.resolve({ sensitivity: 1 });
    },
  };
  const bringing = definePlugin({
    name: "bringing",
    ...common,
    phases: () => [{ phase: sense, after: "pretrain" }],
    setup() {},
  });
  function _compiled() {
    const own = createPruner({ ...rest, plugins: [a()], pipeline: pipeline().phase(sense) }).run();
    own.events$.pipe(ofType("sense/layer", "a/x")).subscribe((event) => {
      if (event.type === "sense/layer") event.layer satisfies string;
    });
    const brought = createPruner({ ...rest, plugins: [silent(), bringing()] }).run();
    brought.events$.pipe(ofType("sense/layer")).subscribe(({ layer }) => layer satisfies string);
    brought.result.then(({ sensitivity, student }) => {
      sensitivity satisfies number;
      student satisfies HasStudent["student"];
    });
  }
});

Deno.test("the result of a run is what its phases make, and a model if there is a student", () => {
  function _compiled() {
    const found = createPruner({
      ...rest,
      plugins: [],
      pipeline: pipeline().phase(search).phase(derive),
    });
    holds<Equal<Awaited<ReturnType<typeof found.run>["result"]>["pruned"], HasPruned["pruned"]>>();
    // @ts-expect-error: no phase makes a student
    found.run().result.then(({ model }) => model);
    const whole = createPruner({ ...rest, plugins: [] });
    const _result: Promise<HasTeacher & HasArchitecture & HasStudent & { model: SavedModel }> =
      whole.run().result;
    const _generic: Pruner<CoreEvent, RunResult<HasStudent>> = whole;
  }
});
