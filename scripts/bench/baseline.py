#!/usr/bin/env python3
"""DCGAN training loops in Python on the LibTorch that facegan uses: the yardsticks it is measured by.

  example   the loop of the PyTorch DCGAN example as published: fp32, NCHW, torch.nn modules (nz 100, ngf 64,
            ndf 64), sigmoid and BCELoss, Adam 2e-4, betas 0.5 and 0.999; D on real and on generated pictures,
            then G through D (whose weights get gradients too); means read back on every step
  tuned     what a careful user makes of it: channels-last, fused Adam, BCE with logits, no gradients of D's
            weights in G's phase, nothing read back; with --precision bf16 autocast to bfloat16
  compiled  the same through torch.compile
  decode    no training: what the example's loader and transforms deliver (--workers 1: a core)

Own: --steps, the warm-up, a print every 50 steps only.

    python3 scripts/bench/baseline.py example --data FOLDER_OR_ZIP --steps 100 --threads 2
"""
import argparse
import contextlib
import io
import json
import pathlib
import resource
import sys
import time
import zipfile

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

NZ = 100
SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".ppm", ".pgm", ".tif", ".tiff"}


class Pictures(Dataset):
    """All pictures below a folder or in a zip file, scaled to [-1, 1]. Needs Pillow and torchvision."""

    def __init__(self, path, size):
        from torchvision import transforms
        self.path, self.archive = pathlib.Path(path), None
        if self.path.is_dir():
            names = (str(p) for p in self.path.rglob("*"))
        else:
            with zipfile.ZipFile(self.path) as archive:
                names = archive.namelist()
        self.names = sorted(n for n in names if pathlib.Path(n).suffix.lower() in SUFFIXES)
        self.transform = transforms.Compose([
            transforms.Resize(size), transforms.CenterCrop(size), transforms.ToTensor(),
            transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))])

    def __len__(self):
        return len(self.names)

    def __getitem__(self, i):
        from PIL import Image
        source = self.names[i]
        if not self.path.is_dir():
            if self.archive is None:  # one per worker: a shared file position would mix them up
                self.archive = zipfile.ZipFile(self.path)
            source = io.BytesIO(self.archive.read(source))
        with Image.open(source) as picture:
            return self.transform(picture.convert("RGB"))


def batches(args, device):
    """Batches without end; synthetic: one batch of noise on the device again and again, no loader."""
    if args.data == "synthetic":
        noise = torch.rand(args.batch, 3, args.size, args.size, device=device) * 2 - 1
        while True:
            yield noise
    pictures = Pictures(args.data, args.size)
    if len(pictures) < args.batch:
        sys.exit(f"baseline.py: {args.data} holds {len(pictures)} pictures, fewer than a batch of {args.batch}")
    loader = DataLoader(pictures, args.batch, shuffle=True, num_workers=args.workers, drop_last=True)
    while True:
        yield from loader


def stages(size):
    """Halvings between the picture and 4x4, but for the first."""
    return size.bit_length() - 4


def generator(size, width):
    def stage(inputs, outputs, stride, padding):
        return [nn.ConvTranspose2d(inputs, outputs, 4, stride, padding, bias=False),
                nn.BatchNorm2d(outputs), nn.ReLU(True)]
    filters = [width * 2 ** i for i in range(stages(size), -1, -1)]
    layers = stage(NZ, filters[0], 1, 0)
    for inputs, outputs in zip(filters, filters[1:]):
        layers += stage(inputs, outputs, 2, 1)
    return nn.Sequential(*layers, nn.ConvTranspose2d(width, 3, 4, 2, 1, bias=False), nn.Tanh())


def discriminator(size, width, with_sigmoid):
    layers = [nn.Conv2d(3, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, True)]
    filters = [width * 2 ** i for i in range(stages(size) + 1)]
    for inputs, outputs in zip(filters, filters[1:]):
        layers += [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False),
                   nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2, True)]
    layers.append(nn.Conv2d(filters[-1], 1, 4, 1, 0, bias=False))
    return nn.Sequential(*layers, *([nn.Sigmoid()] if with_sigmoid else []), nn.Flatten(0))


def initialise(module):
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


