const STYLE = `:root{color-scheme:light dark}
body{margin:2rem auto;padding:0 1rem;max-width:62rem;font:16px/1.5 "Segoe UI",Arial,sans-serif;
color:#24292f;background:#fff}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .8rem;text-align:right;white-space:nowrap}
th.text,td.text{text-align:left}th:first-child,td:first-child{padding-left:0;text-align:left}
th{border-bottom:2px solid #d8dee4;font-weight:600}td{border-bottom:1px solid #d8dee4}
th button{all:unset;cursor:pointer}th button:focus-visible{outline:2px solid #0072b2}
th[aria-sort] button::after{content:" ↓"}th[aria-sort=ascending] button::after{content:" ↑"}
.wide{overflow-x:auto}svg{max-width:100%;height:auto}p{color:#57606a;font-size:14px;margin:.3rem 0}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}
th,td{border-color:#30363d}p{color:#9198a1}}`;

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" },
};

/** Text as it stands in an element or in an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character]!);
}

/**
 * A self-contained page.
 *
 * @param title Its title, plain text.
 * @param parts What follows, as HTML.
 * @returns The page.
 */
export function htmlPage(title: string, parts: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
<h1>${escapeHtml(title)}</h1>
${parts.join("\n")}
</html>
`;
}
