// A sheet of many: the pictures of a seed one after the other, each shown as it comes; a click opens one.
"use strict";

class Sheet {
  constructor(page) {
    this.page = page;
    this.shown = "";
    this.pictures = [];
    byId("show-sheet").addEventListener("click", () => {
      const { mode, face } = page.state, hasSeed = mode === "face" && !face.z;
      const first = hasSeed ? copiedFace(face) : plainFace(newSeed());
      page.change(state => { state.sheet = { count: Number(byId("count").value), face: first }; }, true);
    });
    byId("hide-sheet").addEventListener("click", () => {
      page.change(state => { state.sheet = null; }, true);
      byId("show-sheet").focus();
    });
    byId("save-sheet").addEventListener("click", () => this.save());
  }

  faceAt(i) {
    const { face } = this.page.state.sheet;
    return { ...copiedFace(face), index: String(BigInt(face.index) + BigInt(i)) };
  }

  cell(i) {
    const { page } = this, { width, height } = page.model, face = this.faceAt(i);
    const canvas = element("canvas", { width, height });
    const open = button("", "open picture " + face.index + " of seed " + face.seed, () => {
      page.open(face);
      scrollTo({ top: 0, behavior: isCalm() ? "auto" : "smooth" });
    });
    open.append(canvas);
    const { sheet, truncation } = page.state, text = this.shown;
    page.computer.later({ face: recipeFace(face) }, truncation, answer => {
      if (!answer || text !== this.shown) return;
      paint(canvas, page.model, answer.pixels);
      this.pictures[i] = answer.pixels;
      this.tell(i + 1, sheet.count);
    }, "sheet");
    return open;
  }

  tell(done, count) {
    const isDone = done === count;
    byId("sheet-progress").hidden = isDone;
    byId("sheet-progress").value = done / count;
    byId("sheet-text").textContent = isDone ? "" : done + " of " + count;
    byId("save-sheet").hidden = !isDone;
    if (isDone) this.page.say(count + " pictures are there");
  }

  show() {
    const { sheet, truncation } = this.page.state;
    const text = sheet ? [sheet.count, faceText(sheet.face), truncation].join("|") : "";
    if (text === this.shown) return;
    this.shown = text;
    this.pictures = [];
    this.page.computer.drop("sheet");
    byId("hide-sheet").hidden = !sheet;
    byId("save-sheet").hidden = true;
    byId("sheet-progress").hidden = !sheet;
    byId("sheet-text").textContent = "";
    byId("sheet").replaceChildren();
    if (!sheet) return;
    byId("count").value = String(sheet.count);
    byId("sheet").style.setProperty("--columns", { 16: 8, 36: 9, 64: 8, 100: 10 }[sheet.count]);
    byId("sheet").append(...[...Array(sheet.count).keys()].map(i => this.cell(i)));
    byId("sheet-progress").value = 0;
    byId("sheet-text").textContent = "0 of " + sheet.count;
  }

  // The PNG of the whole sheet, as many columns as rows or so.
  async png() {
    const { model, state: { sheet } } = this.page, { width, height, channels } = model;
    const columns = Math.ceil(Math.sqrt(sheet.count)), rows = Math.ceil(sheet.count / columns);
    const line = columns * width * channels;
    const pixels = new Uint8Array(rows * height * line);
    this.pictures.forEach((picture, i) => {
      for (let y = 0; y < height; ++y)
        pixels.set(picture.subarray(y * width * channels, (y + 1) * width * channels),
          (Math.floor(i / columns) * height + y) * line + i % columns * width * channels);
    });
    const first = BigInt(sheet.face.index), fields = commonFields(model, [
      ["facegan:seed", sheet.face.seed], ["facegan:index", first + "-" + (first + BigInt(sheet.count - 1))]]);
    return pngOf({ width: columns * width, height: rows * height, channels, pixels }, fields);
  }

  async save() {
    const { state: { sheet: { face }, truncation }, model } = this.page;
    const name = "sheet_" + face.seed + endingOf(model, face.wants, truncation) + ".png";
    saveAs(await this.png(), name);
    this.page.say("saved as " + name);
  }
}
