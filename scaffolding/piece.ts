/** An option of a new plugin, which its author replaces. */
export interface OptionPiece {
  /** Its name. */
  readonly name: string;
  /** What it is, as its documentation says. */
  readonly doc: string;
  /** Schema behind `z.`, without the default. */
  readonly schema: string;
  /** Its default, as source. */
  readonly fallback: string;
  /** A value that is refused, as source. */
  readonly refused: string;
}

/** What differs from contract to contract, as source; `MyPlugin`, `myPlugin`, `my-plugin` stand for names. */
export interface Piece {
  /** What the plugin does, as a sentence without full stop. */
  readonly summary: string;
  /** Type of what it provides, and of which core has a token. */
  readonly provides?: string;
  /** The only option. */
  readonly option: OptionPiece;
  /** Names that `mod.ts` imports from core, beside those of every plugin. */
  readonly core?: readonly string[];
  /** The file of the formula. */
  readonly formula: string;
  /** What of it `mod.ts` uses and exports. */
  readonly functions: readonly string[];
  /** Types and functions of `mod.ts` before the plugin. */
  readonly service: string;
  /** Type of the plugin's events. */
  readonly event?: string;
  /** Type of what its phase makes. */
  readonly makes?: string;
  /** What stands in the definition in the place of `setup`. */
  readonly setup?: string;
  /** The test of the formula. */
  readonly formulaTest: string;
  /** What `mod_test.ts` imports from the kits. */
  readonly kit: string;
  /** What it imports from the root. */
  readonly beside?: readonly string[];
  /** What the kit takes. */
  readonly kitSetup: string;
  /** Plugins of a run that has it, as source. */
  readonly plugins: string;
  /** What the example imports from the root for these. */
  readonly uses: readonly string[];
  /** Cost of the example's budget. */
  readonly cost?: string;
}

/** A kit's setup for whom the plugin is enough. */
export const ALONE = "{ plugins: () => [myPlugin()] }";

/** A run with it in the place of TAS's own. */
export const SWAPPED = "swap(PARTS, myPlugin())";

/** A run with it beside TAS's own. */
export const ADDED = "[...PARTS, myPlugin()]";
