#!/usr/bin/env python3
"""Writes steps_reference.json: ten training steps of a small DCGAN for each loss, order and penalty.

In double by PyTorch's autograd and torch.optim, without the program under test. Networks, weights, latents
and pictures are those of make_dcgan.py; whatever else a step needs is a closed formula, too.

    python3 -m venv ref && ref/bin/pip install torch==2.11.0 numpy
    ref/bin/python tests/golden/make_steps.py
"""
import contextlib
import copy
import math

import torch
from torch.nn.functional import relu, softplus

from make_dcgan import BATCH, Z, discriminator, fill, generator, latents, pictures, tensors
from reference import moments, write

STEPS, RECORDED = 10, (1, 3, 10)
HOW = [
    "Networks, weights, z and x of step s (from 0) as in dcgan_reference.json. More inputs: z_g[n][k] =",
    "sin(0.3 k + 1.1 n + 0.5 s + 2); mix[n] = 0.5 + 0.45 sin(1.7 n + 0.9 s); flipped[n] = ((7 n + 3 s)",
    "mod 5 == 0), n over the batch of x, then over the generated one.",
    "r, f: logits of x and of the generated pictures; t: 1 - label_smoothing for a picture labelled real,",
    "else 0; with `flips` a flipped picture has the other label. Means over the batch.",
    "bce: D mean(softplus(r) - t r) + mean(softplus(f) - t f); G mean softplus(-f). minimax: the same D;",
    "G mean -softplus(f). lsgan: D 0.5 mean (r - t)^2 + 0.5 mean (f - t)^2; G 0.5 mean (f - 1)^2. hinge:",
    "D mean relu(1 - r) + mean relu(1 + f); G -mean f. wgan-gp: D mean f - mean r; G -mean f.",
    "relativistic: D mean softplus(f - r); G mean softplus(r - f), r without gradient.",
    "Penalties are part of d_loss on steps with s mod penalty_every == 0, times penalty_every. r1: r1 / 2",
    "times the mean over pictures of |d sum(r) / dx|^2, through the pass that gave r. gp: gp times the mean",
    "of (|d sum(D(y)) / dy| - 1)^2, y = mix x + (1 - mix) G(z), by a pass of D on y in training mode that",
    "leaves the running statistics alone. r2: as r1, at the generated pictures through the pass that gave f.",
    "penalty_share: all of these times 0.2 + 0.8 cos^2(0.3 s).",
    "augment: D sees every picture augmented, each of the operations with probability 0.6 (J. Zhao et al. 2020,",
    "arXiv 2006.10738, their DiffAugment_pytorch.py). Look l at picture n: number k is u = 0.5 + 0.5 sin(1.3 l +",
    "0.7 n + 0.9 k + 0.4 s); looks: D's at x, at G(z), G's, that of gp, G's at x. k = 0, 4, 7: color, translation,",
    "cutout happen when u < 0.6; 1 brightness u - 0.5; 2 saturation 2 u; 3 contrast 0.5 + u; 5, 6 down and right",
    "round(8 u - 4); 8, 9 the first row and column of the hole floor(31 u) - 8.",
    "condition: picture n, x's and G(z)'s and G(z_g)'s, is of class (3 n + s) mod 10 of 10; y is its row, 1 there,",
    "0 else. G takes [z, W y], W 8x10 its tensor 0. D's output is that of its last Conv plus y^T V h, h what that",
    "Conv sees, V 10x32x4x4 the tensor before it (T. Miyato, M. Koyama 2018, arXiv 1802.05637, equation 3).",
    "alternating: G(z); D on x, then on G(z), each with its own batch statistics; D's update; then g_loss",
    "by the updated D in training mode (relativistic: first on x again, then on G(z)); G's update.",
    "simultaneous: G(z), D on x, then on G(z), once each; both gradients at these weights; both updates.",
    "concatenated: G(z) in inference mode; D once on [G(z), x] as one batch; D's update; then G(z_g) and",
    "g_loss by the updated D with running statistics, which it leaves alone; G's update.",
    "G is updated when (s + 1) mod d_steps == 0; otherwise g_loss is that of the logits before D's update.",
    "Adam 2e-4, betas 0.5 0.999, eps 1e-8 in PyTorch's form, unless `adam` says otherwise; keras: lr",
    "sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + eps).",
    "statistics, a row per step: d_loss, g_loss, mean sigmoid(r), mean sigmoid(f), accuracy over both, on x,",
    "on generated pictures; all but g_loss before D's update. accuracy: r > c and f <= c are right, c = 0.5",
    "for lsgan, else 0; relativistic: a pair is right when r > f.",
    "after: by steps done, [mean, mean of squares] of all tensors of G, then of D.",
]


