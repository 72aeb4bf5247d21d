// The worker: is given the model once, then faces to compute, one at a time.
//
//   in   { kind: "load", model, weights (base64), engine }
//   out  { kind: "progress", share }, then { kind: "ready", engine }
//   in   { kind: "picture", id, recipe, truncation }
//   out  { kind: "picture", id, pixels, z, row, parts, ms } or { kind: "failed", id, message }
//
// A recipe is { face }, { walk: [face, ...], at } or { plus: [face, ...], minus: [face, ...] }; a face is
// { seed, index, z, row, directions, coordinates, wants }, the latter three lists of [place, value]. What
// comes back is the latent before truncation, the row that was shown, and the components along directions.
"use strict";

let network, conditions, directions, latentSize;

function resolved(face) {
  const seed = BigInt(face.seed), index = BigInt(face.index);
  let z = face.z ? Float32Array.from(face.z) : sampled(seed, index, latentSize);
  for (const [k, value] of face.directions) if (directions[k]) z = withComponent(z, directions[k], value);
  for (const [i, value] of face.coordinates) if (i < latentSize) z[i] = value;
  const own = face.row && face.row.length === conditions.count ? Float32Array.from(face.row) : null;
  return { z, row: own ? conditions.asked(own, face.wants) : conditions.row(seed, index, face.wants) };
}

// Place `at` in a closed loop of stops, 0 to their number.
function walked(stops, at) {
  const from = Math.floor(at) % stops.length, t = at - Math.floor(at);
  const a = resolved(stops[from]), b = resolved(stops[(from + 1) % stops.length]);
  return { z: slerp(a.z, b.z, t), row: combined(1 - t, a.row, t, b.row) };
}

function cooked(recipe) {
  if (recipe.walk) return walked(recipe.walk, recipe.at);
  if (recipe.face) return resolved(recipe.face);
  const [plus, minus] = [recipe.plus, recipe.minus].map(faces => faces.map(resolved));
  const z = addUp(plus.map(face => face.z), minus.map(face => face.z));
  if (!z) throw new Error("these faces cancel each other out");
  return { z, row: plus[0].row };
}

function load({ model, weights, engine }) {
  latentSize = model.z;
  conditions = new Conditions(model.condition);
  const flat = model.directions ? new Float32Array(bytesOfBase64(model.directions.values).buffer) : [];
  directions = [];
  for (let k = 0; k < (model.directions ? model.directions.count : 0); ++k)
    directions.push(flat.slice(k * latentSize, (k + 1) * latentSize));
  let told = 0;
  const bytes = bytesOfBase64(weights, share => {
    if (share - told < 0.05) return;
    told = share;
    postMessage({ kind: "progress", share });
  });
  network = new Network(model, bytes, engine);
  network.picture(new Float32Array(latentSize), new Float32Array(conditions.count));  // compiled by now
  postMessage({ kind: "ready", engine: network.engine });
}

function picture({ id, recipe, truncation }) {
  const began = performance.now(), { z, row } = cooked(recipe);
  const pixels = network.picture(truncation === 1 ? z : z.map(x => truncation * x), row);
  const parts = Float32Array.from(directions, direction => dot(z, direction));
  postMessage({ kind: "picture", id, pixels, z, row, parts, ms: performance.now() - began }, [pixels.buffer]);
}

addEventListener("message", ({ data }) => {
  try {
    if (data.kind === "load") load(data);
    else picture(data);
  } catch (error) {
    postMessage({ kind: "failed", id: data.id, message: error.message });
  }
});
