// The sliders: a line each, with what it is, its value, and a way back to how the face has it of itself.
"use strict";

// Models of digits or cats show no faces: the page's words are about pictures then.
let showsFaces = true;
const worded = text =>
  showsFaces ? text : text.replace(/\bface(s?)\b/g, "picture$1").replace(/\bFace\b/g, "Picture");
function wordPage() {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode())
    if (!["SCRIPT", "STYLE"].includes(texts.currentNode.parentNode.tagName))
      texts.currentNode.data = worded(texts.currentNode.data);
}

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};
const byId = id => document.getElementById(id);
const button = (text, label, click, properties = {}) => {
  const made = element("button", { type: "button", textContent: text, ...properties });
  if (label) made.setAttribute("aria-label", worded(label));
  made.addEventListener("click", click);
  return made;
};
const shownNumber = value => Number(value).toFixed(2).replace("-", "\u2212");

// change(value, isSettled) while it moves and when it is let go; back() to how it is of itself.
class Slider {
  constructor(name, { low, high, step, change, back, resetText = "reset" }) {
    this.input = element("input", { type: "range", min: low, max: high, step });
    this.input.setAttribute("aria-label", name);
    this.output = element("output");
    this.reset = button("↺", resetText + " " + name, back, { className: "reset", title: resetText });
    const what = element("span", { className: "what", textContent: name, title: name });
    this.line = element("div", { className: "slider" }, what, this.input, this.output, this.reset);
    this.input.addEventListener("input", () => change(Number(this.input.value), false));
    this.input.addEventListener("change", () => change(Number(this.input.value), true));
  }

  show(value, isChanged) {
    if (this.input.valueAsNumber !== value) this.input.value = value;
    this.output.textContent = shownNumber(value);
    this.input.setAttribute("aria-valuetext", shownNumber(value) + (isChanged ? "" : ", as it is"));
    this.reset.style.visibility = isChanged ? "visible" : "hidden";
    this.line.classList.toggle("changed", isChanged);
  }
}

const kFirstDirections = 6;

// `page` has model, state, answer (the latest: z, row, parts) and edit(change, isSettled), which changes the
// face that is shown.
class Controls {
  constructor(page) {
    this.page = page;
    const { model } = page;
    this.truncation = new Slider("Truncation", {
      low: 0, high: 1.5, step: 0.05, back: () => page.change(state => { state.truncation = 1; }, true),
      change: (value, isSettled) => page.change(state => { state.truncation = value; }, isSettled)
    });
    byId("truncation").append(this.truncation.line);
    this.makeDirections(model.directions ? model.directions.count : 0);
    this.makeConditions(model.condition);
    this.coordinates = new Map();
    const largest = model.z - 1;
    byId("coordinate-label").textContent = "Coordinate, 0 to " + largest;
    const add = () => {
      const place = wholeText(byId("coordinate").value.trim(), BigInt(largest));
      if (place === null) return page.say("there are coordinates 0 to " + largest);
      byId("coordinate").value = "";
      if (!page.answer) return;
      const now = rounded(within(page.answer.z[place], -3, 3));
      page.edit(face => { face.coordinates[place] ??= now; }, true);
      this.coordinates.get(place)?.input.focus();
    };
    byId("add").addEventListener("click", add);
    byId("coordinate").addEventListener("keydown", event => { if (event.key === "Enter") add(); });
  }

  // A slider for one number of a face: face[kind][place].
  slider(name, kind, place, limits, resetText) {
    const { page } = this;
    return new Slider(name, {
      ...limits, resetText,
      change: (value, isSettled) => page.edit(face => { face[kind][place] = value; }, isSettled),
      back: () => page.edit(face => { delete face[kind][place]; }, true)
    });
  }

