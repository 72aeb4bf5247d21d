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
