#!/usr/bin/env python3
"""Writes presets_reference.json: the published networks, computed in double by the libraries they come from.

`dcgan` is torch.nn, all others are keras.layers on TensorFlow, built from the publications and not from
configs/*.yaml. Keras on PyTorch is no reference in double: with that backend its batch norm (3.15) rounds its
input to float.

    python3 -m venv ref && ref/bin/pip install torch==2.11.0 keras==3.15.1 tensorflow-cpu==2.21.0 numpy==2.4.6
    ref/bin/python tests/golden/make_presets.py        (4 GB of memory, a minute)
"""
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import keras
import numpy as np
import torch
from keras import layers as kl
from torch import nn

from reference import write

HOW = [
    "u(t, k): splitmix64 of t << 40 | k (add 0x9E3779B97F4A7C15; x ^= x >> 30, *= 0xBF58476D1CE4E5B9;",
    "x ^= x >> 27, *= 0x94D049BB133111EB; x ^= x >> 31), its upper 53 bits times 2^-52, minus 1.",
    "Tensor t of a network (from 0 in G, from 1000 in D; per layer weight, bias, running_mean,",
    "running_var) has at flat index k (dense: out, in; conv: out, in, y, x; conv_transpose: in, out, y,",
    "x; features and channels first) weight sqrt(3 / fan_in) u, bias 0.1 u, batch-norm scale 1 + 0.2 u,",
    "shift 0.1 u, running_mean 0.1 u, running_var 1 + 0.5 u. fan_in: dense in; conv in * k * k;",
    "conv_transpose in * k * k / stride^2.",
    "Pass p: z = 1.7 u(2000 + p, k), pictures u(3000 + p, k) [N, C, H, W]. Pass 0: N 2, running statistics.",
    "Passes 1 to 3, in a row: N 3, batch statistics, dropout off. D without its sigmoid.",
    "parameters: total and trainable, as Keras counts. at: flat indices into [N, C, H, W] of the values.",
    "moments: mean, mean of squares. running: per tensor after pass 3 [t, mean, mean of squares, first,",
    "middle (count / 2) and last value].",
]


def uniform(t, count):
    with np.errstate(over="ignore"):
        x = (np.arange(count, dtype=np.uint64) | np.uint64(t << 40)) + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    return (x >> np.uint64(11)).astype(np.float64) * 2.0**-52 - 1


def value(t, kind, shape, fan_in=None):
    """A tensor in facegan's layout."""
    u = uniform(t, int(np.prod(shape))).reshape(shape)
    around = {"scale": 1, "running_var": 1}.get(kind, 0)
    spread = {"weight": np.sqrt(3 / (fan_in or 1)), "scale": 0.2, "running_var": 0.5}.get(kind, 0.1)
    return around + spread * u


class LeakyReLU(kl.LeakyReLU):
    """Keras' layer and default slope; but TensorFlow's kernel would round the slope to float."""

    def call(self, x):
        return keras.ops.where(x >= 0, x, self.negative_slope * x)


# The publications. The functions are only shorthands for what they repeat.

def tf_generator(side, features, convs, channels):
    """Dense, BN, LeakyReLU, reshape; transposed convolutions (filters, stride) alike; one more, tanh."""
    out = [kl.Dense(side * side * features, use_bias=False), kl.BatchNormalization(), LeakyReLU(),
           kl.Reshape((side, side, features))]
    for filters, stride in convs:
        out += [kl.Conv2DTranspose(filters, 5, strides=stride, padding="same", use_bias=False),
                kl.BatchNormalization(), LeakyReLU()]
    return out + [kl.Conv2DTranspose(channels, 5, strides=2, padding="same", use_bias=False),
                  kl.Activation("tanh")]


def tf_discriminator(widths):
    out = []
    for filters in widths:
        out += [kl.Conv2D(filters, 5, strides=2, padding="same"), LeakyReLU(), kl.Dropout(0)]
    return out + [kl.Flatten(), kl.Dense(1)]


