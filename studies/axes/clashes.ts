/**
 * Axes that touch the same part: what a cell is would depend on their order.
 *
 * @module
 */
import { type AnyPlugin, EspalierError } from "@espalier/core";
import { changePlugins, claimOf, partOf } from "./change_plugins.ts";
import { type Axes, type AxisValue, type Part, PARTS } from "./contract.ts";

/** What an axis does to something. */
interface Touch {
  /** What two axes do that both touch it, in words. */
  readonly both: string;
  /** Whether it adds one of many, which others may do too. */
  readonly adds?: boolean;
}

/** What an axis touches. */
type Touched = ReadonlyMap<string | symbol, Touch>;

/** Plugins that one list has and the other lacks. */
const without = (plugins: readonly AnyPlugin[], others: readonly AnyPlugin[]) =>
  plugins.filter((plugin) => !others.includes(plugin));

/** What a value changes of a list of plugins. */
function pluginsTouched(
  value: AxisValue,
  { values, base }: { readonly values: readonly AxisValue[]; readonly base: readonly AnyPlugin[] },
): [string | symbol, Touch][] {
  const { plugins: change } = partOf(value);
  if (change === undefined) return [];
  const claim = claimOf(values, base);
  const after = changePlugins(base, change, claim);
  const added = without(after, base);
  const changed = [...added, ...without(base, after)];
  const provided = added.flatMap(({ provides }) => provides);
  return [
    ...provided.map(({ key, name, many }): [symbol, Touch] => [
      key,
      { both: `provide "${name}"`, adds: many },
    ]),
    ...claim.tokens.map(({ key, name }): [symbol, Touch] => [key, { both: `provide "${name}"` }]),
    ...changed.map(({ name }): [string, Touch] => [name, { both: `change plugin "${name}"` }]),
  ];
}

function touchedBy(
  values: readonly AxisValue[],
  bases: readonly (readonly AnyPlugin[])[],
): Touched {
  const touched = new Map<string | symbol, Touch>();
  for (const value of values) {
    const part: Part = partOf(value);
    for (const name of PARTS) {
      if (part[name] !== undefined) touched.set(`part ${name}`, { both: `say the ${name}` });
    }
    for (const base of bases) {
      for (const [key, touch] of pluginsTouched(value, { values, base })) touched.set(key, touch);
    }
  }
  return touched;
}

/**
 * Refuse axes that touch the same part.
 *
 * @param axes The axes.
 * @param base The plugins that they change, unless an axis says others.
 * @throws {EspalierError} ERR_STUDY_AXES, with the names of both axes.
 */
export function checkClashes(axes: Axes, base: readonly AnyPlugin[]): void {
  const others = Object.values(axes).flatMap((values) =>
    Object.values(values).flatMap((value) => {
      const { base } = partOf(value);
      return base === undefined ? [] : [base];
    })
  );
  const bases = others.length > 0 ? others : [base];
  const touched = Object.entries(axes).map(([name, values]) =>
    [name, touchedBy(Object.values(values), bases)] as const
  );
  for (const [i, [first, ofFirst]] of touched.entries()) {
    for (const [second, ofSecond] of touched.slice(i + 1)) {
      const shared = [...ofFirst].find(([key, { adds }]) =>
        ofSecond.has(key) && !(adds && ofSecond.get(key)!.adds)
      );
      if (shared === undefined) continue;
      throw new EspalierError(
        "ERR_STUDY_AXES",
        `Cannot create a study as axes must not touch the same part: axes "${first}" and ` +
          `"${second}" both ${shared[1].both}. Make one axis of the two.`,
      );
    }
  }
}
