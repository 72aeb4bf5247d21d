// What the operations of a network do, each as a maker (operation, inputs, out, plan) -> { prepare?, run }.
// A value is { shape, size, at, data }: where it lies in the one buffer of all numbers (bytes), and, once
// that is there, its numbers as [C, H, W]. `prepare` packs weights once; `run` computes `out.data`.
"use strict";

const up = (n, to) => Math.ceil(n / to) * to;
const product = shape => shape.reduce((a, b) => a * b, 1);
const asPicture = shape => shape.length === 3 ? shape : [product(shape), 1, 1];

// Where everything lies. What is taken stays; scratch lasts for one operation.
class Plan {
  constructor(tensors) {
    this.tensors = tensors;  // name -> { shape, values() }
    this.end = this.most = this.scratch = 0;
  }
  take(numbers) {
    const at = this.end;
    this.end += up(numbers * 4, 16);
    return at;
  }
  takeScratch(numbers) {  // counted from `this.end` when all is planned
    const from = this.scratch;
    this.scratch += up(numbers * 4, 16);
    this.most = Math.max(this.most, this.scratch);
    return () => this.end + from;
  }
  shape(name) { return this.tensors(name).shape; }
  values(name) { return this.tensors(name).values(); }
  // With room behind it for what tiles of 4 rows and of 8 columns write too much.
  place(shape) {
    const size = product(shape), lines = size / (shape[0] || 1);
    return { shape, size, at: this.take(size + 3 * lines + 8), data: null };
  }
  hold(kernel) {
    this.kernel = kernel;
    this.heap = new Float32Array(kernel.buffer);
    this.table = new Int32Array(kernel.buffer);
  }
}

// Numbers of a list into a place.
function fill(list, at, count, value) {
  for (let i = 0; i < count; ++i) list[at / 4 + i] = value(i);
}

// y = W x + b with W [outputs, depth] given by weight(output, k): a product of one row with panels of W.
function vectorProduct(x, outputs, depth, plan, weight, bias) {
  const wide = up(outputs, 8), panels = wide / 8;
  const b = plan.take(wide * depth), biases = plan.take(wide), to = plan.takeScratch(wide);
  const offsets = plan.take(depth), bases = plan.take(panels);
  return {
    prepare() {
      const weights = weight(), added = bias();
      for (let p = 0, i = b / 4; p < panels; ++p)
        for (let k = 0; k < depth; ++k)
          for (let o = 8 * p; o < 8 * p + 8; ++o) plan.heap[i++] = o < outputs ? weights(o, k) : 0;
      fill(plan.heap, biases, wide, o => o < outputs ? added(o) : 0);
      fill(plan.table, offsets, depth, k => 32 * k);
      fill(plan.table, bases, panels, p => 32 * depth * p);
    },
    run() {
      plan.kernel.rows1(x.at, b, bases, offsets, to(), biases, depth, 1, panels, 0);
      return plan.heap.subarray(to() / 4, to() / 4 + outputs);
    }
  };
}

// The left side of a product, [rows, depth] given by weight(row, k), in tiles of 4 rows, and its biases.
function takeRows(rows, depth, plan) {
  const tiles = up(rows, 4) / 4, at = plan.take(tiles * 4 * depth), biases = plan.take(tiles * 4);
  return {
    tiles, at, biases,
    pack(weight, bias) {
      for (let tile = 0, i = at / 4; tile < tiles; ++tile)
        for (let k = 0; k < depth; ++k)
          for (let row = 4 * tile, end = row + 4; row < end; ++row)
            plan.heap[i++] = row < rows ? weight(row, k) : 0;
      fill(plan.heap, biases, 4 * tiles, row => row < rows && bias ? bias(row) : 0);
    }
  };
}

const numbersOf = (name, plan) => {
  const values = name == null ? null : plan.values(name);
  return i => values ? values[i] : 0;
};

// Also a convolution whose kernel covers all of the input: the numbers lie in the same order.
function linear(operation, [x], out, plan) {
  const [outputs, ...rest] = plan.shape(operation.weight), depth = product(rest);
  const all = vectorProduct(x, outputs, depth, plan, () => {
    const w = plan.values(operation.weight);
    return (o, k) => w[o * depth + k];
  }, () => numbersOf(operation.bias, plan));
  return { prepare: all.prepare, run() { out.data.set(all.run()); } };
}