def up_conv_bn_relu(up, filters, kernel):
    return [kl.UpSampling2D(up), kl.Conv2D(filters, kernel, padding="same"),
            kl.BatchNormalization(momentum=0.8), kl.Activation("relu")]


def bottom_right():
    return kl.ZeroPadding2D(((0, 1), (0, 1)))


def bn_leaky():
    return [kl.BatchNormalization(momentum=0.8), LeakyReLU(0.2)]


def faces_generator(factor):
    out = [kl.Dense(4 * 4 * 256, activation="relu"), kl.Reshape((4, 4, 256)), *up_conv_bn_relu(2, 256, 3),
           *up_conv_bn_relu(2, 256, 3), *up_conv_bn_relu(2, 128, 3)]
    if factor > 1:
        out += up_conv_bn_relu(factor, 128, 3)
    return out + [kl.Conv2D(3, 3, padding="same"), kl.Activation("tanh")]


def faces_discriminator():
    return [
        kl.Conv2D(32, 3, strides=2, padding="same"), LeakyReLU(0.2),
        kl.Dropout(0), kl.Conv2D(64, 3, strides=2, padding="same"), bottom_right(), *bn_leaky(),
        kl.Dropout(0), kl.Conv2D(128, 3, strides=2, padding="same"), *bn_leaky(),
        kl.Dropout(0), kl.Conv2D(256, 3, strides=1, padding="same"), *bn_leaky(),
        kl.Dropout(0), kl.Conv2D(512, 3, strides=1, padding="same"), *bn_leaky(),
        kl.Dropout(0), kl.Flatten(), kl.Dense(1)]


def tanh_generator():
    return [
        kl.Dense(1024), kl.Activation("tanh"), kl.Dense(128 * 16 * 16), kl.BatchNormalization(),
        kl.Activation("tanh"), kl.Reshape((16, 16, 128)),
        kl.UpSampling2D(2), kl.Conv2D(64, 5, padding="same"), kl.Activation("tanh"),
        kl.UpSampling2D(2), kl.Conv2D(3, 5, padding="same"), kl.Activation("tanh")]


def tanh_discriminator():
    return [
        kl.Conv2D(64, 5, padding="same"), kl.Activation("tanh"), kl.MaxPooling2D(2),
        kl.Conv2D(128, 5), kl.Activation("tanh"), kl.MaxPooling2D(2),
        kl.Flatten(), kl.Dense(1024), kl.Activation("tanh"), kl.Dense(1)]


def upsample_generator():
    return [
        kl.Dense(512 * 6 * 6, activation="relu"), kl.Reshape((6, 6, 512)), *up_conv_bn_relu(2, 256, 5),
        *up_conv_bn_relu(2, 128, 5), *up_conv_bn_relu(2, 64, 5),
        kl.UpSampling2D(2), kl.Conv2D(3, 5, padding="same"), kl.Activation("tanh")]


def upsample_discriminator():
    return [
        kl.Dropout(0), kl.Conv2D(128, 5, strides=2, padding="same"), bottom_right(), *bn_leaky(),
        kl.Dropout(0), kl.Conv2D(256, 5, strides=2, padding="same"), *bn_leaky(),
        kl.Dropout(0), kl.Conv2D(512, 5, strides=1, padding="same"), *bn_leaky(),
        kl.Dropout(0), kl.Flatten(), kl.Dense(1)]


KERAS = {  # name: side, channels, G, D
    "mnist": (28, 1, lambda: tf_generator(7, 256, [(128, 1), (64, 2)], 1),
              lambda: tf_discriminator([64, 128])),
    "celeba-book": (64, 3, lambda: tf_generator(4, 1024, [(512, 2), (256, 2), (128, 2)], 3),
                    lambda: tf_discriminator([64, 512, 128])),
    "lfw": (64, 3, lambda: tf_generator(8, 128, [(64, 1), (64, 2), (64, 2)], 3),
            lambda: tf_discriminator([64, 128])),
    **{f"faces-{32 * f}": (32 * f, 3, lambda f=f: faces_generator(f), faces_discriminator)
       for f in (1, 2, 3, 4)},
    "celeba-tanh": (64, 3, tanh_generator, tanh_discriminator),
    "celeba-upsample": (96, 3, upsample_generator, upsample_discriminator),
}


