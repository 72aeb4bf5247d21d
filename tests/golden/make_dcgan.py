#!/usr/bin/env python3
"""Writes dcgan_reference.json: three training steps of a small DCGAN, computed by PyTorch in double.

The numbers come from Python's torch.nn and torch.optim, which the program under test does not use. Weights,
latents and pictures are closed formulas, so that nothing else has to be stored.

    python3 tests/golden/make_dcgan.py        (torch 2.11; see scripts/bench/README.md)
"""
import copy
import json
import pathlib

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce

SIZE, WIDTH, BATCH, Z, STEPS = 32, 8, 4, 16, 3
HOW = [
    "DCGAN at 32 pixels, width 8: G = ConvT 16>32 k4 s1 p0, BN, ReLU; ConvT 32>16 and 16>8 k4 s2 p1,",
    "each BN, ReLU; ConvT 8>3 k4 s2 p1, tanh. D = Conv 3>8 k4 s2 p1, LeakyReLU .2; Conv 8>16 and 16>32",
    "k4 s2 p1, each BN, LeakyReLU .2; Conv 32>1 k4 s1 p0. No biases, BN eps 1e-5, momentum 0.1",
    "(unbiased running variance). Double.",
    "Tensors of a network, in order: per layer weight, bias, running_mean, running_var. Tensor t (from",
    "0 in G, from 100 in D) starts as v[k] = 0.05 sin(0.7 k + 1.3 t), k the flat index (ConvT: in, out,",
    "y, x; Conv: out, in, y, x); the BN scale as 1 + 0.1 cos(k + t); running_mean 0, running_var 1.",
    "Step s from 0: z[n][k] = sin(0.3 k + 1.1 n + 0.5 s); x[n][k] = 0.8 sin(0.37 k + 0.9 n + 0.5 s), k",
    "the flat index in [3, 32, 32]. Adam 2e-4, betas 0.5 0.999, eps 1e-8, for both. d_loss = BCE(D(x),",
    "1) + BCE(D(G(z)), 0), g_loss = BCE(D(G(z)), 1), means over the batch; all batch norms in training",
    "mode.",
    "forward: at the initial weights, s = 0, each from fresh running statistics; only",
    "generated_running_statistics is G in inference mode after that one forward.",
    "alternating: D on x, then on G(z), each with its own batch statistics; D's update; then g_loss for",
    "the same pictures through the updated D (its third update of running statistics); G's update.",
    "simultaneous: G(z), D on x, then on G(z), once each; both gradients at these weights; then both",
    "updates.",
    "d_real, d_fake: mean sigmoid of the logits before D's update; d_accuracy: over both, logit > 0",
    "means real.",
    "Lists of two numbers are [mean, mean of squares]; generator and discriminator list all tensors in",
    "order, after the step.",
]


def generator():
    w = WIDTH
    return nn.Sequential(
        nn.ConvTranspose2d(Z, 4 * w, 4, 1, 0, bias=False), nn.BatchNorm2d(4 * w), nn.ReLU(),
        nn.ConvTranspose2d(4 * w, 2 * w, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * w), nn.ReLU(),
        nn.ConvTranspose2d(2 * w, w, 4, 2, 1, bias=False), nn.BatchNorm2d(w), nn.ReLU(),
        nn.ConvTranspose2d(w, 3, 4, 2, 1, bias=False), nn.Tanh()).double()


