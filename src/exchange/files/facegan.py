"""Networks that `facegan export --to safetensors` wrote, in PyTorch.

    import facegan, torch
    generator = facegan.load("model.safetensors")       # torch.nn.Module
    z = torch.randn(16, *generator.input)               # or facegan.latent(1234): as `facegan sample --seed`
    pictures = facegan.to_images(generator(z))          # uint8 [N, H, W, C]

Needs torch and numpy; reads the file itself. The file's metadata holds the network as a list of operations,
facegan.program: operation i makes value i + 2, value 0 is the input and value 1 the row of conditions. The
weights are parameters of the module, so that it can be trained further.
"""
import json
import math
import struct

import numpy
import torch
from torch.nn import functional

TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "F64": torch.float64}


def read_safetensors(path):
    """The tensors and the metadata of a file: a length, a JSON header, then the numbers."""
    try:
        with open(path, "rb") as file:
            length = struct.unpack("<Q", file.read(8))[0]
            if length > 100 << 20:
                raise ValueError("its header is too long")
            header = json.loads(file.read(length))
            data = file.read()
        metadata = header.pop("__metadata__", {})
        if sum(end - begin for begin, end in (about["data_offsets"] for about in header.values())) != len(data):
            raise ValueError("its tensors do not fill it")
        tensors = {}
        for name, about in header.items():
            begin, end = about["data_offsets"]
            values = torch.frombuffer(bytearray(data[begin:end]), dtype=TYPES[about["dtype"]])
            tensors[name] = values.reshape(about["shape"]).float()
        return tensors, metadata
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError, RecursionError, struct.error) as error:
        raise ValueError(f"{path} is no safetensors file that can be read: {error}") from None


def convolve(op, x, weight, bias):
    top, bottom, left, right = op["pad"]
    x = functional.pad(x, (left, right, top, bottom))
    return functional.conv2d(x, weight, bias, op["stride"], groups=op["groups"])


def convolve_back(op, x, weight, bias):
    top, bottom, left, right = op["crop"]  # of the whole output
    x = functional.conv_transpose2d(x, weight, bias, op["stride"])
    return x[:, :, top:x.shape[2] - bottom, left:x.shape[3] - right]


def attend(query, key, value):
    weights = torch.softmax(query.flatten(2).transpose(1, 2) @ key.flatten(2), -1)
    return (value.flatten(2) @ weights.transpose(1, 2)).reshape(value.shape)


def upsample(op, x):
    size = op["out"][1:]
    if op["mode"] == "nearest":
        return functional.interpolate(x, size=size, mode="nearest")
    return functional.interpolate(x, size=size, mode="bilinear", align_corners=False)


def pad(x, top, bottom, left, right):
    return functional.pad(x, (left, right, top, bottom))


def as_image(x):
    return x[:, :, None, None] if x.dim() == 2 else x


# What each operation makes of its inputs x, ... and of its tensors t.
OPERATIONS = {
    "linear": lambda op, t, x: functional.linear(x.flatten(1), t("weight"), t("bias")),
    "conv": lambda op, t, x: convolve(op, as_image(x), t("weight"), t("bias")),
    "conv_transpose": lambda op, t, x: convolve_back(op, as_image(x), t("weight"), t("bias")),
    "batch_norm": lambda op, t, x: functional.batch_norm(x, t("mean"), t("var"), t("weight"), t("bias"),
                                                         eps=op["eps"]),
    "group_norm": lambda op, t, x: functional.group_norm(x, op["groups"], t("weight"), t("bias"), op["eps"]),
    "pixel_norm": lambda op, t, x: x * torch.rsqrt(x.square().mean(1, keepdim=True) + op["eps"]),
    "relu": lambda op, t, x: functional.relu(x),
    "clamp": lambda op, t, x: x.clamp(op["low"], op["high"]),
    "leaky_relu": lambda op, t, x: functional.leaky_relu(x, op["slope"]),
    "tanh": lambda op, t, x: torch.tanh(x),
    "sigmoid": lambda op, t, x: torch.sigmoid(x),
    "elu": lambda op, t, x: functional.elu(x, op["alpha"]),
    "upsample": lambda op, t, x: upsample(op, x),
    "avg_pool": lambda op, t, x: functional.avg_pool2d(x, op["kernel"], op["stride"]),
    "max_pool": lambda op, t, x: functional.max_pool2d(x, op["kernel"], op["stride"]),
    "pad": lambda op, t, x: pad(x, *op["pad"]),
    "constant_channel": lambda op, t, x: functional.pad(x, (0, 0, 0, 0, 0, 1), value=op["value"]),
    "reshape": lambda op, t, x: x.reshape(x.shape[0], *op["out"]),
    "add": lambda op, t, x, y: x + y,
    "mul": lambda op, t, x, y: x * y,
    "concat": lambda op, t, x, y: torch.cat([x, y], 1),
    "scale": lambda op, t, x: x * t("weight"),
    "attention": lambda op, t, query, key, value: attend(query, key, value),
    "row_sum": lambda op, t, x: x.sum(1, keepdim=True),
}


