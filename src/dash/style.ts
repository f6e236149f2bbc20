// Why: one style sheet, in light and dark, makes the dashboard look alike everywhere, without fonts, pictures or a
// bundler.
// Promises: pure text; colours have names, and text on them a contrast of at least 4.5 to 1.
// Never: loads anything.

/** The style sheet. */
export const styleSheet = `:root {
  color-scheme: light dark;
  --paper: #f7f7f5; --sheet: #ffffff; --ink: #1c1d1f; --soft: #5c6067; --line: #e2e2de; --wash: #f0f0ec;
  --accent: #2f55d4; --accent-ink: #ffffff; --accent-wash: #eaeffd;
  --good: #1a7342; --good-wash: #e5f4ea; --bad: #b3261e; --bad-wash: #fcebe9; --wait: #8a5700; --wait-wash: #fbf1dd;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --round: 10px;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #131416; --sheet: #1b1d20; --ink: #e7e8ea; --soft: #a0a5ad; --line: #2f3237; --wash: #24272b;
    --accent: #93aaff; --accent-ink: #10141f; --accent-wash: #232a41;
    --good: #6fd08f; --good-wash: #1a2f22; --bad: #ff9a90; --bad-wash: #3a1f1d; --wait: #e9b75a; --wait-wash: #33291a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
}
h1, h2, h3, p, ul, ol, dl, dd, pre, figure { margin: 0; }
h1 { font-size: 1.6rem; line-height: 1.25; letter-spacing: -0.015em; font-weight: 650; text-wrap: balance; }
h2 { font-size: 1.06rem; font-weight: 650; letter-spacing: -0.005em; }
h3 { font-size: 0.95rem; font-weight: 600; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 3px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
main:focus { outline: none; }
code, pre, .mono, kbd { font-family: var(--mono); font-size: 0.86em; }
ul.plain, ol.plain { list-style: none; padding: 0; }
.skip { position: absolute; left: -9999px; top: 8px; padding: 8px 14px; background: var(--accent); color: var(--accent-ink); z-index: 9; border-radius: 6px; }
.skip:focus { left: 16px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.soft { color: var(--soft); }
.small { font-size: 0.87rem; }
.num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.wrap { overflow-wrap: anywhere; }
.nowrap { white-space: nowrap; }

.bar { background: var(--sheet); border-bottom: 1px solid var(--line); }
.bar > div { max-width: 1240px; margin: 0 auto; padding: 10px 24px; display: flex; gap: 8px 20px; align-items: center; flex-wrap: wrap; }
.brand { font-weight: 700; letter-spacing: -0.02em; color: var(--ink); text-decoration: none; font-size: 1.05rem; }
.brand span { color: var(--soft); font-weight: 400; }
.bar nav { flex: 1 1 auto; min-width: 0; }
.bar nav ul { display: flex; gap: 2px; overflow-x: auto; scrollbar-width: thin; }
.bar nav a { display: block; padding: 6px 11px; border-radius: 7px; color: var(--soft); text-decoration: none; white-space: nowrap; }
.bar nav a:hover { background: var(--wash); color: var(--ink); }
.bar nav a[aria-current] { background: var(--wash); color: var(--ink); font-weight: 600; }
.count { display: inline-block; min-width: 1.45em; padding: 0 0.4em; margin-left: 5px; border-radius: 99px; background: var(--accent); color: var(--accent-ink); font-size: 0.78rem; font-weight: 650; text-align: center; line-height: 1.45em; }
main { max-width: 1240px; margin: 0 auto; padding: 28px 24px 56px; display: grid; gap: 28px; grid-template-columns: minmax(0, 1fr); }
.foot { max-width: 1240px; margin: 0 auto; padding: 0 24px 32px; color: var(--soft); font-size: 0.84rem; display: flex; gap: 6px 18px; flex-wrap: wrap; }
.head { display: grid; gap: 6px; }
.head .row, .row { display: flex; gap: 8px 14px; align-items: center; flex-wrap: wrap; }
.spread { justify-content: space-between; }

.sheet { background: var(--sheet); border: 1px solid var(--line); border-radius: var(--round); padding: 18px 20px; display: grid; gap: 12px; align-content: start; min-width: 0; grid-template-columns: minmax(0, 1fr); }
.two { display: grid; gap: 20px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); }
.stack { display: grid; gap: 12px; grid-template-columns: minmax(0, 1fr); }
.tight { gap: 6px; }
.asks { display: grid; gap: 14px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); align-items: start; }
div:empty, p:empty { display: none; }
.lines ul { padding-left: 1.15em; }

.ask { border-left: 4px solid var(--accent); }
.ask h3 { font-size: 1.06rem; font-weight: 620; }
.ask h3 a { color: var(--ink); text-decoration: none; }
.ask h3 a:hover { text-decoration: underline; }
.said { margin: 0; border-left: 3px solid var(--line); padding: 2px 0 2px 14px; white-space: pre-wrap; overflow-wrap: anywhere; max-width: 78ch; }
.blocks { color: var(--wait); font-size: 0.9rem; }
.notice { border-radius: var(--round); padding: 12px 16px; background: var(--good-wash); color: var(--good); }
ul.notice { padding: 12px 16px; }
.notice.bad { background: var(--bad-wash); color: var(--bad); }
.notice.wait { background: var(--wait-wash); color: var(--wait); }
.notice.wait code { color: inherit; }

.lanes { display: grid; gap: 16px; grid-template-columns: repeat(4, minmax(0, 1fr)); align-items: start; }
.lanes.wide { grid-template-columns: minmax(0, 1fr); }
.lanes.wide .lane ul { grid-template-columns: repeat(auto-fill, minmax(min(100%, 260px), 1fr)); align-items: start; }
.lane { min-width: 0; display: grid; gap: 10px; grid-template-columns: minmax(0, 1fr); }
.lane h2 { display: flex; gap: 8px; align-items: baseline; border-bottom: 2px solid var(--line); padding-bottom: 7px; }
.lane h2 small { color: var(--soft); font-weight: 500; font-size: 0.87rem; }
.lane ul { display: grid; gap: 8px; grid-template-columns: minmax(0, 1fr); }
.tile { background: var(--sheet); border: 1px solid var(--line); border-radius: 8px; padding: 10px 12px; display: grid; gap: 3px; grid-template-columns: minmax(0, 1fr); }
.tile .title { color: var(--ink); text-decoration: none; font-weight: 550; overflow-wrap: anywhere; }
.tile a.title:hover { text-decoration: underline; }
.tile .meta { color: var(--soft); font-size: 0.84rem; overflow-wrap: anywhere; }
.empty { color: var(--soft); font-size: 0.92rem; }

.pill { display: inline-flex; align-items: center; gap: 6px; padding: 1px 9px; border-radius: 99px; font-size: 0.82rem; font-weight: 600; background: var(--wash); color: var(--soft); white-space: nowrap; }
.pill.good { background: var(--good-wash); color: var(--good); }
.pill.bad { background: var(--bad-wash); color: var(--bad); }
.pill.wait { background: var(--wait-wash); color: var(--wait); }
.pill.run { background: var(--accent-wash); color: var(--accent); }
.dot { width: 8px; height: 8px; border-radius: 99px; background: currentColor; display: inline-block; }
.state { font-size: 0.87rem; color: var(--soft); display: inline-flex; gap: 7px; align-items: center; }
.state.on .dot { background: var(--good); }
.state.off { color: var(--bad); }

form { display: grid; gap: 10px; grid-template-columns: minmax(0, 1fr); }
form.inline .field { min-width: 0; max-width: 100%; }
form.inline { display: flex; gap: 8px 12px; align-items: end; flex-wrap: wrap; }
.field { display: grid; gap: 4px; grid-template-columns: minmax(0, 1fr); }
.field > label { font-weight: 600; font-size: 0.9rem; }
.field > small { color: var(--soft); }
input, select, textarea { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 7px; padding: 8px 10px; width: 100%; }
@media (prefers-color-scheme: light) { input, select, textarea { border-color: #8b8e94; background: #fff; } }
@media (prefers-color-scheme: dark) { input, select, textarea { border-color: #6b7079; } }
textarea { min-height: 3.4em; resize: vertical; }
button, .button { font: inherit; font-weight: 600; cursor: pointer; border-radius: 7px; border: 1px solid var(--line); background: var(--sheet); color: var(--ink); padding: 7px 14px; text-decoration: none; white-space: nowrap; }
button:hover, .button:hover { background: var(--wash); }
button.main, .button.main { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); }
button.main:hover, .button.main:hover { filter: brightness(1.08); }
button.danger { color: var(--bad); }
details > summary { cursor: pointer; color: var(--soft); width: fit-content; }
details > summary:hover { color: var(--ink); }
details[open] > summary { margin-bottom: 10px; }

.scroll { overflow-x: auto; position: relative; }
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: 0.84rem; }
th, td { padding: 7px 14px 7px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
th.num:has(+ .left), td.num:has(+ .left) { padding-right: 28px; }
tbody tr:last-child > * { border-bottom: 0; }
th.num { text-align: right; }
td .wrap { display: inline-block; min-width: 12rem; }
td .mono { overflow-wrap: anywhere; display: inline-block; min-width: 8.5rem; }
dl.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 5px 18px; font-size: 0.94rem; }
dl.facts dt { color: var(--soft); }
dl.facts dd { overflow-wrap: anywhere; }
.figures { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); }
.figures div { display: grid; gap: 1px; align-content: start; }
.figures b { font-size: 1.5rem; font-weight: 620; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.lines dt { font-weight: 600; font-size: 0.87rem; color: var(--soft); }
.lines dd { margin: 2px 0 10px; white-space: pre-wrap; overflow-wrap: anywhere; }
.lines dd:last-child { margin-bottom: 0; }
form.sheet, .sheet > form:not(.inline) { max-width: 760px; gap: 14px; }
.toc { display: flex; gap: 4px 16px; flex-wrap: wrap; font-size: 0.92rem; }

.steps { position: relative; display: grid; gap: 2px; }
.steps li { display: grid; grid-template-columns: 5.2em minmax(0, 1fr); gap: 12px; padding: 4px 0; }
.steps time { color: var(--soft); font-variant-numeric: tabular-nums; font-size: 0.87rem; padding-top: 1px; }
.steps p { overflow-wrap: anywhere; border-left: 2px solid var(--line); padding-left: 14px; }
.steps .good p { border-color: var(--good); }
.steps .bad p { border-color: var(--bad); }
.steps .wait p { border-color: var(--wait); }
.turns li { display: grid; grid-template-columns: 5.2em 5em minmax(0, 1fr); gap: 12px; padding: 5px 0; border-bottom: 1px solid var(--line); }
.turns li:last-child { border: 0; }
.turns pre { white-space: pre-wrap; overflow-wrap: anywhere; }
pre.block { background: var(--wash); border-radius: 8px; padding: 12px 14px; overflow: auto; max-height: 36rem; white-space: pre-wrap; overflow-wrap: anywhere; }

.diff { border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
.diff h3 { padding: 8px 14px; background: var(--wash); font: 600 0.86rem/1.5 var(--mono); overflow-wrap: anywhere; display: flex; justify-content: space-between; gap: 12px; }
.diff h3 span { white-space: nowrap; font-weight: 500; }
.diff .scroll { max-height: 44rem; overflow: auto; }
.diff table { font: 0.83rem/1.5 var(--mono); }
.diff td { border: 0; padding: 0 12px 0 0; }
.diff td.at { color: var(--soft); text-align: right; padding: 0 10px; width: 1%; user-select: none; white-space: nowrap; }
.diff td.text { white-space: pre; width: 100%; }
.diff tr.add { background: var(--good-wash); }
.diff tr.del { background: var(--bad-wash); }
.diff tr.hunk { color: var(--soft); background: var(--paper); }
.plus { color: var(--good); }
.minus { color: var(--bad); }

svg { display: block; max-width: none; }
svg text { fill: var(--ink); font: 600 12.5px system-ui, sans-serif; }
svg text.sub { fill: var(--soft); font-weight: 400; font-size: 11.5px; }
.node rect { fill: var(--sheet); stroke: var(--line); stroke-width: 1.5; }
.node.good rect { stroke: var(--good); }
.node.bad rect { stroke: var(--bad); }
.node.wait rect { stroke: var(--wait); }
.node.run rect { stroke: var(--accent); }
.node.here rect { fill: var(--accent-wash); stroke-width: 2.5; }
.edge { fill: none; stroke: var(--soft); stroke-width: 1.3; opacity: 0.6; }
.meter rect.fresh { fill: var(--accent); }
.meter rect.reread { fill: var(--soft); opacity: 0.5; }
.meter rect.written { fill: var(--wait); }
.meter rect.output { fill: var(--good); }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 5px; }
.key.fresh { background: var(--accent); } .key.reread { background: var(--soft); opacity: 0.5; } .key.written { background: var(--wait); } .key.output { background: var(--good); }

.narrow { display: none; }

@media (max-width: 1000px) { .lanes { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
@media (max-width: 600px) {
  .bar > div { padding: 10px 16px; }
  .bar nav { order: 9; flex-basis: 100%; }
  .bar nav ul { flex-wrap: wrap; gap: 0; }
  .bar nav a { padding: 5px; font-size: 0.86rem; }
  .bar .button { padding: 4px 10px; margin-left: auto; }
  .bar .state { order: 10; }
  .narrow { display: inline; }
  .stacked td:first-child:has(strong) { flex-basis: 100%; }
  main { padding: 20px 16px 40px; gap: 22px; }
  .foot { padding: 0 16px 24px; }
  .sheet { padding: 14px 15px; }
  .lanes { grid-template-columns: minmax(0, 1fr); }
  .turns li { grid-template-columns: 4em minmax(0, 1fr); }
  .turns li > :last-child { grid-column: 1 / -1; }
  h1 { font-size: 1.35rem; }
  .stacked thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stacked tr { display: flex; flex-wrap: wrap; gap: 2px 12px; padding: 9px 0; border-bottom: 1px solid var(--line); align-items: baseline; }
  .stacked tbody tr:last-child { border-bottom: 0; }
  .stacked td { border: 0; padding: 0; }
  .stacked td:empty { display: none; }
  .stacked td .mono { min-width: 0; }
  .stacked td:last-child { flex-basis: 100%; }
}
@media print { .bar nav, .foot, form { display: none; } }
`;

/** The sign in the browser's tab. */
export const dashIcon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3.5" fill="#2f55d4"/><path d="M4 4.5h8M4 7h8M4 9.5h8M4 12h5" stroke="#fff" stroke-width="1.4" stroke-linecap="round"/></svg>
`;
