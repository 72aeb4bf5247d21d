// The one loop that takes the time, a product of matrices, as WebAssembly with SIMD that is assembled here,
// and the same in plain JavaScript.
//
//   product(a, b, bases, offsets, c, bias, depth, tiles, panels, stride)    all in bytes but the counts
//
// C = A B + bias, in tiles of ROWS x 8. Tile i of A lies at a + i * depth * ROWS * 4 as [depth][ROWS]; line k
// of panel p of B, 8 numbers, at b + bases[p] + offsets[k] (tables of int32): so B may be a picture that a
// convolution looks at, without a copy. Row r of tile i of C begins at c + (i * ROWS + r) * stride, panel p
// 32 p further. `rows4` has a bias for each row; `rows1`, for one row, one for each column.
"use strict";

const kColumns = 8, kUnrolled = 4;

function unsigned(n) {  // LEB128
  const bytes = [];
  do {
    bytes.push(n & 127 | (n > 127 ? 128 : 0));
    n >>>= 7;
  } while (n);
  return bytes;
}

// Instructions as arrays of bytes.
const wasm = {
  get: i => [0x20, ...unsigned(i)], set: i => [0x21, ...unsigned(i)],
  constant: n => [0x41, ...unsigned(n)],  // below 64: longer ones would need signed LEB128
  add: [0x6a], subtract: [0x6b], multiply: [0x6c], shiftLeft: [0x74], shiftRight: [0x76], and: [0x71],
  block: body => [0x02, 0x40, ...body, 0x0b], loop: body => [0x03, 0x40, ...body, 0x0b],
  leaveUnless: [0x45, 0x0d, 1],  // i32.eqz, br_if: out of the block around the loop
  again: [0x0c, 0],
  loadInt: at => [0x28, 2, ...unsigned(at)],
  load: at => [0xfd, 0, 2, ...unsigned(at)],   // v128.load, of numbers at any multiple of 4
  splat: at => [0xfd, 9, 2, ...unsigned(at)],  // v128.load32_splat
  store: at => [0xfd, 11, 2, ...unsigned(at)],
  addVector: [0xfd, 0xe4, 1], multiplyVector: [0xfd, 0xe6, 1]
};

function productBody(rows) {
  const { get, set, constant, add, subtract, multiply, shiftLeft, shiftRight, and } = wasm;
  const [a, b, bases, offsets, c, bias, depth, tiles, panels, stride] = [...Array(10).keys()];
  const [aAt, bAt, offsetAt, left, biasAt, tilesLeft, line, rowAt] = [...Array(8).keys()].map(i => 10 + i);
  const sums = 18, low = sums + 2 * rows, high = low + 1, value = low + 2;
  const step = (local, by) => [...get(local), ...by, ...add, ...set(local)];
  const countdown = (counter, body) => wasm.block(wasm.loop([
    ...get(counter), ...wasm.leaveUnless, ...body,
    ...get(counter), ...constant(1), ...subtract, ...set(counter), ...wasm.again]));

  // sums += A[.., k] * B[k, ..]
  const multiplyLine = k => [
    ...get(bAt), ...get(offsetAt), ...wasm.loadInt(4 * k), ...add, ...set(line),
    ...get(line), ...wasm.load(0), ...set(low), ...get(line), ...wasm.load(16), ...set(high),
    ...[...Array(rows).keys()].flatMap(r => [
      ...get(aAt), ...wasm.splat(4 * (k * rows + r)), ...set(value),
      ...[low, high].flatMap((half, h) => [
        ...get(sums + 2 * r + h), ...get(value), ...get(half), ...wasm.multiplyVector, ...wasm.addVector,
        ...set(sums + 2 * r + h)])])];
  const lines = count => [
    ...[...Array(count).keys()].flatMap(multiplyLine),
    ...step(aAt, constant(4 * rows).concat(count > 1 ? [...constant(count), ...multiply] : [])),
    ...step(offsetAt, constant(4 * count))];
  const begin = [...Array(2 * rows).keys()].flatMap(i => [
    ...get(biasAt), ...(rows === 1 ? wasm.load(16 * i) : wasm.splat(4 * (i >> 1))), ...set(sums + i)]);
  const end = [...Array(rows).keys()].flatMap(r => [
    ...get(rowAt), ...get(sums + 2 * r), ...wasm.store(0), ...get(rowAt), ...get(sums + 2 * r + 1),
    ...wasm.store(16), ...step(rowAt, get(stride))]);
  const tile = [
    ...get(offsets), ...set(offsetAt), ...begin,
    ...get(depth), ...constant(2), ...shiftRight, ...set(left), ...countdown(left, lines(kUnrolled)),
    ...get(depth), ...constant(kUnrolled - 1), ...and, ...set(left), ...countdown(left, lines(1)),
    ...end, ...(rows === 1 ? [] : step(biasAt, constant(4 * rows)))];
  return [
    ...countdown(panels, [
      ...get(b), ...get(bases), ...wasm.loadInt(0), ...add, ...set(bAt),
      ...get(a), ...set(aAt), ...get(c), ...set(rowAt), ...get(bias), ...set(biasAt),
      ...get(tiles), ...set(tilesLeft), ...countdown(tilesLeft, tile),
      ...step(bases, constant(4)), ...step(c, constant(32)),
      ...(rows === 1 ? step(bias, constant(32)) : [])]),
    0x0b];
}

