/**
 * What pictures of the documentation have in common: colours for light and dark, texts.
 *
 * @module
 */

const STYLE = `<style>
text{font:12px "Segoe UI","Helvetica Neue",Arial,"DejaVu Sans",sans-serif;fill:#24292f}
.soft{fill:#5f6b76;font-size:11px}.middle{text-anchor:middle}.bold{font-weight:600}
.cell{fill:#0072b2}.gone{fill:none;stroke:#b4bcc4}
.cut{fill:none;stroke:#e0a030}.line{fill:none;stroke:#8a949e;stroke-width:1.3}
.box{fill:none;stroke:#c4cad0}.pill{fill:#0072b2;fill-opacity:.12}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.soft{fill:#9aa4ad}.cell{fill:#56b4e9}
.gone{stroke:#5a636d}.cut{stroke:#c98500}.line{stroke:#7d8791}.box{stroke:#3d444d}
.pill{fill:#56b4e9;fill-opacity:.18}}
</style>`;

/** A picture of parts. */
export function svg(parts: readonly string[], { width, height, title }: {
  readonly width: number;
  readonly height: number;
  readonly title: string;
}): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" role="img" aria-label="${title}">\n${STYLE}\n${parts.join("\n")}\n</svg>\n`;
}

/** A text at a place; `of` are classes of the style. */
export const text = (x: number, y: number, said: string | number, of = "middle"): string =>
  `<text x="${x}" y="${y}" class="${of}">${said}</text>`;
