// The operations without large products: norms, activations, pooling and the moving about of numbers.
"use strict";

const each = change => (operation, [x], out) => {
  const f = change(operation);
  return { run() { for (let i = 0, { data } = x, to = out.data; i < to.length; ++i) to[i] = f(data[i]); } };
};

// x * scale + shift for each of `parts` stretches of equal length, both made by moments(values, part).
const scaled = (x, out, parts, moments) => {
  const length = x.size / parts;
  for (let part = 0; part < parts; ++part) {
    const [scale, shift] = moments(part, length);
    for (let i = part * length; i < (part + 1) * length; ++i) out.data[i] = x.data[i] * scale + shift;
  }
};

function batchNorm(operation, [x], out, plan) {
  const channels = x.shape[0], scales = [], shifts = [];
  return {
    prepare() {
      const names = ["weight", "bias", "mean", "var"];
      const [weight, bias, mean, variance] = names.map(name => plan.values(operation[name]));
      for (let c = 0; c < channels; ++c) {
        scales[c] = weight[c] / Math.sqrt(variance[c] + operation.eps);
        shifts[c] = bias[c] - mean[c] * scales[c];
      }
    },
    run() { scaled(x, out, channels, c => [scales[c], shifts[c]]); }
  };
}

function groupNorm(operation, [x], out, plan) {
  const channels = x.shape[0], perGroup = channels / operation.groups, length = x.size / operation.groups;
  let weight, bias;
  return {
    prepare() { [weight, bias] = [plan.values(operation.weight), plan.values(operation.bias)]; },
    run() {
      const moments = [];
      for (let g = 0; g < operation.groups; ++g) {
        let sum = 0, squares = 0;
        for (let i = g * length; i < (g + 1) * length; ++i) sum += x.data[i];
        for (let i = g * length; i < (g + 1) * length; ++i) squares += (x.data[i] - sum / length) ** 2;
        moments.push([sum / length, 1 / Math.sqrt(squares / length + operation.eps)]);
      }
      scaled(x, out, channels, c => {
        const [mean, factor] = moments[Math.floor(c / perGroup)];
        return [factor * weight[c], bias[c] - mean * factor * weight[c]];
      });
    }
  };
}

function pixelNorm(operation, [x], out) {
  const channels = x.shape[0], cells = x.size / channels;
  return {
    run() {
      for (let n = 0; n < cells; ++n) {
        let squares = 0;
        for (let i = n; i < x.size; i += cells) squares += x.data[i] ** 2;
        const factor = 1 / Math.sqrt(squares / channels + operation.eps);
        for (let i = n; i < x.size; i += cells) out.data[i] = x.data[i] * factor;
      }
    }
  };
}

// Where the numbers of a doubled line come from: [first, second, share of the second], half-pixel centres.
function bilinearSources(length, factor) {
  return [...Array(length * factor).keys()].map(i => {
    const at = Math.max(0, (i + 0.5) / factor - 0.5), first = Math.min(Math.floor(at), length - 1);
    return [first, Math.min(first + 1, length - 1), at - first];
  });
}

function upsample(operation, [x], out) {
  const [channels, h, w] = x.shape, { factor } = operation, rows = h * factor, columns = w * factor;
  const down = bilinearSources(h, factor), across = bilinearSources(w, factor);
  const nearest = (c, row) => {
    const from = (c * h + Math.floor(row / factor)) * w, at = (c * rows + row) * columns;
    if (row % factor) return out.data.copyWithin(at, at - columns, at);
    for (let i = 0, to = at; i < w; ++i) for (let f = 0; f < factor; ++f) out.data[to++] = x.data[from + i];
  };
  const bilinear = (c, row) => {
    const [above, below, share] = down[row], from = c * h * w, at = (c * rows + row) * columns, { data } = x;
    for (let i = 0; i < columns; ++i) {
      const [left, right, part] = across[i], a = from + above * w, b = from + below * w;
      out.data[at + i] = (1 - share) * ((1 - part) * data[a + left] + part * data[a + right]) +
        share * ((1 - part) * data[b + left] + part * data[b + right]);
    }
  };
  const line = operation.mode === "nearest" ? nearest : bilinear;
  return { run() { for (let c = 0; c < channels; ++c) for (let row = 0; row < rows; ++row) line(c, row); } };
}

const pool = (begin, take, end) => (operation, [x], out) => {
  const [channels, h, w] = x.shape, [, rows, columns] = out.shape, { kernel, stride } = operation;
  return {
    run() {
      let to = 0;
      for (let c = 0; c < channels; ++c)
        for (let row = 0; row < rows; ++row)
          for (let column = 0; column < columns; ++column) {
            let all = begin;
            for (let i = 0; i < kernel * kernel; ++i) {
              const y = row * stride + Math.floor(i / kernel), at = column * stride + i % kernel;
              all = take(all, x.data[(c * h + y) * w + at]);
            }
            out.data[to++] = end(all, kernel * kernel);
          }
    }
  };
};

function pad(operation, [x], out) {
  const [channels, h, w] = x.shape, [, rows, columns] = out.shape, [top, , left] = operation.pad;
  return {
    run() {
      out.data.fill(0);
      for (let row = 0; row < channels * h; ++row)
        out.data.set(x.data.subarray(row * w, row * w + w),
          (Math.floor(row / h) * rows + top + row % h) * columns + left);
    }
  };
}

const copied = (_, inputs, out) => ({
  run() {
    let at = 0;
    for (const input of inputs) {
      out.data.set(input.data, at);
      at += input.size;
    }
  }
});

const two = f => (_, [a, b], out) => ({
  run() { for (let i = 0; i < out.size; ++i) out.data[i] = f(a.data[i], b.data[i]); }
});

function scale(operation, [x], out, plan) {
  let factor;
  return {
    prepare() { [factor] = plan.values(operation.weight); },
    run() { for (let i = 0; i < out.size; ++i) out.data[i] = x.data[i] * factor; }
  };
}

const makers = {
  linear, conv, conv_transpose: convTranspose, attention,
  batch_norm: batchNorm, group_norm: groupNorm, pixel_norm: pixelNorm,
  relu: each(() => x => x > 0 ? x : 0),
  clamp: each(({ low, high }) => x => Math.min(Math.max(x, low), high)),
  leaky_relu: each(({ slope }) => x => x > 0 ? x : slope * x),
  tanh: each(() => Math.tanh),
  sigmoid: each(() => x => 1 / (1 + Math.exp(-x))),
  elu: each(({ alpha }) => x => x > 0 ? x : alpha * Math.expm1(x)),
  upsample, pad, scale,
  avg_pool: pool(0, (sum, x) => sum + x, (sum, count) => sum / count),
  max_pool: pool(-Infinity, Math.max, largest => largest),
  reshape: copied, concat: copied,
  add: two((a, b) => a + b), mul: two((a, b) => a * b),
  row_sum: (_, [x], out) => ({ run() { out.data[0] = x.data.reduce((sum, value) => sum + value, 0); } }),
  constant_channel: ({ value }, [x], out) => ({  // behind the others
    run() {
      out.data.fill(value);
      out.data.set(x.data);
    }
  })
};
