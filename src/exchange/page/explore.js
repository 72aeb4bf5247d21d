// The page: what is chosen, what is shown of it, undo, the address, and the keys.
"use strict";

const kMostUndo = 300, kAddressMs = 500, kSpokenMs = 400, kLargestCanvas = 1024;
const kSmallest = 48;  // smaller pictures are shown as the pixels they are

const recipeFace = face => ({
  seed: face.seed, index: face.index, z: face.z, row: face.row, directions: Object.entries(face.directions),
  coordinates: Object.entries(face.coordinates), wants: Object.entries(face.wants)
});
const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const newSeed = () => String(crypto.getRandomValues(new Uint32Array(1))[0] % 10000000);

function saveAs(bytes, name) {
  const address = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

class Page {
  constructor() {
    this.model = JSON.parse(byId("model").textContent);
    showsFaces = this.model.faces !== false;
    if (!showsFaces) wordPage();
    this.state = stateOf(this.address(), this.model, newSeed());
    this.past = [];
    this.future = [];
    this.settledText = stateText(this.state);
    this.answer = null;  // of the latest picture: pixels, z, row, parts, ms
    this.answerText = "";  // the state it was made for
    this.tellAbout();
    const engine = /[#&]engine=js\b/.test(this.address()) ? "js" : "auto";
    this.kept = engine === "js" ? "&engine=js" : "";
    this.ready = new Promise(done => { this.isReady = done; });
    const source = byId("engine").textContent, weights = byId("weights").textContent;
    this.computer = new Computer(source, this.model, weights, engine, {
      progress: share => { byId("unpacked").value = share; },
      ready: name => {
        this.engine = name;
        byId("loading").hidden = true;
        this.isReady();
      },
      failed: message => this.fail(message)
    });
    byId("weights").remove();  // the text of all weights is large
    this.controls = new Controls(this);
    this.shelf = new Shelf(this);
    this.sheet = new Sheet(this);
    this.listen();
    if (isCalm()) this.state.play = false;
    this.refresh();
    if (this.state.play) this.shelf.step();
  }

  address() { return location.hash; }

  look() {
    const { width, height } = this.model;
    return this.state.look ?? (Math.min(width, height) < kSmallest ? "pixels" : "smooth");
  }

  tellAbout() {
    const { model } = this, about = [model.preset, "step " + model.step, model.width + "×" + model.height];
    if (model.weights_of === "mean") about.push("mean weights");
    byId("name").textContent = model.name;
    byId("about").textContent = about.join(" · ");
    byId("made").textContent = [model.name, "preset " + model.preset, "step " + model.step,
      "checkpoint " + model.checkpoint_hash, model.program].join(" · ");
    const { style } = byId("picture");
    style.aspectRatio = model.width + " / " + model.height;
    document.documentElement.style.setProperty("--shape", model.width / model.height);
  }

  // Changes what is chosen. Where it is settled, one can come back to what was before.
  change(how, isSettled) {
    how(this.state);
    possible(this.state);
    this.refresh();
    if (isSettled) this.settle();
  }

  settle() {
    const text = stateText(this.state);
    if (text === this.settledText) return;
    const isHeld = this.isRepeat && this.past.length > 0;  // a key that is held down is one change
    if (!isHeld) this.past.push(this.settledText);
    if (this.past.length > kMostUndo) this.past.shift();
    this.future = [];
    this.settledText = text;
    this.say("");
    this.writeAddress();
    this.showUndo();
  }

  // Changes the face; in a walk or a sum, the one that is seen just now.
  edit(how, isSettled) {
    const face = this.currentFace();
    if (!face) return;
    this.change(state => {
      how(face);
      state.mode = "face";
      state.face = face;
    }, isSettled);
  }

  open(face) {
    this.change(state => {
      state.mode = "face";
      state.face = copiedFace(face);
      delete state.face.sign;
    }, true);
  }

  // A copy of the face that is shown: in a walk or a sum its latent; null where that is not there yet.
  currentFace() {
    const { state, answer } = this;
    if (state.mode === "face") return copiedFace(state.face);
    if (!answer) return null;
    const row = answer.row.length ? Array.from(answer.row, rounded) : null;
    return { ...plainFace("0"), z: Float32Array.from(answer.z), row };
  }

  undo(from = this.past, to = this.future) {
    if (!from.length) return;
    to.push(this.settledText);
    const { at, play } = this.state;
    this.settledText = from.pop();
    this.state = stateOf(this.settledText, this.model, "0");
    if (this.state.mode === "walk" && play) this.state.at = at;
    this.refresh();
    this.writeAddress();
    this.showUndo();
    if (this.state.play) this.shelf.step();
  }

  redo() { this.undo(this.future, this.past); }

  showUndo() {
    byId("undo").disabled = !this.past.length;
    byId("redo").disabled = !this.future.length;
  }

  recipe() {
    const { mode, pins, face, at } = this.state, faces = list => list.map(recipeFace);
    if (mode === "walk") return { walk: faces(pins), at };
    if (mode === "face") return { face: recipeFace(face) };
    return { plus: faces(pins.filter(pin => pin.sign > 0)), minus: faces(pins.filter(pin => pin.sign < 0)) };
  }

  // Asks for the picture of the state; `then` when it is there.
  show(then) {
    const text = stateText(this.state);
    this.computer.show(this.recipe(), this.state.truncation, (answer, message) => {
      if (answer) {
        this.answer = answer;
        this.answerText = text;
        this.draw();
        this.controls.show();
        this.shelf.show();
        this.caption();
      } else {
        this.say(message);
      }
      if (then) then();
    });
  }

  refresh() {
    this.controls.show();
    this.shelf.show();
    this.sheet.show();
    this.showUndo();
    this.show();
  }

  draw() {
    const canvas = byId("picture"), isSmooth = this.look() === "smooth";
    document.body.classList.toggle("pixels", !isSmooth);
    if (!isSmooth) return paint(canvas, this.model, this.answer.pixels);
    // Doubled again and again: smoother than one large step.
    let from = element("canvas");
    paint(from, this.model, this.answer.pixels);
    while (2 * Math.max(from.width, from.height) <= kLargestCanvas) {
      const to = element("canvas", { width: 2 * from.width, height: 2 * from.height });
      this.enlarge(from, to);
      from = to;
    }
    canvas.width = from.width;
    canvas.height = from.height;
    canvas.getContext("2d", { alpha: false }).drawImage(from, 0, 0);
  }

  enlarge(from, to) {
    const context = to.getContext("2d", { alpha: false });
    context.imageSmoothingQuality = "high";
    context.drawImage(from, 0, 0, to.width, to.height);
  }

  describe() {
    const { state } = this, { mode, pins } = state;
    const plus = pins.filter(pin => pin.sign > 0).length, minus = pins.filter(pin => pin.sign < 0).length;
    const sum = plus + " added" + (minus ? ", " + minus + " subtracted" : "");
    const walk = worded("walk between " + pins.length + " faces");
    const truncation = state.truncation === 1 ? "" : ", truncation " + state.truncation;
    return { face: nameOfFace(state.face, this.model), walk, sum }[mode] + truncation;
  }

  caption() {
    const text = this.describe(), ms = Math.max(1, Math.round(this.answer.ms)) + " ms";
    byId("caption-text").textContent = text;
    byId("speed").textContent = ms + (this.engine === "js" ? " without WebAssembly" : "");
    byId("picture").setAttribute("aria-label", "generated picture, " + text);
    clearTimeout(this.speaking);
    const speak = () => { byId("spoken").textContent = text + ", " + ms; };
    if (!this.state.play) this.speaking = setTimeout(speak, kSpokenMs);
  }

  say(text) { byId("status").textContent = worded(text); }

  fail(message) {
    byId("loading").hidden = true;
    this.say("This page cannot compute its pictures here: " + message);
  }

  link() {
    const text = stateText(this.state) + this.kept;
    return location.href.split("#")[0] + "#" + text;
  }

  // Not at once: browsers allow only some changes in a time.
  writeAddress() {
    clearTimeout(this.writing);
    this.writing = setTimeout(() => this.flushAddress(), kAddressMs);
  }

  flushAddress() {
    clearTimeout(this.writing);
    try {
      history.replaceState(null, "", this.link());
    } catch { /* a page in a frame may have no address of its own */ }
  }

  async copyLink() {
    this.flushAddress();
    try {
      await navigator.clipboard.writeText(this.link());
      this.say("link copied");
    } catch {
      const field = element("textarea", { value: this.link(), readOnly: true, className: "unseen" });
      document.body.append(field);
      field.select();
      const isCopied = document.execCommand("copy");
      field.remove();
      byId("link").focus();
      this.say(isCopied ? "link copied" : "copy the address of this page: it is the link");
    }
  }

  async png() {
    const isFace = this.state.mode === "face", { model, answer } = this;
    const fields = fieldsOf(model, isFace ? this.state.face : null, answer, this.state.truncation);
    const named = new Map(fields);
    if (!named.has("facegan:command")) fields.push(["facegan:link", "#" + stateText(this.state)]);
    return pngOf({ ...model, pixels: answer.pixels }, fields);
  }

  async save() {
    const text = stateText(this.state), { face, mode } = this.state;
    if (this.answerText !== text) return this.say("the picture is not there yet");
    const isPlain = mode === "face" && !face.z && !isChanged(face);
    const plain = "seed_" + face.seed + "_" + face.index.padStart(4, "0");
    const name = (isPlain ? plain : "face_" + crcOf(utf8(text)).toString(16)) +
      endingOf(this.model, mode === "face" ? face.wants : {}, this.state.truncation);
    saveAs(await this.png(), name + ".png");
    this.say("saved as " + name + ".png");
  }

  newFace() {
    const { wants } = this.currentFace() ?? this.state.face;
    this.open({ ...plainFace(newSeed()), wants });
  }

  takeSeed() {
    const text = byId("seed").value.trim(), at = text.indexOf("#");
    if (at >= 0) return this.take(text.slice(at));
    const seed = wholeText(text, kMostSeeds);
    if (seed === null) return text && this.say("a seed is a whole number, 0 to " + kMostSeeds);
    const { face, mode } = this.state, hasSeed = mode === "face" && !face.z;
    this.open(hasSeed ? { ...face, seed } : plainFace(seed));
  }

  takeIndex() {
    const index = wholeText(byId("index").value.trim(), kMostIndex);
    if (index === null) return this.say("a picture of a seed has a number, 0 to " + kMostIndex);
    this.edit(face => { face.index = index; }, true);
  }

  // A whole state from an address.
  take(text) {
    this.change(() => { this.state = stateOf(text, this.model, newSeed()); }, true);
    if (this.state.play) this.shelf.step();
  }

  listen() {
    const actions = {
      new: () => this.newFace(), pin: () => this.shelf.pin(), undo: () => this.undo(),
      redo: () => this.redo(), save: () => this.save(), link: () => this.copyLink()
    };
    for (const [id, action] of Object.entries(actions)) byId(id).addEventListener("click", action);
    byId("smooth").addEventListener("change", () => {
      this.change(state => { state.look = byId("smooth").checked ? "smooth" : "pixels"; }, true);
    });
    for (const [id, take] of [["seed", () => this.takeSeed()], ["index", () => this.takeIndex()]]) {
      byId(id).addEventListener("change", take);
      byId(id).addEventListener("blur", () => this.controls.show());
    }
    addEventListener("hashchange", () => {
      if (location.hash !== new URL(this.link()).hash) this.take(location.hash);
    });
    const keys = {
      n: actions.new, p: actions.pin, u: actions.undo, r: actions.redo, s: actions.save,
      w: () => this.shelf.toggleWalk()
    };
    addEventListener("keydown", event => {
      this.isRepeat = event.repeat;
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.target.matches("select, textarea, input:not([type=range], [type=checkbox])")) return;
      const action = keys[event.key.toLowerCase()];
      if (!action || event.repeat) return;
      event.preventDefault();
      action();
    });
    addEventListener("keyup", () => { this.isRepeat = false; });
  }
}

const page = new Page();

// For tests, and for who likes to call it by hand.
const base64Of = bytes => {
  const text = safeBase64(bytes).replaceAll("-", "+").replaceAll("_", "/");
  return text.padEnd(Math.ceil(text.length / 4) * 4, "=");
};
window.facegan = {
  ready: page.ready,
  page,
  // Bytes [height, width, channels] of a picture of the program's, as base64, and the milliseconds it took.
  picture: (seed, index = 0, wants = {}, truncation = 1) => new Promise((done, fail) => {
    const face = { ...plainFace(String(seed), String(index)), wants };
    page.computer.later({ face: recipeFace(face) }, truncation, (answer, message) =>
      answer ? done({ pixels: base64Of(answer.pixels), ms: answer.ms }) : fail(new Error(message)), "hook");
  }),
  settled: () => page.computer.settled(),
  pixels: () => base64Of(page.answer.pixels),
  png: async () => base64Of(await page.png()),
  sheet: async () => base64Of(await page.sheet.png()),
  link: () => page.link()
};