def step_vector(s):
    """Second latents, weights of the mixture, flips: what make_dcgan.py lacks."""
    k, n = torch.arange(Z, dtype=torch.float64), torch.arange(BATCH, dtype=torch.float64)
    z_g = torch.sin(0.3 * k + 1.1 * n[:, None] + 0.5 * s + 2.0).view(BATCH, Z, 1, 1)
    mix = 0.5 + 0.45 * torch.sin(1.7 * n + 0.9 * s)
    flipped = (7 * torch.arange(2 * BATCH) + 3 * s) % 5 == 0
    return z_g, mix, flipped


CLASSES, UNITS = 10, 8
ROWS = []  # [y] of the step


def classes(s):
    """[BATCH, CLASSES]"""
    n = torch.arange(BATCH)
    return torch.nn.functional.one_hot((3 * n + s) % CLASSES, CLASSES).double()


class Label(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(UNITS, CLASSES).double())

    def forward(self, z):
        return torch.cat([z, (ROWS[0] @ self.weight.T)[:, :, None, None]], 1)


class Fits(torch.nn.Module):
    """Remembers y^T V h, which Add takes."""

    def __init__(self, shape):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(CLASSES, *shape).double())

    def forward(self, h):
        y = ROWS[0].repeat(len(h) // BATCH, 1)
        self.fits = torch.einsum("nk,kchw,nchw->n", y, self.weight, h)
        return h


class Add(torch.nn.Module):
    def __init__(self, fits):
        super().__init__()
        self.of = fits

    def forward(self, out):
        return out + self.of.fits


def conditional():
    g, d = list(generator()), list(discriminator())
    first = g[0]
    g[0] = torch.nn.ConvTranspose2d(Z + UNITS, first.out_channels, 4, 1, 0, bias=False).double()
    fits = Fits((d[-2].in_channels, 4, 4))
    d.insert(len(d) - 2, fits)
    g, d = torch.nn.Sequential(Label(), *g), torch.nn.Sequential(*d)
    g, d = fill(g, 0), fill(d, 100)
    return g, torch.nn.Sequential(*d, Add(fits))


class Loss:
    def __init__(self, case):
        self.name, self.smoothing = case["loss"], case.get("label_smoothing", 0.0)
        self.flips = case.get("flips", False)
        self.threshold = 0.5 if self.name == "lsgan" else 0.0

    def targets(self, flipped):
        label = torch.cat([torch.ones(BATCH), torch.zeros(BATCH)]).bool()
        if self.flips:
            label = label ^ flipped
        t = label.double() * (1 - self.smoothing)
        return t[:BATCH], t[BATCH:]

    def d(self, r, f, flipped):
        t_r, t_f = self.targets(flipped)
        if self.name in ("bce", "minimax"):
            return (softplus(r) - t_r * r).mean() + (softplus(f) - t_f * f).mean()
        if self.name == "lsgan":
            return 0.5 * (r - t_r).square().mean() + 0.5 * (f - t_f).square().mean()
        if self.name == "hinge":
            return relu(1 - r).mean() + relu(1 + f).mean()
        if self.name == "wgan-gp":
            return f.mean() - r.mean()
        return softplus(-(r - f)).mean()

    def g(self, r, f):
        if self.name == "bce":
            return softplus(-f).mean()
        if self.name == "minimax":
            return (-softplus(f)).mean()
        if self.name == "lsgan":
            return 0.5 * (f - 1).square().mean()
        if self.name in ("hinge", "wgan-gp"):
            return -f.mean()
        return softplus(-(f - r.detach())).mean()


class KerasAdam:
    """As keras.optimizers.Adam computes it.

    Keras 3.15 rounds the betas of beta^t to float, which moves a step by 1e-5 of itself; with that rounding
    this class gives the same numbers to the last digit.
    """

    def __init__(self, parameters, lr, betas, eps):
        self.parameters, self.lr, self.betas, self.eps, self.t = list(parameters), lr, betas, eps, 0
        self.m = [torch.zeros_like(p) for p in self.parameters]
        self.v = [torch.zeros_like(p) for p in self.parameters]

    @torch.no_grad()
    def step(self):
        self.t += 1
        b1, b2 = self.betas
        alpha = self.lr * math.sqrt(1 - b2**self.t) / (1 - b1**self.t)
        for p, m, v in zip(self.parameters, self.m, self.v):
            m += (p.grad - m) * (1 - b1)
            v += (p.grad.square() - v) * (1 - b2)
            p -= alpha * m / (v.sqrt() + self.eps)


def adam(case, net):
    options = case.get("adam", {"form": "pytorch", "lr": 2e-4, "beta1": 0.5, "beta2": 0.999, "eps": 1e-8})
    form = KerasAdam if options["form"] == "keras" else torch.optim.Adam
    return form(net.parameters(), lr=options["lr"], betas=(options["beta1"], options["beta2"]),
                eps=options["eps"])


def norms(net):
    return [layer for layer in net if isinstance(layer, torch.nn.BatchNorm2d)]


@contextlib.contextmanager
def statistics_kept(net):
    """Batch statistics as in training; the running ones stay: a momentum of 0 adds nothing to them."""
    for layer in norms(net):
        layer.momentum = 0.0
    yield
    for layer in norms(net):
        layer.momentum = 0.1


@contextlib.contextmanager
def inference(net):
    net.eval()
    yield
    net.train()


P = 0.6  # of each augmentation
REAL, FAKE, FOR_G, MIX, REAL_FOR_G = range(5)


def numbers(look, s):
    """[BATCH, 10] in [0, 1]."""
    n, k = torch.arange(BATCH, dtype=torch.float64)[:, None], torch.arange(10, dtype=torch.float64)
    return 0.5 + 0.5 * torch.sin(1.3 * look + 0.7 * n + 0.9 * k + 0.4 * s)


def augmented(case, x, look, s):
    """Picture by picture, with slices and loops."""
    out = []
    for picture, u in zip(x, numbers(look, s).tolist()):
        if "color" in case.get("augment", ()) and u[0] < P:
            picture = picture + (u[1] - 0.5)
            grey = picture.mean(0, keepdim=True)
            picture = (picture - grey) * (2 * u[2]) + grey
            mean = picture.mean()
            picture = (picture - mean) * (0.5 + u[3]) + mean
        side = picture.shape[1]
        if "translation" in case.get("augment", ()) and u[4] < P:
            down, right = round(8 * u[5] - 4), round(8 * u[6] - 4)
            padded = torch.nn.functional.pad(picture, (4, 4, 4, 4))
            picture = padded[:, 4 - down:4 - down + side, 4 - right:4 - right + side]
        if "cutout" in case.get("augment", ()) and u[7] < P:
            top, left = math.floor(31 * u[8]) - 8, math.floor(31 * u[9]) - 8
            keep = torch.ones(side, side, dtype=torch.float64)
            keep[max(top, 0):top + side // 2, max(left, 0):left + side // 2] = 0
            picture = picture * keep
        out.append(picture)
    return torch.stack(out)


def of(d, x):
    return d(x).view(-1)  # D's Flatten(0)


def penalties(case, d, s, x, r, fake, f, mix):
    """r1, r2 and gp of this step, 0 when none is due."""
    every = case.get("penalty_every", 1)
    total = torch.zeros((), dtype=torch.float64)
    if s % every:
        return total
    if "r1" in case:
        slope, = torch.autograd.grad(r.sum(), x, create_graph=True)
        total = total + case["r1"] / 2 * slope.flatten(1).square().sum(1).mean()
    if "r2" in case:
        slope, = torch.autograd.grad(f.sum(), fake, create_graph=True)
        total = total + case["r2"] / 2 * slope.flatten(1).square().sum(1).mean()
    if "gp" in case:
        weight = mix.view(-1, 1, 1, 1)
        y = (weight * x.detach() + (1 - weight) * fake.detach()).requires_grad_()
        with statistics_kept(d):
            slope, = torch.autograd.grad(of(d, augmented(case, y, MIX, s)).sum(), y, create_graph=True)
        total = total + case["gp"] * (slope.flatten(1).norm(dim=1) - 1).square().mean()
    share = 0.2 + 0.8 * math.cos(0.3 * s)**2 if case.get("penalty_share") else 1
    return every * share * total


def set_gradients(net, loss, **options):
    parameters = list(net.parameters())
    for p, gradient in zip(parameters, torch.autograd.grad(loss, parameters, **options)):
        p.grad = gradient.clone()


def train(case, g, d):
    """One row of statistics per step, and the tensors' moments after some."""
    g, d = conditional() if case.get("condition") else (copy.deepcopy(g), copy.deepcopy(d))
    loss, order = Loss(case), case["order"]
    adam_g, adam_d = adam(case, g), adam(case, d)
    rows, after = [], {}
    for s in range(STEPS):
        z_g, mix, flipped = step_vector(s)
        x = pictures(s).requires_grad_()
        ROWS[:] = [classes(s)]
        g_due = (s + 1) % case.get("d_steps", 1) == 0
        def seen(x, look):
            return augmented(case, x, look, s)

        if order == "concatenated":
            with torch.no_grad(), inference(g):
                fake = g(latents(s))
            fake.requires_grad_()
            f, r = of(d, torch.cat([seen(fake, FAKE), seen(x, REAL)])).split(BATCH)
        else:
            fake = g(latents(s))
            r = of(d, seen(x, REAL))
            f = of(d, seen(fake, FAKE))
        d_loss = loss.d(r, f, flipped) + penalties(case, d, s, x, r, fake, f, mix)
        g_loss = loss.g(r, f)
        set_gradients(d, d_loss, retain_graph=True)
        if order == "simultaneous" and g_due:
            set_gradients(g, g_loss)
        adam_d.step()
        if g_due:
            if order == "alternating":
                with torch.no_grad():
                    again = of(d, seen(x, REAL_FOR_G)) if loss.name == "relativistic" else None
                g_loss = loss.g(again, of(d, seen(fake, FOR_G)))
                set_gradients(g, g_loss)
            elif order == "concatenated":
                fresh = g(z_g)
                with inference(d):
                    again = of(d, seen(x, REAL_FOR_G)).detach()
                    g_loss = loss.g(again, of(d, seen(fresh, FOR_G)))
                set_gradients(g, g_loss)
            adam_g.step()
        r, f, c = r.detach(), f.detach(), loss.threshold
        right = (r > f, r > f) if loss.name == "relativistic" else (r > c, f <= c)
        rows.append([d_loss.item(), g_loss.item(), r.sigmoid().mean().item(), f.sigmoid().mean().item(),
                     *[torch.cat(which).double().mean().item() for which in (right, right[:1], right[1:])]])
        if s + 1 in RECORDED:
            after[str(s + 1)] = [moments(t) for net in (g, d) for _, t, _ in tensors(net)]
    return {**case, "statistics": rows, "after": after}


def cases():
    orders = ("alternating", "simultaneous", "concatenated")
    out = [{"loss": loss, "order": order, **({"gp": 10} if loss == "wgan-gp" else {})}
           for loss in ("bce", "minimax", "lsgan", "hinge", "wgan-gp", "relativistic") for order in orders]
    out += [{"loss": "bce", "order": order, "r1": 10, "penalty_every": 2} for order in orders]
    out += [{"loss": "hinge", "order": "alternating", "gp": 10, "penalty_every": 3}]
    out += [{"loss": loss, "order": order, "label_smoothing": 0.1, "flips": True}
            for loss in ("bce", "minimax", "lsgan") for order in ("alternating", "concatenated")]
    out += [{"loss": "bce", "order": order, "d_steps": 3} for order in orders]
    out += [{"loss": "bce", "order": "simultaneous",
             "adam": {"form": "keras", "lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-7}}]
    out += [{"loss": "relativistic", "order": order, "r1": 2, "r2": 3, "penalty_every": 2, "penalty_share": True}
            for order in orders]
    out += [{"loss": "bce", "order": order, "augment": ["color", "translation", "cutout"]} for order in orders]
    out += [{"loss": "relativistic", "order": "alternating", "augment": [one], "r1": 2, "r2": 3}
            for one in ("color", "translation", "cutout")]
    out += [{"loss": "wgan-gp", "order": "alternating", "gp": 10, "augment": ["color", "translation", "cutout"]}]
    out += [{"loss": "bce", "order": order, "condition": True} for order in orders]
    out += [{"loss": "relativistic", "order": "concatenated", "r1": 2, "r2": 3, "condition": True},
            {"loss": "wgan-gp", "order": "alternating", "gp": 10, "condition": True}]
    return out


def main():
    torch.set_num_threads(1)
    g, d = fill(generator(), 0), fill(discriminator(), 100)
    write("steps_reference.json", {
        "how": HOW,
        "torch": torch.__version__.split("+")[0],
        "cases": [train(case, g, d) for case in cases()],
    })


if __name__ == "__main__":
    main()