// kernel: { size: [O, I, kh, kw], weights() }, where it is not the one of the operation.
function conv(operation, [x], out, plan, kernel = null) {
  const [outputs, inputs, kh, kw] = kernel ? kernel.size : plan.shape(operation.weight);
  const [channels, h, w] = asPicture(x.shape);
  const [, rows, columns] = asPicture(out.shape), { stride, groups } = operation;
  const [top, bottom, left, right] = operation.pad, isPadded = top || bottom || left || right;
  const depth = inputs * kh * kw, perGroup = outputs / groups;
  const cells = rows * columns, panels = up(cells, 8) / 8;
  if (!kernel && cells === 1 && groups === 1 && !isPadded && h === kh && w === kw)
    return linear(operation, [x], out, plan);

  const tall = h + top + bottom, wide = w + left + right, plane = tall * wide;
  const padded = isPadded ? plan.take(channels * plane) : x.at;  // its borders stay zero
  const parts = [...Array(groups)].map(() => takeRows(perGroup, depth, plan));
  const offsets = plan.take(depth), bases = plan.take(panels);
  // Eight cells that lie side by side are read from the picture itself; others are laid out first, in
  // blocks of what a cache has room for.
  const isDirect = stride === 1 && columns % 8 === 0;
  const block = isDirect ? panels : Math.min(panels, Math.max(1, Math.floor(8192 / depth)));
  const laidOut = isDirect ? null : plan.takeScratch(block * depth * 8);
  const isEven = cells % 8 === 0, to = isEven ? null : plan.takeScratch((outputs + 3) * panels * 8);
  const starts = new Int32Array(panels * 8), steps = new Int32Array(depth);

  function pad() {
    for (let row = 0; row < channels * h; ++row) {
      const at = padded / 4 + Math.floor(row / h) * plane + (top + row % h) * wide + left;
      plan.heap.set(x.data.subarray(row * w, row * w + w), at);
    }
  }

  function layOut(from, firstPanel, count) {
    const heap = plan.heap;
    for (let p = 0, i = laidOut() / 4; p < count; ++p)
      for (let k = 0; k < depth; ++k) {
        const at = from / 4 + steps[k];
        for (let n = 8 * (firstPanel + p), end = n + 8; n < end; ++n) heap[i++] = heap[at + starts[n]];
      }
  }

  return {
    prepare() {
      const weights = kernel ? kernel.weights() : plan.values(operation.weight);
      const bias = numbersOf(operation.bias, plan);
      parts.forEach((part, g) => part.pack((row, k) => weights[(g * perGroup + row) * depth + k],
        row => bias(g * perGroup + row)));
      for (let n = 0; n < cells; ++n)
        starts[n] = Math.floor(n / columns) * stride * wide + n % columns * stride;
      for (let k = 0; k < depth; ++k)
        steps[k] = Math.floor(k / (kh * kw)) * plane + Math.floor(k / kw) % kh * wide + k % kw;
      fill(plan.table, offsets, depth, k => isDirect ? 4 * steps[k] : 32 * k);
      fill(plan.table, bases, panels, p => isDirect ? 4 * starts[8 * p] : 32 * depth * p);
    },
    run() {
      if (isPadded) pad();
      const { rows4 } = plan.kernel, line = isEven ? cells : panels * 8, result = isEven ? out.at : to();
      parts.forEach((part, g) => {  // what a group writes behind its rows the next one overwrites
        const from = padded + 4 * g * inputs * plane, target = result + 4 * g * perGroup * line;
        for (let p = 0; p < panels; p += block) {
          const count = Math.min(block, panels - p);
          if (!isDirect) layOut(from, p, count);
          rows4(part.at, isDirect ? from : laidOut(), bases, offsets, target + 32 * p, part.biases, depth,
            part.tiles, count, 4 * line);
        }
      });
      for (let o = 0; !isEven && o < outputs; ++o)
        out.data.set(plan.heap.subarray(result / 4 + o * line, result / 4 + o * line + cells), o * cells);
    }
  };
}

