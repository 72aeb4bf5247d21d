"""The page's pictures against the program's."""
import base64
import json
import pathlib

import numpy
from PIL import Image

from explore_common import (INDEX, MORE, SEEDS, expect_alike, explained, facegan, opened, pixels_of, sampled,
                            settled, train)


def check_preset(browser, preset):
    run, page = train(preset, *MORE.get(preset, ()))
    cases = [((), "{}", 1), (("--truncation", "0.6"), "{}", 0.6),
             (("--truncation", "10"), "{}", 10)]  # has contrast, even untrained
    if "--condition" in MORE.get(preset, ()):
        cases += [(("--with", "Smiling=0.8,Eyeglasses=1"), "{0: .8, 1: 1}", 1),
                  (("--with", "Eyeglasses=0"), "{1: 0}", 1)]
    references = [(seed, wants, truncation, picture) for more, wants, truncation in cases
                  for seed, picture in zip(SEEDS, sampled(run, SEEDS, INDEX, *more))]
    assert max(picture.std() for *_, picture in references) > 5, "too little to see"
    measured = {}
    for engine in ("wasm", "js"):
        opened(browser, page, "#engine=js" if engine == "js" else "")
        assert browser.value("facegan.page.engine") == engine
        for seed, wants, truncation, picture in references:
            told = browser.value(f"facegan.picture('{seed}', '{INDEX}', {wants}, {truncation})")
            expect_alike(told["pixels"], picture, (preset, engine, seed, wants, truncation))
        measured[engine] = browser.value("""(async () => {
            const times = [];
            for (let seed = 0; seed < 9; ++seed) times.push((await facegan.picture(seed)).ms);
            return times.sort((a, b) => a - b)[4];
        })()""")
    height, width, _ = picture.shape
    print(f"{preset}: {width}x{height}, {measured['wasm']:.1f} ms a picture, {measured['js']:.1f} without "
          f"WebAssembly, page of {page.stat().st_size / 1e6:.1f} MB", flush=True)


def cell(sheet, row, column, height, width, margin=2):
    top, left = margin + row * (height + margin), margin + column * (width + margin)
    return sheet[top:top + height, left:left + width]


# Directions, walks and sums, as the program makes them.
def check_latents(browser, run, page):
    common = ("--from", str(run), "--with", "Smiling=1,Eyeglasses=0", "--scale", "1", "--out")
    sweep = ("sweep", "--seed", "12", "--steps", "2")
    facegan(*sweep, "--directions", "2", "--range", "-1..1.5", *common, "sweep.png")
    facegan(*sweep, "--dim", "7", "--range", "-2..2", *common, "dim.png")
    facegan("arithmetic", "--plus", "1,2", "--minus", "3", "--count", "0", *common, "sum.png")
    facegan("interpolate", "--seed", "1,2,3", "--closed", "--frames", "12", *common, "walk/")
    frames = sorted(pathlib.Path("walk").glob("*.png"))
    assert len(frames) == 12, frames
    w = ",w0:1,w1:0"
    wanted = {
        "direction": ("face=12,d1:1.5" + w, cell(pixels_of("sweep.png"), 1, 1, 64, 64)),
        "coordinate": ("face=12,c7:-2" + w, cell(pixels_of("dim.png"), 0, 0, 64, 64)),
        "sum": (f"mode=sum&pins=1{w},p;2{w},p;3{w},m", cell(pixels_of("sum.png"), 2, 0, 64, 64)),
        "walk": (f"mode=walk&at=1.25&pins=1{w};2{w};3{w}", pixels_of(frames[5])),
        "end of a walk": (f"mode=walk&at=2.75&pins=1{w};2{w};3{w}", pixels_of(frames[11])),
    }
    for what, (address, reference) in wanted.items():
        opened(browser, page, "#" + address)
        expect_alike(browser.value("facegan.pixels()"), reference, what)


