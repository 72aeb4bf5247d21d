"""import_test.py FACEGAN: weights of PyTorch's DCGAN example through `facegan import`, and on from there.

The networks as in pytorch/examples, dcgan/main.py -> torch.save and safetensors -> import -> the same pictures ->
ten steps of training on both sides, from the same pictures and latents -> the same weights -> export -> the same
pictures by facegan.py and by ONNX Runtime.
"""
import copy
import importlib.util
import json
import os
import struct
import subprocess
import sys
import tempfile

import numpy
import torch
from PIL import Image
from torch import nn

from philox import LATENTS, ORDER, SAMPLE, normals, pairs

try:
    import onnxruntime
except ImportError:
    onnxruntime = None

PROGRAM = os.path.abspath(sys.argv[1])
Z, BATCH, STEPS, PICTURES, SEED = 100, 10, 10, 20, 11
NARROW = 8  # filters of the networks that are trained


def facegan(*arguments, fails=0):
    told = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True)
    assert told.returncode == fails, (arguments, told.returncode, told.stderr)
    return told.stderr if fails else told.stdout


# ---- the example's networks ---------------------------------------------------------------------------------

class Generator(nn.Module):
    def __init__(self, ngf=64, nc=3):
        super().__init__()
        self.main = nn.Sequential(
            nn.ConvTranspose2d(Z, ngf * 8, 4, 1, 0, bias=False), nn.BatchNorm2d(ngf * 8), nn.ReLU(True),
            nn.ConvTranspose2d(ngf * 8, ngf * 4, 4, 2, 1, bias=False), nn.BatchNorm2d(ngf * 4), nn.ReLU(True),
            nn.ConvTranspose2d(ngf * 4, ngf * 2, 4, 2, 1, bias=False), nn.BatchNorm2d(ngf * 2), nn.ReLU(True),
            nn.ConvTranspose2d(ngf * 2, ngf, 4, 2, 1, bias=False), nn.BatchNorm2d(ngf), nn.ReLU(True),
            nn.ConvTranspose2d(ngf, nc, 4, 2, 1, bias=False), nn.Tanh())

    def forward(self, z):
        return self.main(z)


class Discriminator(nn.Module):
    def __init__(self, ndf=64, nc=3):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(nc, ndf, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(ndf, ndf * 2, 4, 2, 1, bias=False), nn.BatchNorm2d(ndf * 2), nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(ndf * 2, ndf * 4, 4, 2, 1, bias=False), nn.BatchNorm2d(ndf * 4), nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(ndf * 4, ndf * 8, 4, 2, 1, bias=False), nn.BatchNorm2d(ndf * 8), nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(ndf * 8, 1, 4, 1, 0, bias=False), nn.Sigmoid())

    def logits(self, x):
        return self.main[:-1](x).view(-1)


def example_weights(module):
    """The example's weights_init, and statistics of batch norms that are not those of a new one."""
    for layer in module.main:
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(layer.weight, 0.0, 0.02)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.02)
            nn.init.normal_(layer.bias, 0.0, 0.1)
            layer.running_mean.normal_(0.0, 0.05)
            layer.running_var.uniform_(0.5, 1.5)
            layer.num_batches_tracked.fill_(1234)
    return module


def as_trained(generator, discriminator):
    """Weights of a size that training gives them. With the example's first ones pictures and features are so small that
    batch norms divide by next to nothing: each step makes the differences of rounding ten times larger, and ten steps
    of PyTorch in fp32 end as far from those in fp64 as from the program's."""
    with torch.no_grad():
        generator.main[-2].weight.mul_(8)
        for layer in discriminator.main:
            if isinstance(layer, nn.Conv2d):
                layer.weight.mul_(5)
    return generator, discriminator


def write_safetensors(path, tensors):
    header, data = {}, b""
    names = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64",
             torch.int64: "I64"}
    for name, tensor in tensors.items():
        raw = bytes(tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy())
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


# ---- the program's random numbers ---------------------------------------------------------------------------

def permutation(seed, epoch, n):
    numbers, order = pairs(seed, ORDER, epoch), list(range(n))
    for i in range(n, 1, -1):
        x = next(numbers)
        while x < 2**64 % i:
            x = next(numbers)
        order[i - 1], order[x % i] = order[x % i], order[i - 1]
    return order


