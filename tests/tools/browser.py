"""Headless Chromium, used as a person would, over a pipe in the DevTools protocol: no port, no library."""
import base64
import fcntl
import json
import os
import subprocess


class Refused(Exception):
    pass


class Browser:
    def __init__(self, program, profile):
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
        self.unread = bytearray()
        self.events, self.number, self.session, self.target = [], 0, None, None

    def read(self):
        while (end := self.unread.find(b"\0")) < 0:
            some = os.read(self.back, 1 << 20)
            if not some:
                raise SystemExit("the browser has ended")
            self.unread += some
        message = json.loads(self.unread[:end])
        del self.unread[:end + 1]
        return message

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
                if event.get("method") == method and event.get("sessionId") in (None, self.session):
                    del self.events[i]
                    return event
            self.events.append(self.read())

    def open(self):
        """A page of its own in place of the one before."""
        before, self.session = self.target, None
        self.target = self.call("Target.createTarget", url="about:blank")["targetId"]
        if before:
            self.call("Target.closeTarget", targetId=before)
        self.session = self.call("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        for part in ("Page", "Runtime", "Log", "Network"):
            self.call(part + ".enable")

    def load(self, url):
        self.call("Page.navigate", url=url)
        self.wait("Page.loadEventFired")

    def value(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise Refused(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def key(self, name):
        code = {"Tab": 9, "ArrowLeft": 37, "ArrowRight": 39, "Home": 36}.get(name) or ord(name.upper())
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code)

    def look(self, path, width, dark, height=None):
        """A screenshot of the whole page as a file, and whether it is too wide."""
        mobile = width < 600 or height is not None
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height or (844 if mobile else 900), deviceScaleFactor=2 if mobile else 1,
                  mobile=mobile)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        height = self.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => "
                            "done(document.documentElement.scrollHeight))))")
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True,
                         clip={"x": 0, "y": 0, "width": width, "height": min(height, 6000), "scale": 1})
        path.write_bytes(base64.b64decode(shot["data"]))
        return {"background": self.value("getComputedStyle(document.body).backgroundColor"),
                "too_wide": self.value(f"document.documentElement.scrollWidth > {width}")}

    def complaints(self):
        """What the page has said to the console."""
        return [e["params"] for e in self.events if e.get("method") in
                ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")]

    def requests(self):
        return sorted({e["params"]["request"]["url"] for e in self.events
                       if e.get("method") == "Network.requestWillBeSent"
                       and not e["params"]["request"]["url"].startswith("data:")})

    def close(self):
        self.session = None
        self.call("Browser.close")

    def end(self):
        self.process.terminate()
        self.process.wait()