def discriminator():
    w = WIDTH
    return nn.Sequential(
        nn.Conv2d(3, w, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
        nn.Conv2d(w, 2 * w, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * w), nn.LeakyReLU(0.2),
        nn.Conv2d(2 * w, 4 * w, 4, 2, 1, bias=False), nn.BatchNorm2d(4 * w), nn.LeakyReLU(0.2),
        nn.Conv2d(4 * w, 1, 4, 1, 0, bias=False), nn.Flatten(0)).double()


def tensors(net):
    """(name, tensor, is a BN scale) per layer: weight, bias, running_mean, running_var."""
    for i, layer in enumerate(net):
        for name in ("weight", "bias", "running_mean", "running_var"):
            tensor = getattr(layer, name, None)
            if tensor is not None:
                yield f"{i}.{name}", tensor, isinstance(layer, nn.BatchNorm2d) and name == "weight"


def fill(net, first):
    with torch.no_grad():
        for t, (name, tensor, scale) in enumerate(tensors(net), first):
            k = torch.arange(tensor.numel(), dtype=torch.float64)
            if "running" not in name:
                values = 1 + 0.1 * torch.cos(k + t) if scale else 0.05 * torch.sin(0.7 * k + 1.3 * t)
                tensor.copy_(values.view_as(tensor))
    return net


def waves(count, frequency, sample_phase, step):
    k = torch.arange(count, dtype=torch.float64)
    n = torch.arange(BATCH, dtype=torch.float64)[:, None]
    return torch.sin(frequency * k + sample_phase * n + 0.5 * step)


def latents(step):
    return waves(Z, 0.3, 1.1, step).view(BATCH, Z, 1, 1)


def pictures(step):
    return 0.8 * waves(3 * SIZE * SIZE, 0.37, 0.9, step).view(BATCH, 3, SIZE, SIZE)


def moments(tensor):
    return [tensor.mean().item(), tensor.square().mean().item()]


def losses(real, fake, fake_for_g):
    d_loss = bce(real, torch.ones(BATCH).double()) + bce(fake, torch.zeros(BATCH).double())
    return d_loss, bce(fake_for_g, torch.ones(BATCH).double())


def forward(g, d):
    g, d = copy.deepcopy(g), copy.deepcopy(d)
    fresh = copy.deepcopy(d)
    fake = g(latents(0)).detach()
    return {
        "generated_first_8": fake.flatten()[:8].tolist(),
        "generated": moments(fake),
        "d_logits_real": d(pictures(0)).tolist(),
        "d_logits_generated": fresh(fake).tolist(),
        "generated_running_statistics": moments(g.eval()(latents(0))),  # after the one forward above
    }


def train(g, d, order):
    g, d = copy.deepcopy(g), copy.deepcopy(d)
    adam = [torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999), eps=1e-8) for net in (g, d)]
    records = []
    for step in range(STEPS):
        fake = g(latents(step))
        real_logits = d(pictures(step))
        if order == "alternating":
            fake_logits = d(fake.detach())
            d_loss, _ = losses(real_logits, fake_logits, fake_logits)
            set_gradients(d, d_loss)
            adam[1].step()
            _, g_loss = losses(real_logits, fake_logits, d(fake))
            set_gradients(g, g_loss)
            adam[0].step()
        else:
            fake_logits = d(fake)
            d_loss, g_loss = losses(real_logits, fake_logits, fake_logits)
            set_gradients(d, d_loss, retain_graph=True)
            set_gradients(g, g_loss)
            adam[0].step()
            adam[1].step()
        records.append({
            "d_loss": d_loss.item(), "g_loss": g_loss.item(),
            "d_real": real_logits.sigmoid().mean().item(), "d_fake": fake_logits.sigmoid().mean().item(),
            "d_accuracy": torch.cat([real_logits > 0, fake_logits <= 0]).double().mean().item(),
            "generator": [moments(t) for _, t, _ in tensors(g)],
            "discriminator": [moments(t) for _, t, _ in tensors(d)],
        })
    return records


def set_gradients(net, loss, **options):
    parameters = list(net.parameters())
    for p, gradient in zip(parameters, torch.autograd.grad(loss, parameters, **options)):
        p.grad = gradient


def text(value, indent=0):
    """JSON with a line per tensor."""
    pad = " " * (indent + 1)
    if isinstance(value, dict) and "shape" not in value:
        lines = [f"{pad}{json.dumps(k)}: {text(v, indent + 1)}" for k, v in value.items()]
        return "{\n" + ",\n".join(lines) + "\n" + " " * indent + "}"
    if isinstance(value, list) and isinstance(value[0], (dict, str, list)):
        return "[\n" + ",\n".join(pad + text(v, indent + 1) for v in value) + "\n" + " " * indent + "]"
    return json.dumps(value)


def main():
    torch.set_num_threads(1)
    g, d = fill(generator(), 0), fill(discriminator(), 100)
    result = {
        "how": HOW,
        "torch": torch.__version__.split("+")[0],
        "size": SIZE, "width": WIDTH, "batch": BATCH, "z": Z, "steps": STEPS,
        "tensors": {name: [{"name": n, "shape": list(t.shape)} for n, t, _ in tensors(net)]
                    for name, net in (("generator", g), ("discriminator", d))},
        "initial": {name: [moments(t) for _, t, _ in tensors(net)]
                    for name, net in (("generator", g), ("discriminator", d))},
        "forward": forward(g, d),
        "alternating": train(g, d, "alternating"),
        "simultaneous": train(g, d, "simultaneous"),
    }
    path = pathlib.Path(__file__).with_name("dcgan_reference.json")
    path.write_text(text(result) + "\n")
    print(path)


if __name__ == "__main__":
    main()
