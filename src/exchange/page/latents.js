// Latents [z] as Float32Array, computed in doubles as the program does, and the rows that say what is shown.
"use strict";

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; ++i) sum += a[i] * b[i];
  return sum;
}

const lengthOf = z => Math.sqrt(dot(z, z));
const combined = (weightA, a, weightB, b) => a.map((x, i) => weightA * x + weightB * b[i]);

function sampled(seed, index, count) {
  const random = new Random(seed, kPurposeSample, index);
  return new Float32Array(count).map(() => random.normal());
}

// The component along a direction of length 1 set to a value.
const withComponent = (z, direction, value) => combined(1, z, value - dot(z, direction), direction);

function withLength(z, wanted) {
  const now = lengthOf(z);
  return z.map(x => x * (now > 0 ? wanted / now : 1));
}

// From a (t = 0) to b (t = 1) along the arc between them, on which the latents of a normal distribution lie.
function slerp(a, b, t) {
  if (t === 0) return a;
  const lengths = lengthOf(a) * lengthOf(b);
  const angle = lengths > 0 ? Math.acos(Math.min(1, Math.max(-1, dot(a, b) / lengths))) : 0;
  const sine = Math.sin(angle);
  if (sine < 1e-6) return combined(1 - t, a, t, b);
  return combined(Math.sin((1 - t) * angle) / sine, a, Math.sin(t * angle) / sine, b);
}

function mean(all) {
  return all[0].map((_, i) => all.reduce((sum, z) => sum + z[i], 0) / all.length);
}

// The mean of the first minus that of the second, as long as a latent usually is; null: they cancel out.
function addUp(plus, minus) {
  const usual = Math.sqrt(plus[0].length);
  let sum = mean(plus);
  if (minus.length) sum = combined(1, sum, -1, mean(minus));
  return lengthOf(sum) < 1e-3 * usual ? null : withLength(sum, usual);
}

// What a model's pictures can be asked to show: rows of numbers, a class as 0 0 1 0, attributes as -1 or 1.
class Conditions {
  constructor(condition) {
    this.count = condition ? condition.names.length : 0;
    this.classes = Boolean(condition && condition.classes);
    this.rows = condition ? new Int8Array(bytesOfBase64(condition.rows).buffer) : new Int8Array(0);
    this.real = this.count ? Math.floor(this.rows.length / this.count) : 0;
  }

  // wants: [[place, 0..1], ...] -> numbers of a row, null where nothing is asked for.
  wanted(wants) {
    const row = new Array(this.count).fill(null);
    for (const [place, value] of wants) {
      if (!(place < this.count)) continue;
      if (this.classes) row.fill(0);
      row[place] = this.classes ? 1 : Math.fround(2 * value - 1);
    }
    return row;
  }

  fits(i, wanted) {
    let says = false;
    for (let k = 0; k < this.count; ++k) {
      const is = this.rows[i * this.count + k], wish = wanted[k];
      says = says || is !== 0;
      if (wish === null) continue;
      const between = !this.classes && wish > -1 && wish < 1;  // fits every picture
      if (!between && wish > 0 !== is > 0) return false;
    }
    return says;
  }

  // That of a real picture, drawn by seed and index from those that fit, with what is wanted put in.
  row(seed, index, wants) {
    if (!this.count) return new Float32Array(0);
    const wanted = this.wanted(wants), fitting = [];
    for (let i = 0; wants.length && i < this.real; ++i) if (this.fits(i, wanted)) fitting.push(i);
    const random = new Random(seed, kPurposeCondition, index);
    const i = fitting.length ? fitting[random.below(fitting.length)] : random.below(this.real);
    return this.asked(Float32Array.from(this.rows.subarray(i * this.count, (i + 1) * this.count)), wants);
  }

  asked(row, wants) {
    return row.map((value, k) => this.wanted(wants)[k] ?? value);
  }
}