# A model whose condition is a class: names that need care, one of the two drawn or asked for.
def check_classes(browser):
    names = ("cats & <dogs>", "it's")
    for name in names:
        folder = pathlib.Path("pets", name)
        folder.mkdir(parents=True)
        for i in range(16):
            noise = numpy.random.default_rng(i + 100 * len(name)).integers(0, 255, (40, 40, 3), numpy.uint8)
            Image.fromarray(noise).save(folder / f"{i}.png")
    run, page = train("faces", "--dataset", "folder", "--data", "pets", "--size", "32", "--hold-out", "0",
                      "--condition", "folder", out="classes")
    drawn, asked = sampled(run, SEEDS, 0), sampled(run, SEEDS, 0, "--with", names[1])
    opened(browser, page)
    for seed, own, wanted in zip(SEEDS, drawn, asked):
        for wants, picture in (("{}", own), ("{1: 1}", wanted)):
            told = browser.value(f"facegan.picture('{seed}', 0, {wants})")
            expect_alike(told["pixels"], picture, (seed, wants))
    choices = browser.value("[...document.querySelectorAll('#shown option')].map(o => o.textContent)")
    assert choices == ["any, as real pictures have it", *names], choices
    settled(browser, "{ const choice = document.querySelector('#shown select'); choice.value = '1';"
                     "choice.dispatchEvent(new Event('change')); }")
    assert ",w1:1" in browser.value("facegan.link()")
    assert browser.value("document.getElementById('caption-text').textContent").endswith(", it's")
    # Names of classes as parts of the name of a file, in letters that every system has in names.
    ending = "endingOf(facegan.page.model, {0: 1}, 0.5)"
    assert browser.value(ending) == "_cats-dogs-_truncation-0.5", browser.value(ending)
    path = pathlib.Path("class.png")
    path.write_bytes(base64.b64decode(browser.value("facegan.png()")))
    told = explained(path)
    assert told["fields"]["facegan:condition"] == names[1], told
    assert told["arguments"][told["arguments"].index("--with") + 1] == names[1], told


# Layers that no preset has, in sizes that suit no tile of eight. Steps are long, so that the gate of the
# attention, which begins at 0, is open.
LAYERS_SIZE = "46x44"
LAYERS = """
generator:
  - dense: {units: 48}
  - pixel_norm
  - elu
  - reshape: {channels: 12, height: 2, width: 2}
  - conv_transpose: {filters: 10, kernel: 3, stride: 2, padding: same}
  - instance_norm
  - silu
  - upsample: {factor: 2, mode: bilinear}
  - conv: {filters: 12, kernel: 3, padding: [2, 0, 1, 1], groups: 2}
  - layer_norm
  - relu6
  - self_attention: {reduction: 2}
  - residual:
      layers:
        - upsample: {factor: 2}
        - conv: {filters: 12, kernel: 5, padding: same}
        - leaky_relu: {slope: 0.1}
      skip:
        - upsample: {factor: 2}
        - conv: {filters: 12, kernel: 1}
  - pixel_norm
  - self_attention: {reduction: 4}
  - minibatch_stddev
  - conv: {filters: 16, kernel: [3, 5], padding: same, spectral_norm: true}
  - conv: {filters: 16, kernel: 3, padding: same, groups: 16}
  - zero_pad: {top: 1, left: 3}
  - avg_pool: {kernel: 3, stride: 1}
  - batch_norm
  - dropout: {rate: 0.3}
  - upsample: {factor: 3}
  - conv: {filters: 9, kernel: 4, stride: 2, padding: [1, 2, 0, 1]}
  - sigmoid
  - max_pool: {kernel: 2, stride: 1}
  - conv_transpose: {filters: 8, kernel: [2, 4], stride: 2, padding: [0, 0, 3, 1]}
  - instance_norm
  - conv: {filters: $channels, kernel: 3, padding: same}
  - tanh
discriminator:
  - flatten
  - dense: {units: 1}
"""


def check_layers(browser):
    config = pathlib.Path("layers.yaml")
    config.write_text(LAYERS)
    run, page = train("faces", "--config", str(config), "--size", LAYERS_SIZE, "--channels", "1",
                      "--lr", "0.1", "--augment", "off", "--r1", "0", "--r2", "0", out="layers")
    program = page.read_text().split('id="model">')[1].split("</script>")[0]
    print("operations:", *sorted({step["op"] for step in json.loads(program)["network"]["operations"]}))
    for engine in ("wasm", "js"):
        opened(browser, page, "#engine=" + engine)
        for truncation in (1, 5):
            for seed, picture in zip(SEEDS, sampled(run, SEEDS, 0, "--truncation", str(truncation))):
                assert picture.std() > 5, "too little to see"
                told = browser.value(f"facegan.picture('{seed}', 0, {{}}, {truncation})")
                expect_alike(told["pixels"], picture, (engine, seed, truncation))