// A convolution of what an `upsample` made, each cell `factor` times down and across, from what that was made
// of: at each of factor x factor places in a cell, taps that fall on the same cell are one, of the sum of
// their weights. Less than half of the products are left, of factor 2.
function convOfEnlarged(operation, [x], out, plan, factor) {
  const [outputs, inputs, kh, kw] = plan.shape(operation.weight), [, h, w] = x.shape;
  const [, rows, columns] = out.shape, [top, , left] = operation.pad;
  const part = plan.place([outputs, h, w]);
  const cellsOf = (place, taps, pad) =>
    [...Array(taps).keys()].map(tap => Math.floor((place + tap - pad) / factor));
  let all = null;  // the weights, while they are packed
  const phases = [...Array(factor * factor).keys()].map(phase => {
    const y = Math.floor(phase / factor), x0 = phase % factor;
    const down = cellsOf(y, kh, top), across = cellsOf(x0, kw, left);  // of each tap, in ascending order
    const first = [down[0], across[0]], last = [down[kh - 1], across[kw - 1]];
    const size = [outputs, inputs, last[0] - first[0] + 1, last[1] - first[1] + 1];
    const pad = [-first[0], last[0], -first[1], last[1]];
    const weights = () => {
      const sums = new Float32Array(product(size)), cells = size[2] * size[3];
      for (let tap = 0; tap < kh * kw; ++tap) {
        const ky = Math.floor(tap / kw), at = (down[ky] - first[0]) * size[3] + across[tap % kw] - first[1];
        for (let i = 0; i < outputs * inputs; ++i) sums[i * cells + at] += all[i * kh * kw + tap];
      }
      return sums;
    };
    return { y, x: x0, step: conv({ ...operation, pad }, [x], part, plan, { size, weights }) };
  });
  return {
    prepare() {
      part.data = plan.heap.subarray(part.at / 4, part.at / 4 + part.size);
      all = plan.values(operation.weight);
      for (const phase of phases) phase.step.prepare();
      all = null;
    },
    run() {
      for (const phase of phases) {
        phase.step.run();
        for (let line = 0, from = 0; line < outputs * h; ++line) {
          const row = Math.floor(line / h) * rows + line % h * factor + phase.y;
          const to = row * columns + phase.x;
          for (let i = 0; i < w; ++i) out.data[to + i * factor] = part.data[from++];
        }
      }
    }
  };
}

// Whether that is the same: sizes are kept, and no cell outside of the padding is looked at.
function isOfEnlarged(upsample, operation, plan) {
  if (upsample.op !== "upsample" || upsample.mode !== "nearest" || operation.op !== "conv") return false;
  const [, h, w] = upsample.out, [, rows, columns] = operation.out, { stride, groups } = operation;
  const [, , kh, kw] = plan.shape(operation.weight), [top, bottom, left, right] = operation.pad;
  return stride === 1 && groups === 1 && rows === h && columns === w && rows > upsample.factor &&
    kh > Math.max(top, bottom) && kw > Math.max(left, right);
}