def example(args, device):
    """One step of the published loop, as a function of the real pictures."""
    g = generator(args.size, args.width).apply(initialise).to(device)
    d = discriminator(args.size, args.width, True).apply(initialise).to(device)
    criterion = nn.BCELoss()
    adam_d = torch.optim.Adam(d.parameters(), lr=2e-4, betas=(0.5, 0.999))
    adam_g = torch.optim.Adam(g.parameters(), lr=2e-4, betas=(0.5, 0.999))

    def step(real, shown):
        real = real.to(device)
        d.zero_grad()
        label = torch.full((args.batch,), 1.0, device=device)
        output = d(real)
        loss_real = criterion(output, label)
        loss_real.backward()
        d_x = output.mean().item()

        fake = g(torch.randn(args.batch, NZ, 1, 1, device=device))
        label.fill_(0.0)
        output = d(fake.detach())
        loss_fake = criterion(output, label)
        loss_fake.backward()
        d_g_z1 = output.mean().item()
        adam_d.step()

        g.zero_grad()
        label.fill_(1.0)
        output = d(fake)
        loss_g = criterion(output, label)
        loss_g.backward()
        d_g_z2 = output.mean().item()
        adam_g.step()
        if shown:
            print(f"loss_d {(loss_real + loss_fake).item():.4f} loss_g {loss_g.item():.4f} "
                  f"D(x) {d_x:.4f} D(G(z)) {d_g_z1:.4f} / {d_g_z2:.4f}", file=sys.stderr)
    return step


def tuned(args, device, compiled):
    layout = {"nhwc": torch.channels_last, "nchw": torch.contiguous_format}[args.layout]
    g = generator(args.size, args.width).apply(initialise).to(device, memory_format=layout)
    d = discriminator(args.size, args.width, False).apply(initialise).to(device, memory_format=layout)
    criterion = nn.BCEWithLogitsLoss()
    adam_d = torch.optim.Adam(d.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=True)
    adam_g = torch.optim.Adam(g.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=True)
    run_g, run_d = (torch.compile(net, mode=args.compile_mode, dynamic=False) if compiled else net for net in (g, d))
    ones, zeros = torch.ones(args.batch, device=device), torch.zeros(args.batch, device=device)

    def cast():
        if args.precision == "bf16":
            return torch.autocast(device.type, torch.bfloat16)
        return contextlib.nullcontext()

    def step(real, shown):
        real = real.to(device, memory_format=layout, non_blocking=True)
        adam_d.zero_grad()
        with cast():
            fake = run_g(torch.randn(args.batch, NZ, 1, 1, device=device))
            logits_real = run_d(real)
        loss_d = criterion(logits_real.float(), ones)
        loss_d.backward()
        with cast():
            logits_fake = run_d(fake.detach())
        loss_fake = criterion(logits_fake.float(), zeros)
        loss_fake.backward()
        adam_d.step()

        adam_g.zero_grad()
        d.requires_grad_(False)
        with cast():
            logits = run_d(fake)
        loss_g = criterion(logits.float(), ones)
        loss_g.backward()
        d.requires_grad_(True)
        adam_g.step()
        if shown:
            print(f"loss_d {(loss_d + loss_fake).item():.4f} loss_g {loss_g.item():.4f}", file=sys.stderr)
    return step


def set_switches(args):
    """Those of the process."""
    tf32 = args.precision == "tf32"
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    torch.backends.cudnn.benchmark = True  # as the example has it


def make_step(args, device):
    """The step of args.loop as a function of the real pictures."""
    set_switches(args)
    if args.loop == "decode":
        return lambda real, shown: None
    if args.loop == "example":
        if args.precision == "bf16":
            sys.exit("baseline.py: the example has no bf16")
        return example(args, device)
    return tuned(args, device, args.loop == "compiled")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("loop", choices=["example", "tuned", "compiled", "decode"])
    parser.add_argument("--data", default="synthetic", help="folder, zip file or 'synthetic'")
    parser.add_argument("--steps", type=int, default=50, help="measured steps, after those of warm-up")
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0, help="compute threads; 0: PyTorch's choice")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--size", type=int, default=64, choices=[32, 64, 128, 256])
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="fp32", choices=["fp32", "tf32", "bf16"])
    parser.add_argument("--compile-mode", default="default")
    parser.add_argument("--layout", default="nhwc", choices=["nhwc", "nchw"], help="of tuned and compiled")
    args = parser.parse_args()
    if args.threads > 0:
        torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    device = torch.device(args.device)
    step = make_step(args, device)

    def wait():
        if device.type == "cuda":
            torch.cuda.synchronize()

    start = 0.0
    for number, real in enumerate(batches(args, device)):
        if number == args.warmup:
            wait()
            start = time.perf_counter()
        if number == args.warmup + args.steps:
            break
        step(real, number % 50 == 0)
    wait()
    elapsed = time.perf_counter() - start
    print(json.dumps({"loop": args.loop, "images_per_s": round(args.steps * args.batch / elapsed, 2),
                      "steps": args.steps, "warmup_steps": args.warmup, "batch": args.batch,
                      "size": args.size, "width": args.width, "precision": args.precision,
                      "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                      "threads": torch.get_num_threads(), "device": args.device,
                      "torch": torch.__version__}))


if __name__ == "__main__":
    main()
