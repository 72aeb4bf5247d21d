"""explore_test.py FACEGAN [PRESET...] [check_...]: the page of `facegan export --to html`, in Chromium.

Its pictures against the program's, of all presets and by both of its engines, and what a person does with it.
All presets and checks, or those that are named. Screenshots go into $FACEGAN_SCREENSHOTS, if that is set.
"""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from browser import Browser

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


# ---- the same pictures as the program's

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


# ---- what a person does

def focus_by_tab(browser, test):
    for _ in range(80):
        browser.key("Tab")
        if browser.value(f"(element => Boolean({test}))(document.activeElement)"):
            return
    raise AssertionError("not reached by the tab key: " + test)


def check_controls(browser, page):
    opened(browser, page, "#face=12")
    first = browser.value("facegan.pixels()")
    focus_by_tab(browser, "element.getAttribute('aria-label') === 'Direction 1'")
    before = browser.value("document.activeElement.valueAsNumber")
    browser.key("ArrowRight")
    moved = settled(browser)
    after = browser.value("document.activeElement.valueAsNumber")
    state = browser.value("facegan.page.state.face.directions[0]")
    assert after == state and abs(after - before - 0.05) < 0.026, (before, after, state)
    assert moved != first
    browser.key("u")
    assert settled(browser) == first, "not undone"
    browser.key("r")
    assert settled(browser) == moved, "not done again"
    link = browser.value("facegan.link()")
    browser.key("n")
    assert settled(browser) not in (first, moved), "no new face"
    opened(browser, page, "#" + link.split("#")[1])
    assert browser.value("facegan.pixels()") == moved, "a link shows another face"
    # A dragged slider asks for many pictures: only the first and the latest are computed.
    computed = browser.value("""(async () => {
        const before = facegan.page.computer.number;
        const slider = document.querySelector('#direction-sliders input');
        for (let i = 0; i < 60; ++i) {
            slider.value = i / 30;
            slider.dispatchEvent(new Event('input'));
        }
        await facegan.settled();
        return facegan.page.computer.number - before;
    })()""")
    assert computed <= 2, computed
    # What is typed: a seed, and what is none.
    typed = settled(browser, "seed.value = '4711'; seed.dispatchEvent(new Event('change'))")
    assert typed != moved and "face=4711,d0:" in browser.value("facegan.link()")
    for text in ("-1", "1.5", "18446744073709551616", "abc", ""):
        settled(browser, f"seed.value = '{text}'; seed.dispatchEvent(new Event('change'))")
        assert browser.value("facegan.page.state.face.seed") == "4711", text
    settled(browser, "seed.value = '18446744073709551615'; seed.dispatchEvent(new Event('change'))")
    assert browser.value("facegan.page.state.face.seed") == "18446744073709551615"


def check_walk(browser, page):
    opened(browser, page, "#face=1&pins=1;2;3")
    browser.key("w")
    places = browser.value("""(async () => {
        const places = [];
        while (places.length < 4) {
            await new Promise(requestAnimationFrame);
            const { at } = facegan.page.state;
            if (places.at(-1) !== at) places.push(at);
        }
        return places;
    })()""")
    assert places == sorted(places) and places[-1] > 0, places
    browser.value("document.getElementById('play').click()")
    assert browser.value("document.getElementById('play').textContent") == "Play"
    paused = settled(browser)
    link = browser.value("facegan.link()")
    browser.key("p")  # a frame of a walk is a face like others
    assert settled(browser) == paused
    assert browser.value("facegan.page.state.pins.length") == 4
    opened(browser, page, "#" + link.split("#")[1])
    assert browser.value("facegan.pixels()") == paused
    # A link to a walk plays, but not for who wants no motion.
    for calm in (False, True):
        browser.open()
        browser.call("Emulation.setEmulatedMedia",
                     features=[{"name": "prefers-reduced-motion", "value": "reduce" if calm else ""}])
        browser.load(page.as_uri() + "#pins=1;2&mode=walk&play=1")
        assert browser.value("facegan.page.state.play") is not calm