// Each input cell gives a stamp of kh x kw numbers (a product); stamps are added where they fall.
function convTranspose(operation, [x], out, plan) {
  const [inputs, outputs, kh, kw] = plan.shape(operation.weight), [, h, w] = asPicture(x.shape);
  const [, rows, columns] = asPicture(out.shape), { stride, crop: [top, , left] } = operation;
  const stamps = outputs * kh * kw, cells = h * w, panels = up(cells, 8) / 8, isEven = cells % 8 === 0;
  const weights = () => {
    const values = plan.values(operation.weight);
    return (stamp, k) => values[k * stamps + stamp];
  };
  const single = cells === 1 ? vectorProduct(x, stamps, inputs, plan, weights, () => () => 0) : null;
  const all = single ? null : takeRows(stamps, inputs, plan);
  const offsets = plan.take(inputs), bases = plan.take(panels);
  const laidOut = isEven || single ? null : plan.takeScratch(panels * inputs * 8);
  const to = single ? null : plan.takeScratch(up(stamps, 4) * panels * 8);
  const biases = new Float32Array(outputs);

  function multiplied() {  // [stamps, cells up to a multiple of 8]
    if (single) return single.run();
    const { heap, kernel } = plan;
    if (laidOut)
      for (let p = 0, i = laidOut() / 4; p < panels; ++p)
        for (let k = 0; k < inputs; ++k)
          for (let n = 8 * p; n < 8 * p + 8; ++n) heap[i++] = n < cells ? x.data[k * cells + n] : 0;
    kernel.rows4(all.at, laidOut ? laidOut() : x.at, bases, offsets, to(), all.biases, inputs, all.tiles,
      panels, 32 * panels);
    return heap.subarray(to() / 4, to() / 4 + stamps * panels * 8);
  }

  return {
    prepare() {
      if (single) single.prepare();
      else all.pack(weights());
      const bias = numbersOf(operation.bias, plan);
      biases.forEach((_, o) => { biases[o] = bias(o); });
      fill(plan.table, offsets, inputs, k => isEven ? 4 * cells * k : 32 * k);
      fill(plan.table, bases, panels, p => isEven ? 32 * p : 32 * inputs * p);
    },
    run() {
      const stamped = multiplied(), line = single ? 1 : panels * 8, y = out.data, plane = rows * columns;
      for (let o = 0; o < outputs; ++o) y.fill(biases[o], o * plane, (o + 1) * plane);
      for (let stamp = 0; stamp < stamps; ++stamp) {
        const kx = stamp % kw - left, ky = Math.floor(stamp / kw) % kh - top;
        const first = Math.max(0, Math.ceil(-kx / stride));
        const end = Math.min(w, Math.floor((columns - 1 - kx) / stride) + 1);
        for (let iy = 0; iy < h; ++iy) {
          const row = iy * stride + ky;
          if (row < 0 || row >= rows) continue;
          let at = Math.floor(stamp / (kh * kw)) * plane + row * columns + first * stride + kx;
          const from = stamp * line + iy * w;
          for (let ix = first; ix < end; ++ix, at += stride) y[at] += stamped[from + ix];
        }
      }
    }
  };
}

// o[:, i] = sum over j of softmax_j(q[:, i] . k[:, j]) v[:, j], for 64 places i at a time.
function attention(operation, [q, k, v], out, plan) {
  const [depth, h, w] = q.shape, places = h * w, features = v.shape[0], wide = 64;
  const keys = takeRows(places, depth, plan), values = takeRows(features, places, plan);
  const some = plan.takeScratch(depth * wide), scores = plan.takeScratch(up(places, 4) * wide);
  const to = plan.takeScratch(up(features, 4) * wide);
  const lines = plan.take(Math.max(depth, places)), bases = plan.take(wide / 8);
  const columns = at => plan.heap.subarray(at / 4);

  function softmax(s) {  // of each column of [places, wide]
    for (let i = 0; i < wide; ++i) {
      let largest = -Infinity, sum = 0;
      for (let j = i; j < places * wide; j += wide) largest = Math.max(largest, s[j]);
      for (let j = i; j < places * wide; j += wide) sum += s[j] = Math.exp(s[j] - largest);
      for (let j = i; j < places * wide; j += wide) s[j] /= sum;
    }
  }

  return {
    prepare() {
      fill(plan.table, lines, Math.max(depth, places), line => 4 * wide * line);
      fill(plan.table, bases, wide / 8, p => 32 * p);
    },
    run() {
      const { rows4 } = plan.kernel;
      keys.pack((j, c) => k.data[c * places + j]);
      values.pack((c, j) => v.data[c * places + j]);
      for (let begin = 0; begin < places; begin += wide) {
        const count = Math.min(wide, places - begin), queries = columns(some());
        for (let c = 0; c < depth; ++c)
          for (let i = 0; i < wide; ++i)
            queries[c * wide + i] = i < count ? q.data[c * places + begin + i] : 0;
        const times = (rows, b, c, size) =>
          rows4(rows.at, b, bases, lines, c, rows.biases, size, rows.tiles, wide / 8, 4 * wide);
        times(keys, some(), scores(), depth);
        softmax(columns(scores()));
        times(values, scores(), to(), places);
        for (let c = 0; c < features; ++c)
          out.data.set(columns(to()).subarray(c * wide, c * wide + count), c * places + begin);
      }
    }
  };
}
