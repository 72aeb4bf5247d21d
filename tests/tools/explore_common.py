"""What the checks of the page share: the program, its runs and pages, pictures of both."""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
try:
    import numpy
    from PIL import Image
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(SKIPPED)
CHROMIUM = next(filter(shutil.which, ("chromium", "chromium-browser", "google-chrome")), None)
if not CHROMIUM:
    print("skipped: there is no Chromium; Debian and Ubuntu have it as the package chromium")
    sys.exit(SKIPPED)

PROGRAM = os.path.abspath(sys.argv[1])
TOLERANCE = 2  # of 255
LARGEST_SEED = 2**53 - 1
SEEDS, INDEX = (1, 77, LARGEST_SEED), 3
ATTRIBUTES = "Smiling,Eyeglasses"
# What a run of a preset is to be besides as it is: a condition, a shape of its own, fewer filters.
MORE = {"faces": ("--condition", ATTRIBUTES, "--size", "64x96"), "quickstart": ("--condition", ATTRIBUTES),
        "dcgan": ("--size", "64x96"), "celeba-tanh": ("--width", "8")}


def facegan(*arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, (arguments, done.stderr)
    return done.stdout


def train(preset, *more, out=None):
    run = pathlib.Path(out or preset).resolve()
    data = () if "--dataset" in more else ("--dataset", "faces", "--faces-count", "64")
    facegan("train", "--quiet", "--preset", preset, *data, "--batch", "8",
            "--evaluate-every", "0", "--grid", "2x2", "--keep", "1", "--max-steps", "2",
            *more, "--out", str(run))
    page = run.with_suffix(".html")
    # By a relative path: the page names no whole one, and gives no call then.
    facegan("export", os.path.relpath(run), "--to", "html", "--out", str(page))
    return run, page


def opened(browser, page, address=""):
    browser.open()
    browser.load(page.as_uri() + address)
    browser.value("facegan.ready.then(() => facegan.settled())")


def pixels_of(path):
    with Image.open(path) as picture:
        return numpy.atleast_3d(numpy.asarray(picture)).astype(int)


def decoded(text, like):
    return numpy.frombuffer(base64.b64decode(text), numpy.uint8).reshape(like.shape).astype(int)


def expect_alike(text, reference, what):
    worst = numpy.abs(decoded(text, reference) - reference).max()
    assert worst <= TOLERANCE, (what, worst)


def settled(browser, action=""):
    browser.value(action)
    return browser.value("facegan.settled().then(() => facegan.pixels())")


def sampled(run, seeds, index, *more):
    with tempfile.TemporaryDirectory() as folder:
        facegan("sample", "--from", str(run), "--seed", ",".join(map(str, seeds)), "--index", str(index),
                "--count", "1", "--each", "--scale", "1", *more, "--out", folder + "/")
        return [pixels_of(f"{folder}/seed_{seed}_{index:04}.png") for seed in seeds]


def explained(path):
    return json.loads(facegan("explain", "--json", str(path)))