  makeDirections(count) {
    this.directions = [...Array(count).keys()].map(k =>
      this.slider("Direction " + (k + 1), "directions", k, { low: -3, high: 3, step: 0.05 }));
    byId("directions").hidden = !count;
    byId("direction-sliders").append(...this.directions.map(slider => slider.line));
    this.showsAll = false;
    const more = byId("more");
    more.hidden = count <= kFirstDirections;
    more.addEventListener("click", () => {
      this.showsAll = !this.showsAll;
      this.showDirections();
      if (this.showsAll) this.directions[kFirstDirections].input.focus();
      else more.scrollIntoView({ block: "nearest" });
    });
  }

  // The first ones, and those that are changed; or all.
  showDirections() {
    const more = byId("more"), count = this.directions.length;
    this.directions.forEach((slider, k) => {
      const isChanged = slider.line.classList.contains("changed");
      slider.line.hidden = !this.showsAll && k >= kFirstDirections && !isChanged;
    });
    more.textContent = this.showsAll ? "Show the first " + kFirstDirections : "Show all " + count;
    more.setAttribute("aria-expanded", String(this.showsAll));
  }

  makeConditions(condition) {
    this.attributes = [];
    this.classes = null;
    if (!condition) return;
    const { page } = this;
    byId("conditions").hidden = false;
    if (condition.classes) {
      const any = element("option", { value: "", textContent: "any, as real pictures have it" });
      this.classes = element("select", {}, any,
        ...condition.names.map((name, k) => element("option", { value: k, textContent: name })));
      this.classes.setAttribute("aria-labelledby", "conditions-head");
      this.classes.addEventListener("change", () => page.edit(face => {
        face.wants = this.classes.value === "" ? {} : { [this.classes.value]: 1 };
      }, true));
      byId("shown").append(this.classes);
      return;
    }
    byId("shown").className = "sliders";
    const note = "0 is no, 1 is yes. What is not set is as a real picture has it.";
    byId("shown").append(element("p", { className: "note", textContent: note }));
    this.attributes = condition.names.map((name, k) =>
      this.slider(name, "wants", k, { low: 0, high: 1, step: 0.05 }, "as real pictures have it:"));
    byId("shown").append(...this.attributes.map(slider => slider.line));
  }

  showCoordinates(face) {
    const wanted = Object.keys(face.coordinates);
    for (const [place, slider] of this.coordinates)
      if (!wanted.includes(place)) {
        const hadFocus = slider.line.contains(document.activeElement);
        slider.line.remove();
        this.coordinates.delete(place);
        if (hadFocus) byId("coordinate").focus();
      }
    for (const place of wanted) {
      if (!this.coordinates.has(place)) {
        const slider = this.slider("z" + place, "coordinates", place, { low: -3, high: 3, step: 0.05 });
        this.coordinates.set(place, slider);
        byId("coordinate-sliders").append(slider.line);
      }
      this.coordinates.get(place).show(face.coordinates[place], true);
    }
  }

  // Of the state, and, as far as it is known already, of what the latest picture was made of.
  show() {
    const { state, answer } = this.page, { face, mode } = state, own = mode === "face";
    const hasSeed = own && !face.z;
    if (document.activeElement !== byId("seed")) byId("seed").value = hasSeed ? face.seed : "";
    if (document.activeElement !== byId("index")) byId("index").value = hasSeed ? face.index : "";
    byId("seed").placeholder = hasSeed ? "" : "none: a mixture";
    byId("index").disabled = !hasSeed;
    this.truncation.show(state.truncation, state.truncation !== 1);
    const show = (sliders, changes, natural) => sliders.forEach((slider, k) => {
      const isChanged = own && changes[k] !== undefined;
      slider.show(isChanged ? changes[k] : answer ? rounded(natural(answer, k)) : 0, isChanged);
    });
    show(this.directions, face.directions, ({ parts }, k) => parts[k]);
    this.showDirections();
    show(this.attributes, face.wants, ({ row }, k) => (row[k] + 1) / 2);
    this.showCoordinates(own ? face : { coordinates: {} });
    if (this.classes) this.classes.value = own ? Object.keys(face.wants)[0] ?? "" : "";
    byId("smooth").checked = this.page.look() === "smooth";
  }
}
