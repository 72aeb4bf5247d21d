#!/usr/bin/env python3
"""Opens a page in headless Chromium, uses it as a person would, and prints what was seen as JSON.

    chromium.py PROGRAM PAGE.html FOLDER      screenshots go into FOLDER

Speaks the DevTools protocol over a pipe: no port, no library.
"""
import base64
import fcntl
import json
import os
import pathlib
import subprocess
import sys
import tempfile

program, page, folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3])


class Refused(Exception):
    pass


class Browser:
    def __init__(self, profile):
        ends = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in (*os.pipe(), *os.pipe())]
        child_in, self.out, self.back, child_out = ends

        def give_ends():  # the browser reads 3 and writes 4
            os.dup2(child_in, 3)
            os.dup2(child_out, 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
             "--disable-background-networking", "--no-first-run", f"--user-data-dir={profile}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=give_ends, close_fds=False)
        os.close(child_in)
        os.close(child_out)
        self.reader = os.fdopen(self.back, "rb")
        self.events, self.number, self.session = [], 0, None

    def read(self):
        message = bytearray()
        while (byte := self.reader.read(1)) not in (b"\0", b""):
            message += byte
        if not message:
            raise SystemExit("the browser has ended")
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        text = json.dumps(message).encode() + b"\0"
        while text:
            text = text[os.write(self.out, text):]
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise Refused(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while True:
            for i, event in enumerate(self.events):
                if event.get("method") == method:
                    del self.events[i]
                    return event
            self.events.append(self.read())

    def open(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for part in ("Page", "Runtime", "Log", "Network"):
            self.call(part + ".enable")

    def load(self):
        self.call("Page.navigate", url=page.as_uri())
        self.wait("Page.loadEventFired")

    def value(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise Refused(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def key(self, name):
        code = {"Tab": 9, "ArrowLeft": 37, "ArrowRight": 39, "Home": 36}[name]
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code)

    def look(self, name, width, dark):
        mobile = width < 600
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=844 if mobile else 900,
                  deviceScaleFactor=2 if mobile else 1, mobile=mobile)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        height = self.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => "
                            "done(document.documentElement.scrollHeight))))")
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True,
                         clip={"x": 0, "y": 0, "width": width, "height": min(height, 6000), "scale": 1})
        (folder / (name + ".png")).write_bytes(base64.b64decode(shot["data"]))
        return {"background": self.value("getComputedStyle(document.body).backgroundColor"),
                "too_wide": self.value(f"document.documentElement.scrollWidth > {width}")}


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
    browser.load()
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
    with tempfile.TemporaryDirectory() as profile:
        browser = Browser(profile)
        try:
            browser.open()
            times = []
            for _ in range(3):
                browser.load()
                times.append(browser.value("new Promise(done => setTimeout(() => "
                                           "done(performance.getEntriesByType('navigation')[0].loadEventEnd)))"))
            seen = {"load_ms": min(times), "title": browser.value("document.title"),
                    "slider": slider_by_keyboard(browser), "hover": hover(browser)}
            browser.value("sessionStorage.clear()")
            browser.load()
            seen["light"] = browser.look("light", 1280, False)
            seen["dark"] = browser.look("dark", 1280, True)
            seen["phone"] = browser.look("phone", 390, False)
            seen["phone_dark"] = browser.look("phone_dark", 390, True)
            if browser.value("document.body.dataset.reloadS"):
                seen["follow"] = follow(browser)
            events = browser.events
            seen["requests"] = sorted({e["params"]["request"]["url"] for e in events
                                       if e.get("method") == "Network.requestWillBeSent"
                                       and not e["params"]["request"]["url"].startswith("data:")} - {page.as_uri()})
            seen["complaints"] = [e["params"] for e in events if e.get("method") in
                                  ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")]
            print(json.dumps(seen))
            browser.session = None
            browser.call("Browser.close")
        finally:
            browser.process.terminate()
            browser.process.wait()


main()