class Keras:
    """A list of Keras layers under facegan's order and layout of tensors."""

    def __init__(self, layers, input_shape, first):
        self.net = keras.Sequential([keras.Input(input_shape), *layers])
        self.running = []  # (t, variable, image shape behind its flat features or None)
        t = first
        for i, layer in enumerate(layers):
            image, flattened = self.flat_image(layers, i), self.flattened(layers, i)
            for variable, values in self.fill(layer, t, image, flattened):
                variable.assign(values)
            t += len(layer.weights)

    @staticmethod
    def flat_image(layers, i):
        """(H, W, C) that the flat features of layer i are reshaped to, before anything else mixes them."""
        for layer in layers[i:] if isinstance(layers[i], (kl.Dense, kl.BatchNormalization)) else []:
            if isinstance(layer, kl.Reshape):
                return layer.target_shape
            if layer is not layers[i] and isinstance(layer, (kl.Dense, kl.Conv2D)):
                return None
        return None

    @staticmethod
    def flattened(layers, i):
        """(H, W, C) that was flattened into the input of layer i."""
        return layers[i - 1].input.shape[1:] if i and isinstance(layers[i - 1], kl.Flatten) else None

    def fill(self, layer, t, image, flattened):
        if isinstance(layer, kl.BatchNormalization):
            kinds = ("scale", "shift", "running_mean", "running_var")
            for n, (variable, kind) in enumerate(zip(
                    (layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance), kinds)):
                yield variable, channels_last(value(t + n, kind, variable.shape), image)
                if n > 1:
                    self.running.append((t + n, variable, image))
        elif layer.weights:
            shape = layer.kernel.shape
            if isinstance(layer, kl.Dense):
                weight = value(t, "weight", shape[::-1], shape[0])
                weight = channels_last(channels_last(weight, image).T, flattened)
            elif isinstance(layer, kl.Conv2DTranspose):  # Keras: y, x, out, in
                fan_in = shape[0] * shape[1] * shape[3] / layer.strides[0] ** 2
                weight = value(t, "weight", (shape[3], shape[2], *shape[:2]), fan_in).transpose(2, 3, 1, 0)
            else:  # Keras: y, x, in, out
                weight = value(t, "weight", (shape[3], shape[2], *shape[:2]), np.prod(shape[:3]))
                weight = weight.transpose(2, 3, 1, 0)
            yield layer.kernel, weight
            if layer.use_bias:
                yield layer.bias, channels_last(value(t + 1, "bias", layer.bias.shape), image)

    def forward(self, x, training):
        x = x.transpose(0, 2, 3, 1) if x.ndim == 4 else x
        y = keras.ops.convert_to_numpy(self.net(x, training=training))
        assert y.dtype == np.float64
        return y.transpose(0, 3, 1, 2) if y.ndim == 4 else y

    def running_statistics(self):
        for t, variable, image in self.running:
            yield t, channels_first(keras.ops.convert_to_numpy(variable), image)

    def counts(self):
        return [self.net.count_params(), sum(int(np.prod(w.shape)) for w in self.net.trainable_weights)]


def channels_last(array, image):
    """Its first axis, features [C, H, W] of facegan, as [H, W, C] of Keras."""
    if image is None:
        return array
    h, w, c = image
    return np.moveaxis(array.reshape(c, h, w, *array.shape[1:]), 0, 2).reshape(array.shape)


def channels_first(vector, image):
    if image is None:
        return vector
    return vector.reshape(image).transpose(2, 0, 1).reshape(-1)


