import { type Decision, EspalierError, type NodeId } from "@espalier/core";
import { channelRange, channelsAt, type SymbolicWidth } from "./symbolic_width.ts";

/** Largest number of entries of a table. */
const TABLE_LIMIT = 2 ** 16;
/** Relative error up to which a cost counts as bilinear. */
const BILINEAR_TOLERANCE = 1e-9;

/** A cost that depends on few decisions. */
export interface Table {
  /** The distinct decisions that it depends on. */
  readonly decisions: readonly Decision[];
  /** The cost for one chosen value of each of them. */
  readonly cost: (values: readonly number[]) => number;
}

/** A cost as a function of input and output width. */
export interface PairCost {
  /** Input channels. */
  readonly input: SymbolicWidth;
  /** Output channels. */
  readonly output: SymbolicWidth;
  /** The cost of both. */
  readonly cost: (input: number, output: number) => number;
}

function decisionsOfPair({ input, output }: PairCost): readonly Decision[] {
  const inner = [...input.searched.keys()].filter((decision) => !output.searched.has(decision));
  return [...inner, ...output.searched.keys()];
}

function directTable(pair: PairCost): Table {
  const decisions = decisionsOfPair(pair);
  return {
    decisions,
    cost(values) {
      const chosen = new Map(decisions.map((decision, i) => [decision, values[i]!]));
      return pair.cost(channelsAt(pair.input, chosen), channelsAt(pair.output, chosen));
    },
  };
}

/** Coefficients of a + b·x + c·y + d·x·y. */
interface Bilinear {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

function fitBilinear({ input, output, cost }: PairCost): Bilinear | undefined {
  const [x0, x1] = channelRange(input);
  const [y0, y1] = channelRange(output);
  const [width, height] = [Math.max(1, x1 - x0), Math.max(1, y1 - y0)];
  const corner = cost(x0, y0);
  const d = (cost(x1, y1) - cost(x1, y0) - cost(x0, y1) + corner) / (width * height);
  const b = (cost(x1, y0) - corner) / width - d * y0;
  const c = (cost(x0, y1) - corner) / height - d * x0;
  const a = corner - b * x0 - c * y0 - d * x0 * y0;
  const tolerance = BILINEAR_TOLERANCE * Math.abs(cost(x1, y1));
  const [xm, ym] = [Math.floor((x0 + x1) / 2), Math.floor((y0 + y1) / 2)];
  const fits = [[xm, ym], [xm, y0], [x0, ym], [xm, y1], [x1, ym]].every(([x, y]) =>
    Math.abs(a + b * x! + c * y! + d * x! * y! - cost(x!, y!)) <= tolerance
  );
  return fits ? { a, b, c, d } : undefined;
}

/** The bilinear form written out over the decisions that make up input and output. */
function bilinearTables({ input, output }: PairCost, { a, b, c, d }: Bilinear): readonly Table[] {
  const tables: Table[] = [{
    decisions: [],
    cost: () => a + b * input.fixed + c * output.fixed + d * input.fixed * output.fixed,
  }];
  for (const [decision, times] of input.searched) {
    const slope = times * (b + d * output.fixed);
    tables.push({ decisions: [decision], cost: ([channels]) => slope * channels! });
    for (const [other, otherTimes] of output.searched) {
      const factor = d * times * otherTimes;
      tables.push(
        decision === other
          ? { decisions: [decision], cost: ([channels]) => factor * channels! ** 2 }
          : { decisions: [decision, other], cost: ([x, y]) => factor * x! * y! },
      );
    }
  }
  for (const [decision, times] of output.searched) {
    const slope = times * (c + d * input.fixed);
    tables.push({ decisions: [decision], cost: ([channels]) => slope * channels! });
  }
  return tables;
}

/**
 * Write a cost of two widths as a sum of tables over decisions. For up to two decisions that is one
 * table. For more, as after a concatenation, the cost must be bilinear in the widths, as multiply-adds
 * are, or the combinations few.
 *
 * @throws {EspalierError} ERR_CONFIG_INVALID if neither holds.
 */
export function tablesOf(id: NodeId, pair: PairCost): readonly Table[] {
  const decisions = decisionsOfPair(pair);
  if (decisions.length <= 2) return [directTable(pair)];
  const bilinear = fitBilinear(pair);
  if (bilinear !== undefined) return bilinearTables(pair, bilinear);
  const entries = decisions.reduce((size, { candidates }) => size * candidates.length, 1);
  if (entries <= TABLE_LIMIT) return [directTable(pair)];
  throw new EspalierError(
    "ERR_CONFIG_INVALID",
    `Cannot take the expected cost of node "${id}" as a cost that is not bilinear in the widths ` +
      `needs an entry per combination of them, at most ${TABLE_LIMIT}: ${entries}. Search fewer of ` +
      `the layers that feed it, or use a bilinear cost.`,
  );
}
