// What a saved picture says of itself, in the fields and the words of the program's own.
"use strict";

const kMostCommandSeed = 2n ** 53n - 1n;  // of --seed
const kMostNamed = 4;  // conditions in a caption and in the name of a file
const kLongestEnding = 60;  // letters of a file's name

// As a shell reads it; null for a word with characters that do not show.
function shellQuoted(word) {
  if (/[^\P{C}]|[^\P{Z} ]/u.test(word)) return null;
  if (/^[-A-Za-z0-9_./,:@%+=]+$/.test(word) && !word.startsWith("=") && !word.includes("==")) return word;
  // Quotes and backslashes stand outside of the quotes: fish reads a backslash between them.
  const parts = word.split(/([\\'])/).map((part, i) => i % 2 ? "\\" + part : part && "'" + part + "'");
  return parts.join("") || "''";
}

// The row in words: a class, or "Smiling=1,Male=0".
function conditionText(condition, row) {
  if (condition.classes) return condition.names[row.indexOf(1)] ?? "";
  return condition.names.map((name, k) => name + "=" + Math.round((row[k] + 1) / 2 * 1e6) / 1e6).join(",");
}

// What a face is to show, as --with has it: "Smiling=0.8"; of classes the name alone.
const wantsOf = (condition, wants) => Object.entries(wants).map(([place, value]) =>
  condition.names[place] + (condition.classes ? "" : "=" + value));

// The end of a file's name: what is to be shown, and the truncation, where they are not as of themselves.
function endingOf(model, wants, truncation) {
  const parts = wantsOf(model.condition, wants).slice(0, kMostNamed);
  if (truncation !== 1) parts.push("truncation=" + truncation);
  const plain = parts.map(part => "_" + part.replace(/[^\p{L}\p{N}.]+/gu, "-")).join("");
  return Array.from(plain).slice(0, kLongestEnding).join("");
}

// The words of --with; null where a name would be read as something else.
function withText(condition, wants) {
  const places = Object.keys(wants);
  if (condition.classes) return condition.names[places[0]];
  const names = places.map(k => condition.names[k]);
  if (names.some(name => /[,=]|^\s|\s$/.test(name))) return null;
  return places.map((k, i) => names[i] + "=" + wants[k]).join(",");
}

// The call that makes this picture; null for one that has none.
function commandOf(model, face, truncation) {
  if (face.z || face.row || isChanged(face) || BigInt(face.seed) > kMostCommandSeed) return null;
  if (!model.from) return null;
  const words = ["facegan", "sample", "--from", model.from, "--checkpoint-hash", model.checkpoint_hash,
    "--seed", face.seed, "--index", face.index, "--count", "1"];
  if (Object.keys(face.wants).length) words.push("--with", withText(model.condition, face.wants) ?? "\0");
  words.push("--each");
  if (model.weights_of === "raw") words.push("--weights", "raw");
  if (truncation !== 1) words.push("--truncation", String(truncation));
  words.push("--scale", "1", "--device", model.device ?? "cpu");
  const quoted = words.map(shellQuoted);
  return quoted.includes(null) ? null : quoted.join(" ");
}

function commonFields(model, more) {
  return [
    ["Software", model.program], ["facegan:kind", "page"], ["facegan:preset", model.preset], ...more,
    ["facegan:step", String(model.step)], ["facegan:weights", model.weights_of],
    ["facegan:checkpoint-hash", model.checkpoint_hash]];
}

// Of one picture: a plain face has its seed and command, any other its latent as the network got it.
function fieldsOf(model, face, shown, truncation) {
  const isPlain = face && !face.z && !isChanged(face), more = [];
  if (isPlain) more.push(["facegan:seed", face.seed], ["facegan:index", face.index]);
  if (model.condition) more.push(["facegan:condition", conditionText(model.condition, [...shown.row])]);
  const fields = commonFields(model, more), command = isPlain ? commandOf(model, face, truncation) : null;
  if (command) return [...fields, ["facegan:command", command]];
  const z = shown.z.map(x => truncation === 1 ? x : truncation * x);
  let letters = "";
  for (const byte of new Uint8Array(z.buffer)) letters += String.fromCharCode(byte);
  return [...fields, ["facegan:latent", btoa(letters)]];
}