def check_sums(browser, page):
    opened(browser, page, "#face=9&pins=1;2;3")
    settled(browser, "document.querySelectorAll('#pins .plus')[0].click()")
    assert browser.value("facegan.page.state.mode") == "sum"
    assert "1 added" in browser.value("document.getElementById('caption-text').textContent")
    settled(browser, "document.querySelectorAll('#pins .minus')[1].click()")
    both = settled(browser)
    moved = settled(browser, "{ const slider = document.querySelector('#direction-sliders input');"
                             "slider.value = 3; slider.dispatchEvent(new Event('change')); }")
    assert moved != both and browser.value("Boolean(facegan.page.state.face.z)")
    # A face minus itself is none.
    opened(browser, page, "#face=9&pins=4,p;4,m&mode=sum")
    assert "cancel" in browser.value("document.getElementById('status').textContent")


def check_hostile(browser, page):
    opened(browser, page, "#face=12")
    good = browser.value("facegan.pixels()")
    for address in ("#", "#face=", "#face=12,d999:1,c-1:2,w77:1,d0:NaN,d0:1e9,q,,:",
                    "#face=12&pins=;;;,p;z;zAAAA;-5", "#face=12&mode=sum&pins=1,m", "#%E0%A4%A",
                    "#face=12&t=Infinity&mode=walk&at=nan&speed=1e9&look=<b>",
                    "#face=99999999999999999999999", "#face=12&sheet=100000,1&sheet=36,z",
                    "#face=12&__proto__=1&constructor=2", "#face=12&pins=" + "1;" * 5000,
                    "#face=12&x=" + "y" * 250000):
        browser.value(f"location.hash = {json.dumps(address)}")
        seen = settled(browser, "new Promise(done => setTimeout(done))")
        if address.startswith("#face=12&") and "sum" not in address and "yyy" not in address:
            assert seen == good, address
        assert browser.value("facegan.page.state.pins.length") <= 24
    opened(browser, page, "#face=12,d0:999999&t=9")
    assert browser.value("[facegan.page.state.face.directions[0], facegan.page.state.truncation]") == [10, 2]
    settled(browser, "facegan.page.change(s => { s.pins.length = 0; }, true)")


# ---- saved files

def explained(path):
    return json.loads(facegan("explain", "--json", str(path)))


def check_saved(browser, run, page, folder):
    browser.session = None  # of the browser: its pages come and go
    browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder),
                 eventsEnabled=True)
    opened(browser, page, "#face=77.3,w0:0.8&t=0.9")
    browser.key("s")
    while browser.wait("Browser.downloadProgress")["params"]["state"] != "completed":
        pass
    path = folder / "seed_77_0003.png"
    saved = pixels_of(path)
    assert (decoded(browser.value("facegan.pixels()"), saved) == saved).all()
    told = explained(path)
    fields = told["fields"]
    assert [fields["facegan:" + name] for name in ("kind", "seed", "index")] == ["page", "77", "3"], told
    assert fields["facegan:condition"].startswith("Smiling="), told
    # The call in it is one that the program takes, and makes that picture.
    again = folder / "again.png"
    arguments = told["arguments"][1:]
    arguments[arguments.index("--from") + 1] = str(run)
    facegan(*arguments, "--out", str(again))
    expect_alike(browser.value("facegan.pixels()"), pixels_of(again), "the call of a saved picture")
    once_more = explained(again)["fields"]
    for name in ("preset", "condition", "weights", "checkpoint-hash"):
        assert once_more["facegan:" + name] == fields["facegan:" + name], name
    # A face without a call has its latent.
    opened(browser, page, "#face=77,d0:2&t=0.5")
    path.write_bytes(base64.b64decode(browser.value("facegan.png()")))
    told = explained(path)
    latent = numpy.frombuffer(base64.b64decode(told["fields"]["facegan:latent"]), "<f4")
    assert "command" not in told and "facegan:seed" not in told["fields"], told
    assert len(latent) == 100 and 2 < numpy.linalg.norm(latent) < 8, latent
    assert told["fields"]["facegan:link"] == "#face=77,d0:2&t=0.5", told
    check_sheet(browser, page, path)


