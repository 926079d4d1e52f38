/** One column of a table of text. */
export interface Column {
  /** Heading. */
  readonly title: string;
  /** Where its cells stand. */
  readonly align: "left" | "right";
}

/**
 * A table of text for a terminal: columns two spaces apart, headings first.
 *
 * @param columns The columns.
 * @param rows The cells of each row.
 * @returns Lines.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, c) => Math.max(...lines.map((cells) => cells[c]!.length)));
  return lines.map((cells) =>
    columns.map(({ align }, c) =>
      align === "left" ? cells[c]!.padEnd(widths[c]!) : cells[c]!.padStart(widths[c]!)
    ).join("  ").trimEnd()
  ).join("\n");
}
