// The program's random numbers and what it makes of them: latents and conditions. Parts of the worker, in
// this order: random.js, latents.js, wasm.js, operations.js, network.js, engine.js.
"use strict";

const kPurposeSample = 4;      // latents of `facegan sample`; index = picture
const kPurposeCondition = 15;  // which real row a picture's condition is; index = picture

// The upper half of the 64-bit product of two unsigned 32-bit numbers.
function upperProduct(a, b) {
  const aLow = a & 0xffff, aHigh = a >>> 16, bLow = b & 0xffff, bHigh = b >>> 16;
  const middle = aHigh * bLow + (aLow * bLow >>> 16);  // below 2^32
  return aHigh * bHigh + (middle >>> 16) + (aLow * bHigh + (middle & 0xffff) >>> 16);
}

// Philox4x32-10, Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
function philox(counter, key) {
  let [c0, c1, c2, c3] = counter, [k0, k1] = key;
  for (let round = 0; round < 10; ++round) {
    const high0 = upperProduct(0xD2511F53, c0), low0 = Math.imul(0xD2511F53, c0);
    const high1 = upperProduct(0xCD9E8D57, c2), low1 = Math.imul(0xCD9E8D57, c2);
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1 >>> 0, (high0 ^ c3 ^ k1) >>> 0, low0 >>> 0];
    k0 = k0 + 0x9E3779B9 >>> 0;
    k1 = k1 + 0xBB67AE85 >>> 0;
  }
  return [c0, c1, c2, c3];
}

// One stream of numbers: a pure function of seed and index (BigInt) and of what it is for.
class Random {
  constructor(seed, purpose, index) {
    const low = x => Number(x & 0xffffffffn), high = x => Number(x >> 32n & 0xffffffffn);
    this.key = [low(seed), high(seed)];
    this.counter = [0, low(index), high(index), purpose];
    this.block = [];
    this.spare = null;
  }

  next() {  // unsigned, 32 bits
    if (!this.block.length) {
      this.block = philox(this.counter, this.key).reverse();
      ++this.counter[0];
    }
    return this.block.pop();
  }

  below(n) {  // uniform in [0, n), unbiased
    const count = BigInt(n), reject = (1n << 64n) % count;
    for (;;) {
      const low = this.next(), x = BigInt(low) | BigInt(this.next()) << 32n;
      if (x >= reject) return Number(x % count);
    }
  }

  uniform() {  // [0, 1) with 53 bits
    const low = this.next(), high = this.next();
    return (high * 2 ** 21 + (low >>> 11)) * 2 ** -53;
  }

  normal() {  // Box-Muller
    if (this.spare !== null) {
      const spare = this.spare;
      this.spare = null;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform())), angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}
