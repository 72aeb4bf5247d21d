#include "report/page.h"

namespace facegan::report {

const char* const kPageStyle = R"css(
:root {
  --paper: #f6f7f9; --card: #ffffff; --ink: #1b2027; --soft: #5b6470; --line: #dde1e7; --accent: #0b66c2;
  --warn: #fff4e0; --warn-edge: #d98a00; --good: #1f8a4c; --bad: #c0392b;
  --p0: #0b66c2; --p1: #d9541e; --p2: #14865b; --p3: #8a4fbf; --p4: #b8860b; --p5: #c2348a; --p6: #4a7d8c; --p7: #6b6b6b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12151a; --card: #1b2027; --ink: #e8ebef; --soft: #9aa4b0; --line: #323a45; --accent: #6db3f8;
    --warn: #2e2614; --warn-edge: #e0a030; --good: #4cc982; --bad: #f07a6c;
    --p0: #5aabf5; --p1: #ff9163; --p2: #45c896; --p3: #c095f0; --p4: #e0b84a; --p5: #f07fc0; --p6: #8cc5d5; --p7: #b0b0b0;
  }
}
* { box-sizing: border-box; }
html { scrollbar-gutter: stable; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 1160px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 28px; display: flex; flex-wrap: wrap; align-items: center; gap: 4px 14px; }
.brand { flex-basis: 100%; margin: 0; color: var(--soft); font-size: 13px; letter-spacing: .08em; text-transform: uppercase; }
h1 { margin: 0; font-size: 30px; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 0 0 12px; font-size: 19px; }
.state { margin: 0; padding: 2px 12px; border: 1px solid var(--line); border-radius: 99px; color: var(--soft); font-size: 14px; }
.state.live { border-color: var(--good); color: var(--good); }
.state.live::before { content: ""; display: inline-block; width: 8px; height: 8px; margin-right: 7px; border-radius: 50%; background: var(--good); }
.sub { flex-basis: 100%; margin: 0; color: var(--soft); }
section { margin: 18px 0; padding: 18px 20px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.empty, .note { margin: 4px 0 0; color: var(--soft); font-size: 14px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(112px, 1fr)); gap: 10px; margin: 18px 0; }
.tiles div { min-width: 0; padding: 10px 14px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
dt { color: var(--soft); font-size: 13px; }
dd { margin: 0; font-size: 21px; font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; }
dd small { color: var(--soft); font-size: 13px; font-weight: 400; }
.tiles small { display: block; line-height: 1.2; }
#warnings { background: var(--warn); border-color: var(--warn-edge); }
.warnings { margin: 0; padding-left: 20px; }
.warnings li { margin: 6px 0; overflow-wrap: anywhere; }
.warnings em { font-style: normal; color: var(--soft); }
code { font: .92em ui-monospace, monospace; white-space: nowrap; }
figure { margin: 0; min-width: 0; }
figcaption { margin-bottom: 8px; font-weight: 600; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 20px; }
.pair.many { grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); }
.pair img { display: block; width: 100%; height: auto; border-radius: 6px; background: var(--line); }
img.pixels { image-rendering: pixelated; }
.slide { display: flex; align-items: center; gap: 12px; margin-top: 10px; }
input[type=range] { flex: 1; min-width: 0; height: 32px; accent-color: var(--accent); }
button { width: 40px; height: 40px; border: 1px solid var(--line); border-radius: 50%; background: var(--paper); color: var(--ink); font-size: 15px; cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 6px; }
.film { display: flex; gap: 8px; margin: 10px 0 0; padding: 4px 4px 10px; list-style: none; overflow-x: auto; }
.film li { flex: 1 0 60px; max-width: 120px; text-align: center; color: var(--soft); font-size: 13px; }
.film img { display: block; width: 100%; height: auto; margin-bottom: 4px; border-radius: 4px; }
.film span { white-space: nowrap; }
.gif { display: block; width: 530px; max-width: 100%; height: auto; border-radius: 6px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 26px 34px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 0 0 8px; padding: 0; list-style: none; font-size: 14px; }
.legend li { overflow-wrap: anywhere; }
.legend li::before { content: ""; display: inline-block; width: 18px; height: 0; margin-right: 7px; vertical-align: middle; border-top: 3px solid var(--c, var(--soft)); }
.legend .reference::before { border-top: 2px dashed var(--soft); }
.legend .dashed::before { border-top-style: dashed; }
.c0 { --c: var(--p0); } .c1 { --c: var(--p1); } .c2 { --c: var(--p2); } .c3 { --c: var(--p3); }
.c4 { --c: var(--p4); } .c5 { --c: var(--p5); } .c6 { --c: var(--p6); } .c7 { --c: var(--p7); }
.plot { position: relative; height: 220px; margin: 6px 14px 0 48px; border-left: 1px solid var(--line); border-bottom: 1px solid var(--line); touch-action: pan-y; }
.plot svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: hidden; }
.plot path { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.lines { stroke: var(--line); stroke-width: 1; }
.line { stroke: var(--c); stroke-width: 1.8; stroke-linecap: round; }
.line.faint { opacity: .3; stroke-width: 1; }
.trend { stroke: var(--c); stroke-width: 2.2; stroke-linecap: round; }
.plot .dashed { stroke-dasharray: 6 5; }
.plot path.reference { stroke: var(--soft); stroke-width: 1.3; stroke-dasharray: 5 5; }
.plot span { position: absolute; color: var(--soft); font-size: 12px; line-height: 1; font-variant-numeric: tabular-nums; white-space: nowrap; }
.plot .y { right: 100%; margin-right: 7px; transform: translateY(-50%); }
.plot .x { top: 100%; margin-top: 7px; transform: translateX(-50%); }
.axis { margin: 24px 14px 0 48px; text-align: right; color: var(--soft); font-size: 12px; line-height: 1; }
.plot .cross { top: 0; bottom: 0; width: 0; border-left: 1px solid var(--soft); pointer-events: none; }
.plot .values { z-index: 1; padding: 6px 9px; background: var(--card); color: var(--ink); border: 1px solid var(--line); border-radius: 8px; box-shadow: 0 3px 12px #0003; line-height: 1.5; pointer-events: none; top: 6px; }
.plot .values i { display: inline-block; width: 10px; height: 10px; margin-right: 6px; border-radius: 2px; background: var(--c); }
.scroll { overflow-x: auto; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 12px 24px; margin: 0; }
.facts dd { font-size: 15px; font-weight: 400; white-space: normal; overflow-wrap: anywhere; }
table { border-collapse: collapse; font-size: 15px; font-variant-numeric: tabular-nums; }
th, td { min-width: 7em; max-width: 24em; padding: 5px 18px 5px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; overflow-wrap: break-word; }
thead th { color: var(--soft); font-size: 14px; }
tbody th { color: var(--soft); font-weight: 400; white-space: nowrap; }
tr:last-child > * { border-bottom: 0; }
summary { cursor: pointer; }
pre { max-height: 520px; overflow: auto; margin: 12px 0 0; padding: 14px; background: var(--paper); border-radius: 8px; font: 13px/1.5 ui-monospace, monospace; }
a { color: var(--accent); }
footer { padding-bottom: 40px; color: var(--soft); font-size: 14px; }
footer a { margin-right: 10px; }
@media (max-width: 600px) {
  header, main, footer { padding-left: 12px; padding-right: 12px; }
  section { padding: 14px; }
  h1 { font-size: 24px; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .film li { flex-basis: 44px; }
  .plot { margin-left: 40px; height: 190px; }
}
)css";

const char* const kPageScript = R"js(
"use strict";
const memory = {  // of this tab, so that a page that loads itself again stays as it was
  read(name) { try { return sessionStorage.getItem(location.pathname + "#" + name); } catch { return null; } },
  write(name, value) { try { sessionStorage.setItem(location.pathname + "#" + name, value); } catch { /* not kept */ } }
};
let touched = 0, playing = 0;
for (const kind of ["pointerdown", "keydown", "wheel"]) addEventListener(kind, () => { touched = Date.now(); }, { passive: true });

const slider = document.getElementById("slider");
if (slider) {
  const shown = document.getElementById("grid"), label = document.getElementById("grid-label"), play = document.getElementById("play");
  const sheets = [...document.getElementById("grids").content.children].map(i => ({ label: i.alt, source: i.getAttribute("src") }));
  sheets.push({ label: label.textContent, source: shown.getAttribute("src") });
  const show = () => {
    const sheet = sheets[slider.value];
    shown.src = sheet.source;
    shown.alt = "generated, " + sheet.label;
    label.textContent = sheet.label;
    slider.setAttribute("aria-valuetext", sheet.label);
    memory.write("grid", slider.value === slider.max ? "" : sheet.label);
  };
  const stop = () => {
    clearInterval(playing);
    playing = 0;
    play.textContent = "▶";
    play.setAttribute("aria-pressed", "false");
  };
  slider.addEventListener("input", () => { stop(); show(); });
  play.addEventListener("click", () => {
    if (playing) return stop();
    if (slider.value === slider.max) slider.value = 0;
    play.textContent = "❚❚";
    play.setAttribute("aria-pressed", "true");
    show();
    playing = setInterval(() => {
      slider.value = Number(slider.value) + 1;
      show();
      if (slider.value === slider.max) stop();
    }, 220);
  });
  addEventListener("keydown", event => {  // the arrows work wherever nothing else takes them
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.ctrlKey || event.altKey || event.metaKey || document.activeElement !== document.body) return;
    stop();
    slider.value = Number(slider.value) + by;
    show();
  });
  const kept = sheets.findIndex(sheet => sheet.label === memory.read("grid"));
  if (kept >= 0) { slider.value = kept; show(); }
}

const readable = value => {
  const size = Math.abs(value);
  return size >= 1000 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
};
for (const plot of document.querySelectorAll(".plot")) {
  const [x0, x1, y0, y1] = ["x0", "x1", "y0", "y1"].map(name => Number(plot.dataset[name]));
  let curves, cross, values;
  const prepare = () => {
    curves = [...plot.querySelectorAll(".line")].map(path => ({
      name: path.dataset.name, style: path.getAttribute("class"),
      points: [...path.getAttribute("d").matchAll(/(-?\d+),(-?\d+)/g)].map(m => [Number(m[1]), Number(m[2])])
    })).filter(curve => curve.points.length);
    cross = plot.appendChild(document.createElement("span"));
    cross.className = "cross";
    values = plot.appendChild(document.createElement("span"));
    values.className = "values";
  };
  const hide = () => { if (values) cross.hidden = values.hidden = true; };
  plot.addEventListener("pointermove", event => {
    if (!curves) prepare();
    if (!curves.length) return;
    const box = plot.getBoundingClientRect(), at = 10000 * (event.clientX - box.left) / box.width;
    const nearest = curves.map(curve => curve.points.reduce((a, b) => Math.abs(b[0] - at) < Math.abs(a[0] - at) ? b : a));
    const x = nearest.reduce((a, b) => Math.abs(b[0] - at) < Math.abs(a[0] - at) ? b : a)[0];
    values.replaceChildren(plot.dataset.x + " " + readable(x0 + x / 10000 * (x1 - x0)));
    curves.forEach((curve, i) => {
      const line = document.createElement("div"), mark = document.createElement("i");
      line.className = curve.style.replace("line", "");
      line.append(mark, curve.name + " " + readable(y1 - nearest[i][1] / 10000 * (y1 - y0)) + plot.dataset.unit);
      values.append(line);
    });
    cross.hidden = values.hidden = false;
    cross.style.left = x / 100 + "%";
    values.style.left = x < 5000 ? "calc(" + x / 100 + "% + 10px)" : "auto";
    values.style.right = x < 5000 ? "auto" : "calc(" + (100 - x / 100) + "% + 10px)";
  });
  plot.addEventListener("pointerleave", hide);
}

const gif = document.querySelector(".gif");
if (gif) {
  const replace = () => gif.replaceWith("training.gif lies in the run's folder, not here.");
  if (gif.complete && !gif.naturalWidth && gif.currentSrc) replace(); else gif.addEventListener("error", replace);
}

for (const part of document.querySelectorAll("details")) {
  if (memory.read(part.id)) part.open = true;
  part.addEventListener("toggle", () => memory.write(part.id, part.open ? "open" : ""));
}

if (document.body.dataset.reloadS) {
  const state = document.getElementById("state"), stale = Number(document.body.dataset.staleS);
  const timer = setInterval(() => {
    const age = (Date.now() - Date.parse(document.lastModified)) / 1000;  // of the file
    if (age > stale) {
      clearInterval(timer);
      state.className = "state";
      state.textContent = "no news for " + Math.round(age / 60) + " minutes; reload to look again";
    } else if (!document.hidden && !playing && Date.now() - touched > 4000) {
      location.reload();  // the browser keeps the place on the page
    }
  }, 1000 * Number(document.body.dataset.reloadS));
}
)js";

}  // namespace facegan::report
