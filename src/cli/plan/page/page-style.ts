/** The style of a plan's page: by the reader's light or dark setting, and light on paper. */
export const pageStyle = `
:root { color-scheme: light dark;
  --paper: light-dark(#ffffff, #14171c); --ink: light-dark(#1a1f27, #e8ebf0); --muted: light-dark(#58616e, #a3acb9);
  --line: light-dark(#d9dee5, #333a45); --bar: light-dark(#2f6fb5, #3b78bb); --low: light-dark(#2f6fb5, #3b78bb);
  --high: light-dark(#c2571a, #f0965a); --band: light-dark(#2f6fb533, #6aa9ee33); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 860px; padding: 32px 20px 64px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 18px; margin: 36px 0 10px; }
p, figcaption, .muted { color: var(--muted); } p.lead { color: var(--ink); margin: 6px 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--muted); font-size: 13px; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.source { min-width: 14em; font-size: 13px; color: var(--muted); overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
figure { margin: 0 0 24px; break-inside: avoid; }
h1, td, p { overflow-wrap: anywhere; }
figcaption { margin-bottom: 8px; }
svg { display: block; width: 100%; height: auto; font: 13px system-ui, sans-serif; }
svg text { fill: var(--ink); dominant-baseline: middle; }
svg .small { font-size: 11.5px; fill: var(--muted); }
svg .bar { fill: var(--bar); } svg .low { fill: var(--low); } svg .high { fill: var(--high); }
svg .whisker, svg .base { fill: none; stroke: var(--ink); stroke-width: 1.2; }
svg .grid { stroke: var(--line); } svg .band { fill: var(--band); }
svg .line { fill: none; stroke: var(--bar); stroke-width: 2.2; } svg .dot { fill: var(--high); }
.key { display: inline-block; width: 11px; height: 11px; margin: 0 6px 0 0; }
.key + .key, .key.high { margin-left: 14px; }
.key.low { background: var(--low); } .key.high { background: var(--high); }
.narrow { display: none; }
@media screen and (max-width: 640px) {
  .bars .drawing { display: none; } .narrow { display: block; margin: 0; }
  .narrow div { padding: 5px 0; } .narrow dt { font-size: 13px; color: var(--muted); } .narrow dd { margin: 0; }
  .narrow i { display: block; height: 8px; min-width: 1px; background: var(--bar); }
  body { padding: 20px 14px 40px; } h1 { font-size: 22px; } td.number, th.number { white-space: normal; }
  .drawing { overflow-x: auto; } .drawing svg { width: 640px; }
  .stacked thead { display: none; } .stacked tr { display: block; padding: 8px 0; border-bottom: 1px solid var(--line); }
  .stacked td, .stacked td.number { display: block; border: 0; padding: 0; text-align: left; }
  .stacked td:empty { display: none; } .stacked td[data-title]::before { content: attr(data-title) ": "; color: var(--muted); } }
@media print { :root { color-scheme: light; } body { max-width: none; padding: 0; font-size: 10pt; }
  table { page-break-inside: auto; }
  h2 { break-after: avoid; } tr { break-inside: avoid; } .bar, .key { print-color-adjust: exact; } }
`;
