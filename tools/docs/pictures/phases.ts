/**
 * The phases of the default pipeline and the plugins that serve them, drawn from both.
 *
 * @module
 */
import type { AnyPlugin, Phase } from "@espalier/core";
import { tas } from "@espalier/espalier";
import { defaultPipeline } from "@espalier/pruning";
import { svg, text } from "./svg.ts";

/** Plugins that serve a phase, and those that serve these. */
function servants(
  tokens: readonly { readonly name: string }[],
  plugins: readonly AnyPlugin[],
): { readonly plugin: string; readonly token: string }[] {
  return tokens.flatMap(({ name }) =>
    plugins.filter(({ provides }) => provides.some((token) => token.name === name))
      .flatMap(({ name: plugin, requires, uses }) => [
        { plugin, token: name.split("/").at(-1)! },
        ...servants([...requires, ...uses], plugins),
      ])
  );
}

const BOX = { width: 122, gap: 8, top: 12, height: 60, pill: 40 };

/** Names with commas, two a line. */
const inLines = (names: readonly string[]): string[] =>
  names.flatMap((_, i) => i % 2 === 0 ? [names.slice(i, i + 2).join(", ")] : []);

/** The phases of the default pipeline, what they make, and the plugins of TAS that serve them. */
export function drawPhases(): string {
  const plugins = tas({ recipe: "quick" });
  const placed = plugins.flatMap(({ phases }) => phases);
  // deno-lint-ignore no-explicit-any -- phases of different needs in one list
  const row = defaultPipeline().phases.flatMap((phase): readonly Phase<any, object>[] => [
    ...placed.filter(({ before }) => before === phase.name).map(({ phase }) => phase),
    phase,
    ...placed.filter(({ after }) => after === phase.name).map(({ phase }) => phase),
  ]);
  const columns = row.map((phase) => servants([...phase.requires ?? [], ...phase.uses], plugins));
  const most = Math.max(...columns.map(({ length }) => length));
  const parts = row.flatMap(({ name, makes = [] }, i) => {
    const x = 6 + i * (BOX.width + BOX.gap), center = x + BOX.width / 2;
    return [
      `<rect x="${x}" y="${BOX.top}" width="${BOX.width}" height="${BOX.height}" rx="6" class="box"/>`,
      text(center, BOX.top + 19, name, "middle bold"),
      ...inLines(makes).map((line, at) =>
        text(center, BOX.top + 36 + 14 * at, line, "soft middle")
      ),
      ...i === 0
        ? []
        : [`<path d="M${x - BOX.gap} ${BOX.top + BOX.height / 2}h${BOX.gap}" class="line"/>`],
      ...columns[i]!.flatMap(({ plugin, token }, at) => {
        const y = BOX.top + BOX.height + 10 + at * BOX.pill;
        return [
          `<rect x="${x}" y="${y}" width="${BOX.width}" height="${
            BOX.pill - 6
          }" rx="6" class="pill"/>`,
          text(center, y + 14, plugin),
          text(center, y + 27, token, "soft middle"),
        ];
      }),
    ];
  });
  return svg(parts, {
    width: 12 + row.length * (BOX.width + BOX.gap) - BOX.gap,
    height: BOX.top + BOX.height + 14 + most * BOX.pill,
    title: "The phases of a pruning by TAS, and the plugins that serve them",
  });
}
