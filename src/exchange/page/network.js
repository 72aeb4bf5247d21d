// A generator: from a latent [z] and a row of conditions to the bytes of a picture.
"use strict";

const kDecodedAtOnce = 1 << 18;  // letters of base64, a multiple of 4

function bytesOfBase64(text, progress) {
  if (/[^A-Za-z0-9+/=]/.test(text)) text = text.replace(/[^A-Za-z0-9+/=]/g, "");  // lines
  const bytes = new Uint8Array(Math.floor(text.length * 3 / 4) - (/=*$/.exec(text.slice(-2))[0].length));
  for (let from = 0, to = 0; from < text.length; from += kDecodedAtOnce) {
    const part = atob(text.slice(from, from + kDecodedAtOnce));
    for (let i = 0; i < part.length; ++i) bytes[to++] = part.charCodeAt(i);
    if (progress) progress(from / text.length);
  }
  return bytes;
}

const halves = {
  table: null,
  decoded(bytes) {
    this.table ??= new Float32Array(65536).map((_, bits) => {
      const sign = bits & 0x8000 ? -1 : 1, exponent = bits >> 10 & 31, fraction = bits & 1023;
      if (exponent === 31) return fraction ? NaN : sign * Infinity;
      return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
    });
    const bits = new Uint16Array(bytes.buffer), { table } = this, floats = new Float32Array(bits.length);
    for (let i = 0; i < bits.length; ++i) floats[i] = table[bits[i]];
    return floats;
  }
};

class Network {
  constructor(model, bytes, wantedEngine) {
    const { network, tensors } = model;
    const plan = this.plan = new Plan(name => {
      const { shape, type, at } = tensors[name], size = product(shape);
      return {
        shape,
        values() {
          const part = bytes.slice(at, at + size * (type === "F16" ? 2 : 4));
          return type === "F16" ? halves.decoded(part) : new Float32Array(part.buffer);
        }
      };
    });
    this.values = [];
    for (const shape of [network.input, [network.conditions], ...network.operations.map(step => step.out)])
      this.values.push(plan.place(shape));
    this.steps = this.stepsOf(network.operations);
    plan.hold(makeKernel(plan.end + plan.most, wantedEngine));
    for (const value of this.values) value.data = plan.heap.subarray(value.at / 4, value.at / 4 + value.size);
    for (const step of this.steps) step.prepare?.();
    plan.tensors = null;  // what was unpacked is not needed any more
    this.engine = plan.kernel.name;
    [this.channels, this.height, this.width] = network.output;
  }

  stepsOf(operations) {
    const uses = operations.flatMap(operation => operation.in), steps = [];
    for (let i = 0; i < operations.length; ++i) {
      const operation = operations[i], next = operations[i + 1];
      const make = Object.hasOwn(makers, operation.op) ? makers[operation.op] : null;
      if (!make) throw new Error("an operation that this page does not know: " + operation.op);
      const inputs = operation.in.map(number => this.values[number]);
      this.plan.scratch = 0;
      const isOne = next && next.in[0] === i + 2 && uses.filter(number => number === i + 2).length === 1 &&
        isOfEnlarged(operation, next, this.plan);
      if (isOne) {  // both at once
        steps.push(convOfEnlarged(next, inputs, this.values[i + 3], this.plan, operation.factor));
        ++i;
      } else {
        steps.push(make(operation, inputs, this.values[i + 2], this.plan));
      }
    }
    return steps;
  }

  // Bytes [height, width, channels], rounded as the program does: to the even one of two.
  picture(z, row) {
    this.values[0].data.set(z);
    this.values[1].data.set(row);
    for (const step of this.steps) step.run();
    const x = this.values[this.values.length - 1].data, plane = this.width * this.height;
    const pixels = new Uint8ClampedArray(x.length), toEven = 2 ** 52 + 2 ** 51;
    for (let c = 0; c < this.channels; ++c)
      for (let i = 0; i < plane; ++i) {
        const level = Math.fround(Math.fround(x[c * plane + i] + 1) * 127.5);
        pixels[i * this.channels + c] = level + toEven - toEven;
      }
    return pixels;
  }
}
