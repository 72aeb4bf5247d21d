#!/usr/bin/env python3
"""The training loop of the PyTorch DCGAN example, written again to be measured: the yardstick for facegan.

Kept as published: fp32, NCHW, torch.nn modules (nz 100, ngf 64, ndf 64), sigmoid and BCELoss, Adam 2e-4,
betas 0.5 and 0.999; D on real and on generated pictures, then G through D (whose weights get gradients too);
means read back on every step, two loader workers. Own: --steps, the warm-up, a print every 50 steps only.

    python3 scripts/bench/example.py --data FOLDER_OR_ZIP --steps 100 --threads 2
"""
import argparse
import io
import json
import pathlib
import sys
import time
import zipfile

import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

SIZE, NZ, NGF, NDF = 64, 100, 64, 64
WARMUP_STEPS = 3
SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".ppm", ".pgm", ".tif", ".tiff"}


class Pictures(Dataset):
    """All pictures below a folder or in a zip file, scaled to [-1, 1]."""

    def __init__(self, path):
        self.path, self.archive = pathlib.Path(path), None
        if self.path.is_dir():
            names = (str(p) for p in self.path.rglob("*"))
        else:
            with zipfile.ZipFile(self.path) as archive:
                names = archive.namelist()
        self.names = sorted(n for n in names if pathlib.Path(n).suffix.lower() in SUFFIXES)
        self.transform = transforms.Compose([
            transforms.Resize(SIZE), transforms.CenterCrop(SIZE), transforms.ToTensor(),
            transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))])

    def __len__(self):
        return len(self.names)

    def __getitem__(self, i):
        source = self.names[i]
        if not self.path.is_dir():
            if self.archive is None:  # one per worker: a shared file position would mix them up
                self.archive = zipfile.ZipFile(self.path)
            source = io.BytesIO(self.archive.read(source))
        with Image.open(source) as picture:
            return self.transform(picture.convert("RGB"))


def batches(data, batch, workers):
    """Batches without end; synthetic: one batch of noise again and again, no loader."""
    if data == "synthetic":
        noise = torch.rand(batch, 3, SIZE, SIZE) * 2 - 1
        while True:
            yield noise
    pictures = Pictures(data)
    if len(pictures) < batch:
        sys.exit(f"example.py: {data} holds {len(pictures)} pictures, fewer than a batch of {batch}")
    loader = DataLoader(pictures, batch, shuffle=True, num_workers=workers, drop_last=True)
    while True:
        yield from loader


def generator():
    def stage(inputs, outputs, stride, padding):
        return [nn.ConvTranspose2d(inputs, outputs, 4, stride, padding, bias=False),
                nn.BatchNorm2d(outputs), nn.ReLU(True)]
    return nn.Sequential(
        *stage(NZ, NGF * 8, 1, 0), *stage(NGF * 8, NGF * 4, 2, 1), *stage(NGF * 4, NGF * 2, 2, 1),
        *stage(NGF * 2, NGF, 2, 1), nn.ConvTranspose2d(NGF, 3, 4, 2, 1, bias=False), nn.Tanh())


def discriminator():
    def stage(inputs, outputs):
        return [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False),
                nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2, True)]
    return nn.Sequential(
        nn.Conv2d(3, NDF, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, True),
        *stage(NDF, NDF * 2), *stage(NDF * 2, NDF * 4), *stage(NDF * 4, NDF * 8),
        nn.Conv2d(NDF * 8, 1, 4, 1, 0, bias=False), nn.Sigmoid(), nn.Flatten(0))


def initialise(module):
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="synthetic", help="folder, zip file or 'synthetic'")
    parser.add_argument("--steps", type=int, default=50, help="measured steps, after 3 of warm-up")
    parser.add_argument("--threads", type=int, default=0, help="compute threads; 0: PyTorch's choice")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    if args.threads > 0:
        torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    device = torch.device(args.device)

    g, d = generator().apply(initialise).to(device), discriminator().apply(initialise).to(device)
    criterion = nn.BCELoss()
    adam_d = torch.optim.Adam(d.parameters(), lr=2e-4, betas=(0.5, 0.999))
    adam_g = torch.optim.Adam(g.parameters(), lr=2e-4, betas=(0.5, 0.999))
    start = 0.0
    for step, real in enumerate(batches(args.data, args.batch, args.workers)):
        if step == WARMUP_STEPS:
            start = time.perf_counter()
        if step == WARMUP_STEPS + args.steps:
            break
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
        if step % 50 == 0:
            print(f"[{step}] loss_d {(loss_real + loss_fake).item():.4f} loss_g {loss_g.item():.4f} "
                  f"D(x) {d_x:.4f} D(G(z)) {d_g_z1:.4f} / {d_g_z2:.4f}", file=sys.stderr)
    elapsed = time.perf_counter() - start
    print(json.dumps({"images_per_s": round(args.steps * args.batch / elapsed, 2), "steps": args.steps,
                      "warmup_steps": WARMUP_STEPS, "batch": args.batch, "threads": torch.get_num_threads(),
                      "device": args.device, "torch": torch.__version__}))


if __name__ == "__main__":
    main()
