// The page's behaviour, in this order: state.js, png.js, provenance.js, computer.js, controls.js, shelf.js,
// sheet.js, explore.js. Here: all that a person has chosen, as one plain object, and as text for the address.
//
//   #face=1234.5,d0:1.5,c17:-2,w3:1&t=0.7&pins=1;77.2,p;zAAAA,m&mode=walk&at=0.5&speed=2&sheet=36,1234
//
// A face is a seed (and the number of the picture), or z and its latent in base64; behind it what differs:
// d a direction's component, c a coordinate, w what is to be shown (0 to 1), r the row it has of itself, p
// and m a pin that is added or subtracted.
"use strict";

const kMostSeeds = 2n ** 64n - 1n, kMostIndex = 2n ** 53n - 100001n;
const kMostPins = 24, kMostChange = 10, kMostTruncation = 2, kMostHash = 200000;
const kCounts = [16, 36, 64, 100], kSpeeds = [0.5, 1, 2], kModes = ["face", "walk", "sum"];

const rounded = value => Number(Number(value).toFixed(3)) + 0;  // no -0
const within = (value, low, high) => Math.min(high, Math.max(low, value));

// Digits of a whole number from 0 to `most` without leading zeros, or null.
function wholeText(text, most) {
  if (!/^\d{1,20}$/.test(text)) return null;
  const value = BigInt(text);
  return value <= most ? String(value) : null;
}

function numberOf(text, low, high) {
  return /^-?\d{1,6}(\.\d{1,9})?$/.test(text ?? "") ? rounded(within(Number(text), low, high)) : null;
}

const plainFace = (seed, index = "0") =>
  ({ seed, index, z: null, row: null, directions: {}, coordinates: {}, wants: {} });
const copiedFace = face => {
  const { directions, coordinates, wants } = face;
  return { ...face, directions: { ...directions }, coordinates: { ...coordinates }, wants: { ...wants } };
};
const changesOf = face => Object.keys(face.directions).length + Object.keys(face.coordinates).length;
const isChanged = face => changesOf(face) > 0;

const safeBase64 = bytes => {
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

function floatsOf(text, count) {  // null for what is no latent
  try {
    const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const floats = new Float32Array(Uint8Array.from(letters, letter => letter.charCodeAt(0)).buffer);
    return floats.length === count && floats.every(x => Math.abs(x) <= 1000) ? floats : null;
  } catch {
    return null;
  }
}

function faceText(face) {
  const seed = face.seed + (face.index === "0" ? "" : "." + face.index);
  const parts = [face.z ? "z" + safeBase64(new Uint8Array(face.z.buffer)) : seed];
  if (face.row) {
    parts.push("r");
    face.row.forEach((value, k) => { if (value) parts.push("r" + k + ":" + rounded(value)); });
  }
  for (const [letter, changes] of [["d", face.directions], ["c", face.coordinates], ["w", face.wants]])
    for (const [place, value] of Object.entries(changes)) parts.push(letter + place + ":" + rounded(value));
  if (face.sign) parts.push(face.sign > 0 ? "p" : "m");
  return parts.join(",");
}

// What cannot be understood is left out; null where there is no face in it.
function faceOf(text, model) {
  const [base, ...parts] = text.split(","), names = model.condition ? model.condition.names.length : 0;
  const directions = model.directions ? model.directions.count : 0;
  const face = plainFace("0");
  if (base.startsWith("z")) {
    face.z = floatsOf(base.slice(1), model.z);
    if (!face.z) return null;
  } else {
    const [seed, index = "0", more] = base.split(".");
    face.seed = wholeText(seed, kMostSeeds);
    face.index = wholeText(index, kMostIndex);
    if (face.seed === null || face.index === null || more !== undefined) return null;
  }
  for (const part of parts) {
    if (part === "p") face.sign = 1;
    if (part === "m") face.sign = -1;
    if (part === "r" && names) face.row = new Array(names).fill(0);
    const found = /^([dcwr])(\d{1,5}):(.*)$/.exec(part);
    if (!found) continue;
    const [, letter, digits, amount] = found, place = Number(digits);
    const most = { d: kMostChange, c: kMostChange, w: 1, r: 1 }[letter];
    const value = numberOf(amount, letter === "w" ? 0 : -most, most);
    if (value === null || place >= { d: directions, c: model.z, w: names, r: names }[letter]) continue;
    if (letter === "r") {
      if (face.row) face.row[place] = value;
      continue;
    }
    if (letter === "w" && model.condition.classes) face.wants = {};
    ({ d: face.directions, c: face.coordinates, w: face.wants })[letter][place] = value;
  }
  return face;
}

const startState = seed => ({
  face: plainFace(seed), truncation: 1, pins: [], mode: "face", at: 0, play: false, speed: 1, sheet: null,
  look: null
});

function stateText(state) {
  const parts = ["face=" + faceText(state.face)];
  if (state.truncation !== 1) parts.push("t=" + rounded(state.truncation));
  if (state.pins.length) parts.push("pins=" + state.pins.map(faceText).join(";"));
  if (state.mode !== "face") parts.push("mode=" + state.mode);
  if (state.mode === "walk") parts.push("at=" + rounded(state.at));
  if (state.mode === "walk" && state.play) parts.push("play=1");
  if (state.speed !== 1) parts.push("speed=" + state.speed);
  if (state.sheet) parts.push("sheet=" + state.sheet.count + "," + faceText(state.sheet.face));
  if (state.look) parts.push("look=" + state.look);
  return parts.join("&");
}

// Of any text at all: bad parts are as if they were not there. `seed` is for an address without a face.
function stateOf(text, model, seed) {
  const state = startState(seed), parts = new Map();
  if (text.length > kMostHash) return state;
  try {
    text = decodeURIComponent(text);  // some programs write a link so
  } catch { /* as it is, then */ }
  for (const part of text.replace(/^#/, "").split("&")) {
    const at = part.indexOf("=");
    if (at > 0) parts.set(part.slice(0, at), part.slice(at + 1));
  }
  const face = parts.has("face") ? faceOf(parts.get("face"), model) : null;
  if (face) {
    delete face.sign;
    state.face = face;
  }
  state.truncation = numberOf(parts.get("t"), 0, kMostTruncation) ?? 1;
  const pins = (parts.get("pins") ?? "").split(";").slice(0, kMostPins);
  state.pins = pins.map(pin => faceOf(pin, model)).filter(Boolean);
  if (kModes.includes(parts.get("mode"))) state.mode = parts.get("mode");
  state.at = numberOf(parts.get("at"), 0, kMostPins) ?? 0;
  state.play = parts.get("play") === "1";
  if (kSpeeds.includes(Number(parts.get("speed")))) state.speed = Number(parts.get("speed"));
  const [count, ...sheet] = (parts.get("sheet") ?? "").split(","), first = faceOf(sheet.join(","), model);
  if (kCounts.includes(Number(count)) && first && !first.z)
    state.sheet = { count: Number(count), face: first };
  if (["smooth", "pixels"].includes(parts.get("look"))) state.look = parts.get("look");
  return possible(state);
}

// Without a walk of one stop or a sum of nothing.
function possible(state) {
  if (state.mode === "walk" && state.pins.length < 2) state.mode = "face";
  if (state.mode === "sum" && !state.pins.some(pin => pin.sign > 0)) state.mode = "face";
  if (state.mode !== "walk") state.play = false;
  state.at = state.pins.length ? rounded(state.at % state.pins.length) : 0;
  return state;
}
