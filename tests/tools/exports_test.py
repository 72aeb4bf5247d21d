"""exports_test.py FACEGAN: what `facegan export` writes, in ONNX Runtime and PyTorch, by `facegan sample`.

Every preset, a conditional model and one that is not square; both networks, with folded norms and without.
"""
import importlib
import json
import os
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
from PIL import Image

from philox import SAMPLE, normals

try:
    import torch
except ImportError:
    torch = None

PROGRAM = os.path.abspath(sys.argv[1])
SEED = 1234


def facegan(*arguments):
    told = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True)
    assert told.returncode == 0, (arguments, told.stderr)
    return told.stdout


def train(name, *flags):
    facegan("train", "--quiet", "--out", name, "--dataset", "faces", "--faces-count", "40", "--batch", "8",
            "--max-steps", "2", "--threads", "2", "--gif", "all", "--hold-out", "0", *flags)
    with open(f"{name}/config.yaml") as file:
        return file.read()


def bytes_of(pictures):
    """[N, C, H, W] of -1 to 1 -> [N, H, W, C]."""
    return numpy.clip(numpy.rint((pictures.transpose(0, 2, 3, 1) + 1) * 127.5), 0, 255)


def shown(name, index):
    """What the program draws, as [H, W, C]."""
    picture = numpy.asarray(Image.open(f"{name}/drawn/seed_{SEED}_{index:04d}.png"), numpy.float64)
    return picture[:, :, None] if picture.ndim == 2 else picture


def close(one, other, what, limit=1e-5):
    off = numpy.abs(one - other).max() / max(1, numpy.abs(other).max())
    assert off <= limit, (what, off)
    return off


def run_onnx(path, feeds):
    onnx.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]
    return session.run(None, {name: feeds[name] for name in names})[0]


def check_facts(name):
    """What ONNX and safetensors say of themselves is the same, but for the program and the conditions."""
    for folder, file in (("g", "model"), ("d", "discriminator")):
        model = onnx.load(f"{name}/{folder}/{file}.onnx")
        facts = {prop.key: prop.value for prop in model.metadata_props}
        assert len(facts) == len(model.metadata_props), "a key twice"
        with open(f"{name}/{folder}/{file}.safetensors", "rb") as safetensors:
            header = json.loads(safetensors.read(int.from_bytes(safetensors.read(8), "little")))
        told = {key: value for key, value in header["__metadata__"].items() if key.startswith("facegan.")}
        names = json.loads(told.pop("facegan.program"))["names"]
        assert facts.pop("facegan.conditions", "").split() == names, (name, names)
        told.pop("facegan.xxh64", None)  # of that file itself
        assert facts == told, (facts, told)
        assert facts["facegan.version"] and len(facts["facegan.checkpoint-hash"]) == 16, facts
        assert ("facegan.z" in facts) == ("facegan.seed" in facts) == (folder == "g"), facts
        assert "-1 to 1" in facts["facegan.range"] and "TO BE FILLED IN" in facts["facegan.licence"], facts
        session = onnxruntime.InferenceSession(f"{name}/{folder}/{file}.onnx")
        assert session.get_modelmeta().custom_metadata_map["facegan.version"] == facts["facegan.version"]


def check(name, row=(), with_=""):
    """row: the numbers that `with_` stands for."""
    told = ("--with", with_) if row else ()
    facegan("sample", "--quiet", "--from", name, "--seed", str(SEED), "--count", "3", "--each", *told,
            "--device", "cpu", "--out", f"{name}/drawn")
    for folder, more in (("g", ()), ("f", ("--fold-batch-norm",)), ("d", ("--network", "d"))):
        facegan("export", name, "--to", "safetensors,onnx,torchscript", *more, "--out", f"{name}/{folder}/")
    check_facts(name)
    assert sorted(os.listdir(f"{name}/g")) == ["README.md", "facegan.py", "model.onnx", "model.pt",
                                               "model.safetensors", "sample.png"], os.listdir(f"{name}/g")
    z_size = onnxruntime.InferenceSession(f"{name}/g/model.onnx").get_inputs()[0].shape[1]
    latents = latents_of(name, z_size)
    row = numpy.tile(numpy.array(row, numpy.float32), (3, 1))
    feeds = {"z": latents, "conditions": row}
    pictures = run_onnx(f"{name}/g/model.onnx", feeds)
    worst = 0
    for k in range(3):
        off = numpy.abs(bytes_of(pictures)[k] - shown(name, k)).max()
        assert off <= 1, (name, k, off)  # a value that lies between two bytes
    folded = run_onnx(f"{name}/f/model.onnx", feeds)
    worst = max(worst, close(folded, pictures, (name, "folded"), 2e-5))
    logits = run_onnx(f"{name}/d/discriminator.onnx", {"pictures": pictures, "conditions": row})
    alone = run_onnx(f"{name}/d/discriminator.onnx", {"pictures": pictures[:1], "conditions": row[:1]})
    close(alone, logits[:1], (name, "one of a batch"))
    if torch:
        with torch.no_grad():
            extra = [torch.tensor(row)] if row.shape[1] else []
            for folder, file, inputs, wanted in (("g", "model", [latents], pictures),
                                                 ("f", "model", [latents], folded),
                                                 ("d", "discriminator", [pictures], logits)):
                inputs = [torch.tensor(x) for x in inputs] + extra
                rebuilt = reader(name).load(f"{name}/{folder}/{file}.safetensors")(*inputs).numpy()
                worst = max(worst, close(rebuilt, wanted, (name, folder, "facegan.py")))
                script = torch.jit.load(f"{name}/{folder}/{file}.pt")(*inputs).numpy()
                worst = max(worst, close(script, wanted, (name, folder, "TorchScript")))
        run_card(name, pictures)
    print(f"{name}: largest relative difference {worst:.1e}", flush=True)


def run_card(name, pictures):
    """The Python of the model card, as it stands there; and the network can be trained further."""
    with open(f"{name}/g/README.md") as card:
        code = card.read().split("```python\n")[1].split("```")[0]
    place, found = os.getcwd(), {}
    reader(name)
    os.chdir(f"{name}/g")
    exec(code, found)
    os.chdir(place)
    assert found["pictures"].shape[1:] == pictures.transpose(0, 2, 3, 1).shape[1:], found["pictures"].shape
    network = found["network"]
    extra = [found["conditions"]] if "conditions" in found else []
    network(found["facegan"].latent(1, z=network.input[0]), *extra).square().mean().backward()
    assert all(weight.grad is not None for weight in network.parameters())


def reader(name):
    """facegan.py of an export."""
    if "facegan" not in sys.modules:
        sys.path.insert(0, f"{name}/g")
    return importlib.import_module("facegan")


def latents_of(name, z):
    """Of pictures 0 to 2 of the seed; facegan.py has them too."""
    latents = numpy.stack([normals(SEED, SAMPLE, index, z) for index in range(3)])
    if torch:
        for index in range(3):
            close(reader(name).latent(SEED, index, z).numpy()[0], latents[index], "latent")
    return latents


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for preset in json.loads(facegan("list", "presets", "--json")):
        name = preset["name"]
        train(name, "--preset", name, *(("--channels", "1") if name == "mnist" else ()))
        check(name)
    train("told", "--preset", "quickstart", "--condition", "Smiling,Eyeglasses")
    check("told", (1, -0.5), "Smiling=1,Eyeglasses=0.25")
    train("wide", "--preset", "quickstart", "--size", "64x96")
    check("wide")
    print("ONNX", onnx.__version__, "ONNX Runtime", onnxruntime.__version__,
          "PyTorch", torch and torch.__version__)