def attribute(name):
    """"3.skip.0.weight" -> "t_3_skip_0_weight": the name of a tensor as one of an attribute."""
    return "t_" + name.replace(".", "_")


class Network(torch.nn.Module):
    """A generator: z [N, z] (and conditions [N, conditions]) -> pictures [N, C, H, W] of -1 to 1, or a
    discriminator: such pictures -> logits [N, 1]. Computes as facegan does outside training."""

    def __init__(self, program, tensors):
        super().__init__()
        self.operations = program["operations"]
        self.input, self.conditions = program["input"], program["conditions"]
        self.names = program.get("names", [])  # of the conditions
        running = {op[name] for op in self.operations for name in ("mean", "var") if name in op}
        for name, tensor in tensors.items():
            if name in running:  # statistics: no gradient reaches them
                self.register_buffer(attribute(name), tensor)
            else:
                self.register_parameter(attribute(name), torch.nn.Parameter(tensor))
        unknown = {op["op"] for op in self.operations} - OPERATIONS.keys()
        if unknown:
            raise ValueError(f"operations of a newer version: {', '.join(sorted(unknown))}")

    def forward(self, x, conditions=None):
        if self.conditions and conditions is None:
            raise ValueError(f"this network is told {self.conditions} conditions of each picture")
        values = [x, conditions]
        for op in self.operations:
            def tensor(name, op=op):
                return getattr(self, attribute(op[name])) if name in op else None
            values.append(OPERATIONS[op["op"]](op, tensor, *(values[i] for i in op["in"])))
        return values[-1]


def load(path):
    tensors, metadata = read_safetensors(path)
    if "facegan.program" not in metadata:
        raise ValueError(f"{path} was not written by `facegan export --to safetensors`")
    return Network(json.loads(metadata["facegan.program"]), tensors).eval()


def philox(counter, key):
    """Philox4x32-10 (Salmon et al. 2011)."""
    a, b, c, d = counter
    low, high = key
    for _ in range(10):
        p, q = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = q >> 32 ^ b ^ low, q & 0xFFFFFFFF, p >> 32 ^ d ^ high, p & 0xFFFFFFFF
        low, high = low + 0x9E3779B9 & 0xFFFFFFFF, high + 0xBB67AE85 & 0xFFFFFFFF
    return a, b, c, d


def latent(seed, index=0, z=100):
    """[1, z]: that of picture `index` of `facegan sample --seed SEED`."""
    if not (0 <= seed < 2**64 and 0 <= index < 2**64):
        raise ValueError("seed and index are 0 to 2**64 - 1")
    key, normals = (seed & 0xFFFFFFFF, seed >> 32), []
    for block in range((z + 1) // 2):
        a, b, c, d = philox((block, index & 0xFFFFFFFF, index >> 32, 4), key)
        first, second = (a | b << 32) >> 11, (c | d << 32) >> 11  # 53 bits each
        radius = math.sqrt(-2 * math.log(1 - first * 2**-53))
        angle = 2 * math.pi * (second * 2**-53)
        normals += [radius * math.cos(angle), radius * math.sin(angle)]
    return torch.tensor(numpy.array(normals[:z], numpy.float32)[None])


def to_images(pictures):
    """Floats [N, C, H, W] of -1 to 1 -> bytes [N, H, W, C], rounded as facegan does."""
    levels = ((pictures.detach().cpu().permute(0, 2, 3, 1) + 1) * 127.5).round().clamp(0, 255)
    return levels.to(torch.uint8).numpy()
