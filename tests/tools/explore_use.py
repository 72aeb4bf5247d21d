"""What a person does with the page, what it saves, and how it looks."""
import base64
import json

import numpy

from explore_common import decoded, expect_alike, explained, facegan, opened, pixels_of, settled

# ---- what is done

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


def check_more(browser, page):
    """Directions beyond the first: shown and hidden again, but for those that are changed."""
    opened(browser, page, "#face=12,d9:2")
    shown = "[...document.querySelectorAll('#direction-sliders .slider')].filter(line => !line.hidden).length"
    more = "document.getElementById('more')"
    count = browser.value("facegan.page.model.directions.count")
    assert browser.value(shown) == 7 < count, "the first six and the one that is changed"
    assert browser.value(f"[{more}.textContent, {more}.ariaExpanded]") == [f"Show all {count}", "false"]
    browser.value(more + ".click()")
    assert browser.value(shown) == count
    assert browser.value(f"[{more}.textContent, {more}.ariaExpanded]") == ["Show the first 6", "true"]
    assert browser.value("document.activeElement.ariaLabel") == "Direction 7"
    browser.value(more + ".click()")
    assert browser.value(shown) == 7


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

def check_saved(browser, run, page, folder):
    browser.session = None  # of the browser: its pages come and go
    browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder),
                 eventsEnabled=True)
    opened(browser, page, "#face=77.3,w0:0.8&t=0.9")
    browser.key("s")
    while browser.wait("Browser.downloadProgress")["params"]["state"] != "completed":
        pass
    path = folder / "seed_77_0003_Smiling-0.8_truncation-0.9.png"
    assert browser.value("document.getElementById('caption-text').textContent") == \
        "seed 77, picture 3, Smiling=0.8, truncation 0.9"
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
    for name, width, dark, height in (("light", 1300, False, None), ("dark", 1300, True, None),
                                      ("phone", 390, False, None), ("phone_dark", 390, True, None),
                                      ("phone_landscape", 844, False, 390)):
        seen = browser.look(folder / (name + ".png"), width, dark, height)
        assert not seen["too_wide"], name
        backgrounds.add(seen["background"])
        # Where the sliders are, the picture is still to be seen, and lies over nothing that is below them.
        browser.value("scrollTo(0, document.getElementById('directions').offsetTop)")
        box = "document.getElementById('{}').getBoundingClientRect()"
        bottom, top = browser.value(f"[{box.format('picture')}.bottom, {box.format('shelf')}.top]")
        assert 100 < bottom < top + 1, (name, bottom, top)
        if height:  # a picture of most of the screen, with all its buttons, beside the sliders
            picture, buttons = box.format("picture"), box.format("link")
            slider = "document.querySelector('.slider').getBoundingClientRect()"
            shown = browser.value(f"[{picture}.height, {picture}.right, {slider}.left, {buttons}.bottom]")
            assert shown[0] > 0.6 * height and shown[1] < shown[2] and shown[3] <= height, (name, shown)
        browser.value("scrollTo(0, 0)")
    assert len(backgrounds) == 2, backgrounds