# ---- what is compared ---------------------------------------------------------------------------------------

def apart(one, other):
    return float((one.double() - other.double()).abs().max() / max(1.0, float(other.abs().max())))


def reader(folder):
    spec = importlib.util.spec_from_file_location("facegan", f"{folder}/facegan.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_pictures(run, generator, what):
    """The run's generator by facegan.py, ONNX Runtime and `sample` against PyTorch's."""
    facegan("export", run, "--to", "safetensors,onnx", "--out", f"{what}/")
    latents = torch.tensor(numpy.stack([normals(1234, SAMPLE, k, Z) for k in range(4)]))
    with torch.no_grad():
        wanted = generator.eval()(latents.view(-1, Z, 1, 1))
        got = {"facegan.py": reader(what).load(f"{what}/model.safetensors")(latents)}
    if onnxruntime:
        session = onnxruntime.InferenceSession(f"{what}/model.onnx", providers=["CPUExecutionProvider"])
        got["ONNX Runtime"] = torch.tensor(session.run(None, {"z": latents.numpy()})[0])
    assert float(wanted.std()) > 1e-3, "pictures of nothing"
    for by, pictures in got.items():
        off = apart(pictures, wanted)
        print(f"{what}: pictures by {by} are {off:.1e} from PyTorch's", flush=True)
        assert off <= 1e-5, (what, by, off)
    facegan("sample", "--quiet", "--from", run, "--seed", "1234", "--count", "4", "--each", "--device", "cpu", "--out",
            f"{what}/drawn")
    shown = torch.clamp(torch.round((wanted + 1) * 127.5), 0, 255)
    for k in range(4):
        picture = torch.tensor(numpy.asarray(Image.open(f"{what}/drawn/seed_1234_{k:04d}.png"), numpy.float32))
        assert float((picture.permute(2, 0, 1) - shown[k]).abs().max()) <= 1, (what, k)


def check_logits(run, discriminator, what):
    facegan("export", run, "--to", "safetensors", "--network", "d", "--out", f"{what}-d/")
    x = torch.sin(torch.arange(4 * 3 * 64 * 64) * 0.37).view(4, 3, 64, 64)
    with torch.no_grad():
        got = reader(f"{what}-d").load(f"{what}-d/discriminator.safetensors")(x).view(-1)
        off = apart(got, discriminator.eval().logits(x))
    print(f"{what}: logits are {off:.1e} from PyTorch's", flush=True)
    assert off <= 1e-5, (what, off)


def make_pictures():
    """PNGs of noise under smooth colours, and what the program makes of them: x / 127.5 - 1."""
    os.mkdir("pictures")
    rows, columns = numpy.mgrid[0:64, 0:64]
    random, all_ = numpy.random.default_rng(5), []
    for k in range(PICTURES):
        smooth = [127 + 90 * numpy.sin(0.05 * (k + 1) * rows + 0.03 * c * columns + k) for c in range(3)]
        picture = numpy.clip(numpy.stack(smooth, 2) + random.normal(0, 12, (64, 64, 3)), 0, 255).astype(numpy.uint8)
        Image.fromarray(picture).save(f"pictures/{k:03d}.png")
        all_.append(torch.tensor(picture, dtype=torch.float32).permute(2, 0, 1) / 127.5 - 1)
    return torch.stack(all_)


def train_in_pytorch(modules, pictures, dtype):
    """The example's loop on copies. Its sigmoid and BCELoss are one function here, as they are in the program."""
    generator, discriminator = (copy.deepcopy(module).to(dtype) for module in modules)
    criterion = nn.BCEWithLogitsLoss()
    d_adam = torch.optim.Adam(discriminator.parameters(), lr=0.0002, betas=(0.5, 0.999))
    g_adam = torch.optim.Adam(generator.parameters(), lr=0.0002, betas=(0.5, 0.999))
    generator.train(), discriminator.train()
    ones, zeros, each = torch.ones(BATCH, dtype=dtype), torch.zeros(BATCH, dtype=dtype), PICTURES // BATCH
    losses = []
    for step in range(STEPS):
        at = step % each * BATCH
        real = pictures[permutation(SEED, step // each, PICTURES)[at:at + BATCH]].to(dtype)
        z = torch.tensor(normals(SEED, LATENTS, step, BATCH * Z)).view(BATCH, Z, 1, 1).to(dtype)
        discriminator.zero_grad()
        d_real = criterion(discriminator.logits(real), ones)
        d_real.backward()
        fake = generator(z)
        d_fake = criterion(discriminator.logits(fake.detach()), zeros)
        d_fake.backward()
        d_adam.step()
        generator.zero_grad()
        g_loss = criterion(discriminator.logits(fake), ones)
        g_loss.backward()
        g_adam.step()
        losses.append((float((d_real + d_fake).detach()), float(g_loss.detach())))
    return generator, discriminator, losses


def read_checkpoint(run, step=STEPS):
    with open(f"{run}/checkpoints/step_{step:08d}.safetensors", "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    return {name: torch.frombuffer(bytearray(data[slice(*about["data_offsets"])]), dtype=torch.float32)
                       .view(about["shape"])
            for name, about in header.items() if name[:2] in ("g.", "d.")}


def tensors_of(modules):
    return {f"{letter}.{name}": tensor for letter, module in zip("gd", modules)
            for name, tensor in module.main.state_dict().items() if not name.endswith("num_batches_tracked")}


def weights_apart(tensors, modules):
    """The largest difference, the root of the mean square one, and where the largest is."""
    worst, sum_, count = (0.0, ""), 0.0, 0
    for name, wanted in tensors_of(modules).items():
        off = tensors[name].double() - wanted.double()
        worst = max(worst, (float(off.abs().max()) / max(1.0, float(wanted.abs().max())), name))
        sum_, count = sum_ + float(off.square().sum()), count + off.numel()
    return worst[0], (sum_ / count) ** 0.5, worst[1]


def check_losses(run, losses):
    with open(f"{run}/metrics.jsonl") as file:
        lines = [json.loads(line) for line in file]
    assert len(lines) == STEPS, len(lines)
    off = max(max(abs(line["d_loss"] - d), abs(line["g_loss"] - g)) for line, (d, g) in zip(lines, losses))
    print(f"losses are at most {off:.1e} from PyTorch's; the last are {losses[-1]}", flush=True)
    assert off <= 1e-4, off


def imported(*arguments):
    return facegan("import", *arguments, "--preset", "dcgan", "--width", str(NARROW), "--quiet").strip()


def expect_generator(run, generator):
    wanted = tensors_of((generator,))
    got = read_checkpoint(run, 0)
    for name, tensor in wanted.items():
        assert torch.equal(got[name], tensor.float()), (run, name)


def check_forms(generator):
    """Every way to save it is read as the same; what is no dict of tensors is refused."""
    g = generator.state_dict()
    adam = torch.optim.Adam(generator.parameters())
    sum(p.sum() for p in generator.parameters()).backward()
    adam.step(), adam.zero_grad()  # so that its state has tensors
    forms = {"whole": {"netG": g, "epoch": 3, "optimizer": adam.state_dict(), "losses": [0.5, None]},
             "parallel": {f"module.{k}": v for k, v in g.items()},
             "bare": dict(generator.main.state_dict()),
             "strided": {k: v.transpose(0, -1).contiguous().transpose(0, -1) if v.dim() > 1 else v
                         for k, v in g.items()},
             "channels_last": copy.deepcopy(generator).to(memory_format=torch.channels_last).state_dict(),
             "parameters": {**dict(generator.named_parameters()), **dict(generator.named_buffers())},
             "double": {k: v.double() if v.is_floating_point() else v for k, v in g.items()}}
    flat = torch.cat([v.reshape(-1) for v in g.values() if v.is_floating_point()])  # views of one storage
    forms["views"], at = {}, 0
    for name, tensor in g.items():
        if tensor.is_floating_point():
            forms["views"][name] = flat[at:at + tensor.numel()].view(tensor.shape)
            at += tensor.numel()
    for name, state in forms.items():
        torch.save(state, f"{name}.pth")
        expect_generator(imported(f"{name}.pth"), generator)
    for protocol in (3, 4, 5):
        torch.save(g, "protocol.pth", pickle_protocol=protocol)
        expect_generator(imported("protocol.pth"), generator)
    for dtype in (torch.float16, torch.bfloat16):
        rounded = {k: v.to(dtype) if v.is_floating_point() else v for k, v in g.items()}
        torch.save(rounded, "rounded.pth")
        write_safetensors("rounded.safetensors", rounded)
        wanted = Generator(NARROW)
        wanted.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in rounded.items()})
        for ending in ("pth", "safetensors"):
            expect_generator(imported(f"rounded.{ending}"), wanted)
    print(len(forms) + 7, "forms of a file give the same weights", flush=True)
    torch.save(generator, "refused.pth")
    assert "no tensor" in facegan("import", "refused.pth", "--preset", "dcgan", fails=4)
    torch.save(g, "refused.pth", _use_new_zipfile_serialization=False)
    assert "before PyTorch 1.6" in facegan("import", "refused.pth", "--preset", "dcgan", fails=4)
    torch.jit.save(torch.jit.script(nn.Sequential(nn.Conv2d(1, 1, 1))), "refused.pth")
    assert "TorchScript" in facegan("import", "refused.pth", "--preset", "dcgan", fails=4)


def check_training(modules):
    """Ten steps on both sides, and PyTorch's in fp64 to see what rounding does."""
    pictures = make_pictures()
    facegan("train", "--quiet", "--init-from", "narrow", "--preset", "dcgan", "--width", str(NARROW), "--dataset",
            "folder", "--data", "pictures", "--batch", str(BATCH), "--max-steps", str(STEPS), "--seed", str(SEED),
            "--log-every", "1", "--no-flip", "--augment", "off", "--precision", "fp32", "--device", "cpu",
            "--threads", "1", "--out", "trained")
    *single, losses = train_in_pytorch(modules, pictures, torch.float32)
    *double, _ = train_in_pytorch(modules, pictures, torch.float64)
    own = read_checkpoint("trained")
    moved = weights_apart(tensors_of(modules), double)
    worst, mean, where = weights_apart(own, single)
    theirs = weights_apart(tensors_of(single), double)
    print(f"{STEPS} steps move weights and statistics by {moved[0]:.1e} (rms {moved[1]:.1e}); the program's are "
          f"{worst:.1e} (rms {mean:.1e}, {where}) from PyTorch's, those of fp32 {theirs[0]:.1e} from fp64", flush=True)
    check_losses("trained", losses)
    assert worst <= 1e-4, worst
    check_pictures("trained", single[0], "trained-10")
    check_logits("trained", single[1], "trained-10")
    generator = Generator(NARROW)  # the program's weights in PyTorch
    generator.main.load_state_dict({key[2:]: own[key] for key in own if key[:2] == "g."}, strict=False)
    check_pictures("trained", generator, "trained-own")


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    torch.manual_seed(3)
    generator, discriminator = example_weights(Generator()), example_weights(Discriminator())
    torch.save(generator.state_dict(), "netG.pth")
    torch.save(discriminator.state_dict(), "netD.pth")
    write_safetensors("netG.safetensors", generator.state_dict())
    write_safetensors("netD.safetensors", discriminator.state_dict())
    facegan("import", "netG.pth", "netD.pth", "--preset", "dcgan", "--out", "pth")
    facegan("import", "netD.safetensors", "netG.safetensors", "--preset", "dcgan", "--out", "safe")
    for name in ("pth", "safe"):
        assert weights_apart(read_checkpoint(name, 0), (generator, discriminator))[0] == 0
        check_pictures(name, generator, f"{name}-0")
        check_logits(name, discriminator, f"{name}-0")
    narrow = as_trained(example_weights(Generator(NARROW)), example_weights(Discriminator(NARROW)))
    torch.save({"netG": narrow[0].state_dict(), "netD": narrow[1].state_dict(), "epoch": 7}, "narrow.pth")
    imported("narrow.pth", "--out", "narrow")
    assert weights_apart(read_checkpoint("narrow", 0), narrow)[0] == 0
    check_training(narrow)
    check_forms(narrow[0])
    print("PyTorch", torch.__version__, "ONNX Runtime", onnxruntime and onnxruntime.__version__)
