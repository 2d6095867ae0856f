/** Escapes text for an HTML element or a quoted attribute. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** Returns a table. Cells are HTML, and the first cell of each row is its heading. */
export function htmlTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  caption: string,
): string {
  const header = head.map((cell) => `<th scope="col">${cell}</th>`).join("");
  const body = rows
    .map(
      ([heading, ...cells]) =>
        `<tr><th scope="row">${heading}</th>${cells.map((c) => `<td>${c}</td>`).join("")}</tr>`,
    )
    .join("\n");
  return `<div class="table"><table><caption>${caption}</caption>
<thead><tr>${header}</tr></thead>
<tbody>
${body}
</tbody></table></div>`;
}

export const STYLE = `
:root { color-scheme: light; }
body {
  font: 15px/1.5 Lato, "Helvetica Neue", Arial, sans-serif; color: #1f2933; background: #fff;
  max-width: 1080px; margin: 0 auto; padding: 2rem 1.25rem 4rem;
}
h1 { font-size: 1.7rem; margin: 0 0 .25rem; }
h2 { font-size: 1.35rem; margin: 3rem 0 .5rem; padding-top: 1rem; border-top: 2px solid #1f2933; }
h3 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
p, li { max-width: 75ch; }
a { color: #005a8c; }
.counts { color: #52606d; margin-top: 0; }
.note { background: #f4f6f8; border-left: 4px solid #0072b2; padding: .6rem .9rem; }
.table { overflow-x: auto; }
table { border-collapse: collapse; margin: .75rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: #52606d; padding-bottom: .35rem; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid #d5dbe1; vertical-align: top; }
thead th { border-bottom: 2px solid #8894a0; text-align: right; }
thead th:first-child, tbody th { text-align: left; font-weight: normal; }
td { text-align: right; white-space: nowrap; }
td small { display: block; color: #52606d; }
figure { margin: 1rem 0; }
figure svg { max-width: 100%; height: auto; }
figcaption { color: #52606d; max-width: 75ch; }
details { margin: .75rem 0; }
summary { cursor: pointer; }
dt { font-weight: bold; margin-top: .6rem; }
dd { margin: 0 0 0 1.2rem; max-width: 75ch; }
@media print { h2 { break-before: page; } details { display: block; } }`;