// A module that imports a memory and exports rows1 and rows4.
function moduleBytes() {
  const sized = bytes => [...unsigned(bytes.length), ...bytes];
  const section = (id, entries) => [id, ...sized([...unsigned(entries.length), ...entries.flat()])];
  const name = text => sized([...text].map(letter => letter.charCodeAt(0)));
  const i32 = 0x7f, v128 = 0x7b;
  const code = rows => sized([2, 8, i32, ...unsigned(2 * rows + 3), v128, ...productBody(rows)]);
  return new Uint8Array([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [[0x60, 10, ...Array(10).fill(i32), 0]]),
    ...section(2, [[...name("m"), ...name("m"), 2, 0, 0]]),  // a memory of no least size
    ...section(3, [[0], [0]]),
    ...section(7, [[...name("rows1"), 0, 0], [...name("rows4"), 0, 1]]),
    ...section(10, [code(1), code(4)])]);
}

function productInJavaScript(buffer, rows) {
  const heap = new Float32Array(buffer), table = new Int32Array(buffer);
  return (a, b, bases, offsets, c, bias, depth, tiles, panels, stride) => {
    for (let p = 0; p < panels; ++p)
      for (let i = 0; i < tiles; ++i)
        for (let column = 0; column < kColumns; ++column) {
          const first = (b + table[bases / 4 + p]) / 4 + column;
          const to = (c + i * rows * stride) / 4 + p * kColumns + column;
          let from = a / 4 + i * depth * rows, s0, s1, s2, s3, at = offsets / 4;
          if (rows === 1) {
            s0 = heap[bias / 4 + p * kColumns + column];
            for (const end = at + depth; at < end; ++at) s0 += heap[from++] * heap[first + (table[at] >> 2)];
            heap[to] = s0;
            continue;
          }
          [s0, s1, s2, s3] = heap.subarray(bias / 4 + i * 4, bias / 4 + i * 4 + 4);
          for (const end = at + depth; at < end; ++at, from += 4) {
            const x = heap[first + (table[at] >> 2)];
            s0 += heap[from] * x;
            s1 += heap[from + 1] * x;
            s2 += heap[from + 2] * x;
            s3 += heap[from + 3] * x;
          }
          heap[to] = s0;
          heap[to + stride / 4] = s1;
          heap[to + stride / 2] = s2;
          heap[to + stride * 3 / 4] = s3;
        }
  };
}

// { name, buffer, rows1, rows4 } with a buffer of so many bytes.
function makeKernel(bytes, wanted) {
  if (wanted !== "js") {
    try {
      const module = new WebAssembly.Module(moduleBytes());  // not where there is no SIMD
      const pages = Math.ceil(bytes / 65536);
      const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
      const { rows1, rows4 } = new WebAssembly.Instance(module, { m: { m: memory } }).exports;
      return { name: "wasm", buffer: memory.buffer, rows1, rows4 };
    } catch { /* plain JavaScript then */ }
  }
  const buffer = new ArrayBuffer(bytes);
  return { name: "js", buffer, rows1: productInJavaScript(buffer, 1), rows4: productInJavaScript(buffer, 4) };
}