class Torch:
    """A torch.nn.Sequential, filled alike."""

    def __init__(self, net, first):
        self.net, self.running, t = net.double(), [], first
        for layer in net:
            for name in ("weight", "bias", "running_mean", "running_var"):
                tensor = getattr(layer, name, None)
                if tensor is None:
                    continue
                norm, fan_in = isinstance(layer, nn.BatchNorm2d), None
                kind = {"weight": "scale", "bias": "shift"}.get(name, name) if norm else name
                if kind == "weight":
                    transposed = isinstance(layer, nn.ConvTranspose2d)
                    fan_in = tensor[:, 0].numel() / layer.stride[0] ** 2 if transposed else tensor[0].numel()
                with torch.no_grad():
                    tensor.copy_(torch.from_numpy(value(t, kind, tuple(tensor.shape), fan_in)))
                if kind.startswith("running"):
                    self.running.append((t, tensor))
                t += 1

    def forward(self, x, training):
        x = torch.from_numpy(x)
        with torch.no_grad():
            return self.net.train(training)(x if x.ndim == 4 else x[:, :, None, None]).numpy()

    def running_statistics(self):
        return [(t, tensor.numpy()) for t, tensor in self.running]

    def counts(self):
        trainable = sum(p.numel() for p in self.net.parameters())
        return [trainable + sum(tensor.numel() for _, tensor in self.running), trainable]


def dcgan():
    g, d = [nn.ConvTranspose2d(100, 512, 4, 1, 0, bias=False), nn.BatchNorm2d(512), nn.ReLU()], []
    for before, after in ((512, 256), (256, 128), (128, 64)):
        g += [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    g += [nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False), nn.Tanh()]
    d += [nn.Conv2d(3, 64, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
    for before, after in ((64, 128), (128, 256), (256, 512)):
        d += [nn.Conv2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.LeakyReLU(0.2)]
    d += [nn.Conv2d(512, 1, 4, 1, 0, bias=False)]
    return nn.Sequential(*g), nn.Sequential(*d)


def sampled(y):
    """12 values spread over the whole, with their indices, and the moments; all when there are few."""
    flat, count = y.ravel(), y.size
    at = [i * count // 12 + 37 * i % max(1, count // 12) for i in range(12)] if count > 12 else range(count)
    return {"at": list(at), "values": flat[list(at)].tolist(), "moments": moments(flat)}


def moments(array):
    return [float(array.mean()), float(np.square(array).mean())]


def record(network, batch_input, input_shape):
    passes = [sampled(network.forward(batch_input(p, 2 if p == 0 else 3, input_shape), p > 0))
              for p in range(4)]
    running = [[t, *moments(v), *v[[0, v.size // 2, v.size - 1]].tolist()]
               for t, v in network.running_statistics()]
    return {"parameters": network.counts(), "passes": passes, "running": running}


def latents(p, n, shape):
    return 1.7 * uniform(2000 + p, n * shape[0]).reshape(n, *shape)


def pictures(p, n, shape):
    return uniform(3000 + p, n * int(np.prod(shape))).reshape(n, *shape)


def main():
    keras.backend.set_floatx("float64")
    result = {"how": HOW, "keras": keras.__version__, "torch": torch.__version__.split("+")[0], "presets": {}}
    g, d = dcgan()
    result["presets"]["dcgan"] = {"generator": record(Torch(g, 0), latents, (100,)),
                                  "discriminator": record(Torch(d, 1000), pictures, (3, 64, 64))}
    for name, (side, channels, g, d) in KERAS.items():
        print(name, flush=True)
        keras.backend.clear_session()
        result["presets"][name] = {
            "generator": record(Keras(g(), (100,), 0), latents, (100,)),
            "discriminator": record(Keras(d(), (side, side, channels), 1000), pictures,
                                    (channels, side, side)),
        }
    write("presets_reference.json", result)


if __name__ == "__main__":
    main()
