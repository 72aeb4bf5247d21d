#!/usr/bin/env python3
"""Opens a page in headless Chromium, uses it as a person would, and prints what was seen as JSON.

    chromium.py PROGRAM PAGE.html FOLDER      screenshots go into FOLDER
"""
import json
import pathlib
import sys
import tempfile

from browser import Browser, Refused

program, page, folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3])


def slider_by_keyboard(browser):
    label = "document.getElementById('grid-label')?.textContent"
    if browser.value("!document.getElementById('slider')"):
        return None
    seen = {"newest": browser.value(label)}
    browser.key("ArrowLeft")  # nothing has the focus
    seen["left"] = browser.value(label)
    for _ in range(20):
        browser.key("Tab")
        if browser.value("document.activeElement.id") == "slider":
            seen["reached_by_tab"] = True
            break
    browser.key("ArrowLeft")
    seen["left_twice"] = browser.value(label)
    seen["spoken"] = browser.value("document.getElementById('slider').getAttribute('aria-valuetext')")
    browser.key("Home")
    seen["first"] = browser.value(label)
    seen["picture"] = browser.value("document.getElementById('grid').decode().then(() => "
                                    "document.getElementById('grid').naturalWidth)")
    browser.key("ArrowRight")
    seen["second"] = browser.value(label)
    return seen


def hover(browser):
    if browser.value("!document.querySelector('.plot .line')"):
        return None
    browser.value("document.querySelector('.plot').scrollIntoView({block: 'center'})")
    x, y = browser.value("(r => [r.left + r.width / 2, r.top + r.height / 2])"
                         "(document.querySelector('.plot').getBoundingClientRect())")
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    text = browser.value("document.querySelector('.values')?.textContent")
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)
    browser.value("scrollTo(0, 0)")
    return text


def follow(browser):
    """A live page loads itself again (here a hundred times sooner), or says that there is no news."""
    browser.call("Page.addScriptToEvaluateOnNewDocument", source="""
        const later = setInterval, now = Date.now;
        globalThis.setInterval = (what, ms) => later(what, ms / 100);
        Date.now = () => now() + 10000;  // nobody has touched the page just now
    """)
    browser.load(page.as_uri())
    if browser.value("!!document.getElementById('slider')"):
        browser.value("slider.value = 0; slider.dispatchEvent(new Event('input')); scrollTo(0, 200)")
    browser.value("globalThis.marked = true")
    for _ in range(200):
        try:
            marked, ready, state = browser.value("[globalThis.marked === true, document.readyState, "
                                                 "document.getElementById('state')?.textContent]")
            if state and state.startswith("no news"):
                return {"stale": state}
            if not marked and ready == "complete":
                return {"reloaded": True, "scroll": browser.value("scrollY"),
                        "label": browser.value("document.getElementById('grid-label')?.textContent")}
            browser.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        except Refused:  # asked between two pages
            pass
    return {}


def main():
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:  # the browser may still end
        browser = Browser(program, profile)
        try:
            browser.open()
            times = []
            for _ in range(3):
                browser.load(page.as_uri())
                times.append(browser.value("new Promise(done => setTimeout(() => "
                                           "done(performance.getEntriesByType('navigation')[0].loadEventEnd)))"))
            seen = {"load_ms": min(times), "title": browser.value("document.title"),
                    "slider": slider_by_keyboard(browser), "hover": hover(browser)}
            browser.value("sessionStorage.clear()")
            browser.load(page.as_uri())
            seen["light"] = browser.look(folder / "light.png", 1280, False)
            seen["dark"] = browser.look(folder / "dark.png", 1280, True)
            seen["phone"] = browser.look(folder / "phone.png", 390, False)
            seen["phone_dark"] = browser.look(folder / "phone_dark.png", 390, True)
            if browser.value("document.body.dataset.reloadS"):
                seen["follow"] = follow(browser)
            seen["requests"] = [url for url in browser.requests() if url != page.as_uri()]
            seen["complaints"] = browser.complaints()
            print(json.dumps(seen))
            browser.close()
        finally:
            browser.end()


main()
