// Pinned faces: a shelf of small pictures to open, to walk between, to add and to subtract.
"use strict";

function paint(canvas, { width, height, channels }, pixels) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { alpha: false }), image = context.createImageData(width, height);
  for (let i = 0, n = width * height; i < n; ++i) {
    for (let c = 0; c < 3; ++c) image.data[4 * i + c] = pixels[i * channels + (channels === 3 ? c : 0)];
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

function nameOfFace(face, model) {
  const seed = "seed " + face.seed + (face.index === "0" ? "" : ", picture " + face.index);
  const changes = changesOf(face);
  const count = changes === 1 ? ", 1 change" : ", " + changes + " changes";
  const wants = wantsOf(model.condition, face.wants), more = wants.length - kMostNamed;
  const named = wants.slice(0, kMostNamed).map(want => ", " + want).join("");
  return (face.z ? "a mixture" : seed) + (changes ? count : "") + named +
    (more > 0 ? ", " + more + " more" : "");
}

class Shelf {
  constructor(page) {
    this.page = page;
    this.made = new Map();  // text of a face -> its canvas
    this.shown = "";
    byId("walk-pins").addEventListener("click", () => this.toggleWalk());
    byId("sum-pins").addEventListener("click", () =>
      page.change(state => { state.mode = state.mode === "sum" ? "face" : "sum"; }, true));
    byId("clear-pins").addEventListener("click", () => page.change(state => { state.pins = []; }, true));
    byId("play").addEventListener("click", () => this.play(!page.state.play));
    byId("place").addEventListener("input", () => this.goTo(Number(byId("place").value), false));
    byId("place").addEventListener("change", () => this.goTo(Number(byId("place").value), true));
    byId("pace").addEventListener("change", () =>
      page.change(state => { state.speed = Number(byId("pace").value); }, true));
  }

  pin() {
    const { page } = this, { state } = page;
    if (state.pins.length >= kMostPins) return page.say("the shelf is full: " + kMostPins + " faces");
    const face = page.currentFace();
    if (!face) return;
    page.change(s => {
      s.pins.push(face);
      if (s.mode === "walk") s.mode = "face", s.face = copiedFace(face);
    }, true);
    page.say("pinned: " + state.pins.length + (state.pins.length === 1 ? " face" : " faces"));
  }

  toggleWalk() {
    const { state } = this.page;
    if (state.pins.length < 2) return this.page.say("a walk needs two pinned faces");
    if (state.mode === "walk") return this.page.change(s => { s.mode = "face"; }, true);
    this.page.change(s => { s.mode = "walk"; s.at = 0; s.play = true; }, true);
    this.step();
  }

  play(isPlaying) {
    this.page.change(state => { state.play = isPlaying; }, true);
    this.step();
  }

  goTo(place, isSettled) {
    this.page.change(state => {
      state.at = rounded(place % state.pins.length);
      state.play = false;
    }, isSettled);
  }

  // One frame of a walk that is played, and then the next: as many as are ready in time.
  step() {
    if (this.isStepping) return;
    this.isStepping = true;
    let before = null;
    const frame = now => {
      const { state } = this.page;
      if (!state.play || state.mode !== "walk") {
        this.isStepping = false;
        return;
      }
      const passed = before === null ? 0 : Math.min(now - before, 250);
      before = now;
      state.at = (state.at + passed / 2000 * state.speed) % state.pins.length;
      this.page.show(() => requestAnimationFrame(frame));
    };
    requestAnimationFrame(frame);
  }

  // The small picture of a pin, computed once.
  canvasOf(face) {
    const { page } = this, text = faceText({ ...face, sign: 0 }) + "|" + page.state.truncation;
    const canvas = element("canvas", { width: page.model.width, height: page.model.height });
    canvas.setAttribute("aria-hidden", "true");
    const known = this.made.get(text);
    if (known) paint(canvas, page.model, known);
    else
      page.computer.later({ face: recipeFace(face) }, page.state.truncation, answer => {
        if (!answer) return;
        this.made.set(text, answer.pixels);
        paint(canvas, page.model, answer.pixels);
      }, "pins");
    return canvas;
  }

  sign(i, wanted) {
    this.page.change(state => {
      const pin = state.pins[i];
      pin.sign = pin.sign === wanted ? 0 : wanted;
      state.mode = state.pins.some(other => other.sign > 0) ? "sum" : "face";
    }, true);
    byId("pins").children[i]?.querySelector(wanted > 0 ? ".plus" : ".minus").focus();
  }

  line(face, i) {
    const { page } = this, name = "pinned face " + (i + 1);
    const label = "open " + name + ", " + nameOfFace(face, page.model);
    const open = button("", label, () => page.open(face), { className: "open" });
    open.append(this.canvasOf(face));
    const sign = (sign, text, className, verb) => {
      const title = verb + " this face";
      const made = button(text, verb + " " + name, () => this.sign(i, sign), { className, title });
      made.setAttribute("aria-pressed", String(face.sign === sign));
      return made;
    };
    const remove = button("×", "remove " + name, () => {
      page.change(state => { state.pins.splice(i, 1); }, true);
      const next = byId("pins").children[Math.min(i, page.state.pins.length - 1)];
      (next?.querySelector(".open") ?? byId("pin")).focus();
    }, { className: "remove", title: "remove" });
    const signs = element("div", { className: "signs" },
      sign(1, "+", "plus", "add"), sign(-1, "\u2212", "minus", "subtract"), remove);
    return element("li", { className: face.sign > 0 ? "added" : face.sign < 0 ? "taken" : "" }, open, signs);
  }

  show() {
    const { state } = this.page, text = state.pins.map(faceText).join(";") + "|" + state.truncation;
    if (text !== this.shown) {
      this.shown = text;
      this.page.computer.drop("pins");
      byId("pins").replaceChildren(...state.pins.map((face, i) => this.line(face, i)));
    }
    const isWalk = state.mode === "walk", added = state.pins.some(pin => pin.sign > 0);
    byId("no-pins").hidden = state.pins.length > 0;
    byId("pin-buttons").hidden = !state.pins.length;
    byId("walk-pins").disabled = state.pins.length < 2;
    byId("walk-pins").textContent = isWalk ? "End the walk" : "Walk between them";
    byId("sum-pins").hidden = !added;
    byId("sum-pins").textContent = state.mode === "sum" ? "Leave the sum" : "Add up";
    byId("walk").hidden = !isWalk;
    byId("play").textContent = state.play ? "Pause" : "Play";
    byId("play").setAttribute("aria-pressed", String(state.play));
    byId("place").max = state.pins.length;
    byId("place").value = state.at;
    const nearest = Math.floor(state.at) % (state.pins.length || 1) + 1;
    byId("place").setAttribute("aria-valuetext", "from face " + nearest + " of " + state.pins.length);
    byId("pace").value = String(state.speed);
  }
}