def check_sheet(browser, page, path):
    opened(browser, page, "#face=5.2")
    settled(browser, "count.value = '16'; document.getElementById('show-sheet').click()")
    assert browser.value("document.getElementById('save-sheet').hidden") is False
    path.write_bytes(base64.b64decode(browser.value("facegan.sheet()")))
    sheet = pixels_of(path)
    assert sheet.shape[:2] == (4 * 64, 4 * 64), sheet.shape
    for i in (0, 6, 15):
        one = sheet[i // 4 * 64:i // 4 * 64 + 64, i % 4 * 64:i % 4 * 64 + 64]
        same = browser.value(f"facegan.picture(5, {2 + i}).then(told => told.pixels)")
        assert (decoded(same, one) == one).all(), i
    assert explained(path)["fields"]["facegan:index"] == "2-17"
    settled(browser, "document.querySelectorAll('#sheet button')[6].click()")
    assert browser.value("facegan.page.state.face.index") == "8"


# ---- how it looks, and what it says

def check_names(browser):
    browser.call("Accessibility.enable")
    for node in browser.call("Accessibility.getFullAXTree")["nodes"]:
        role = node.get("role", {}).get("value")
        if role in ("button", "slider", "textbox", "combobox", "checkbox", "image", "progressbar"):
            assert node.get("name", {}).get("value") or node.get("ignored"), node
    assert browser.value("document.title") and browser.value("document.documentElement.lang") == "en"


def check_looks(browser, page, folder):
    opened(browser, page, "#face=12,d0:1.5,c7:1,w0:1&pins=1;77.2,p;5,m;9&sheet=36,1234")
    check_names(browser)
    backgrounds = set()
    for name, width, dark in (("light", 1300, False), ("dark", 1300, True), ("phone", 390, False),
                              ("phone_dark", 390, True)):
        seen = browser.look(folder / (name + ".png"), width, dark)
        assert not seen["too_wide"], name
        backgrounds.add(seen["background"])
        # Where the sliders are, the picture is still to be seen, and lies over nothing that is below them.
        browser.value("scrollTo(0, document.getElementById('directions').offsetTop)")
        box = "document.getElementById('{}').getBoundingClientRect()"
        bottom, top = browser.value(f"[{box.format('picture')}.bottom, {box.format('shelf')}.top]")
        assert 100 < bottom < top + 1, (name, bottom, top)
        browser.value("scrollTo(0, 0)")
    assert len(backgrounds) == 2, backgrounds


def main():
    only = [name for name in sys.argv[2:] if name.startswith("check_")]
    presets = [name for name in sys.argv[2:] if name not in only]
    if not presets and not only:
        presets = [preset["name"] for preset in json.loads(facegan("list", "presets", "--json"))]
    keep = os.environ.get("FACEGAN_SCREENSHOTS")
    shots = pathlib.Path(keep).resolve() if keep else None
    with tempfile.TemporaryDirectory() as folder, \
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:  # the browser may still end
        os.chdir(folder)
        browser = Browser(CHROMIUM, profile)
        try:
            for preset in presets:
                check_preset(browser, preset)
            run, page = pathlib.Path("quickstart").resolve(), pathlib.Path("quickstart.html").resolve()
            if not page.exists():
                run, page = train("quickstart", *MORE["quickstart"])
            saved = pathlib.Path("saved").resolve()
            saved.mkdir()
            if shots:
                shots.mkdir(parents=True, exist_ok=True)
            for check, more in ((check_layers, ()), (check_classes, ()), (check_controls, (page,)),
                                (check_walk, (page,)), (check_sums, (page,)), (check_latents, (run, page)),
                                (check_hostile, (page,)),
                                (check_saved, (run, page, saved)), (check_looks, (page, shots or saved))):
                if only and check.__name__ not in only:
                    continue
                check(browser, *more)
                print(check.__name__, "passed", flush=True)
            foreign = [url for url in browser.requests() if not url.startswith("blob:null/")]
            pages = {pathlib.Path(name + ".html").resolve().as_uri()
                     for name in (*presets, "quickstart", "classes", "layers")}
            foreign = [url for url in foreign if url.split("#")[0] not in pages]
            assert not foreign, foreign
            assert not browser.complaints(), browser.complaints()
            print("no request, no message")
            browser.close()
        finally:
            browser.end()
            os.chdir("/")


main()
