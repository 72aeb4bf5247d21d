"""explore_test.py FACEGAN [PRESET...] [check_...]: the page of `facegan export --to html`, in Chromium.

Its pictures against the program's, of all presets and by both of its engines, and what a person does with it.
All presets and checks, or those that are named. Screenshots go into $FACEGAN_SCREENSHOTS, if that is set.
"""
import json
import os
import pathlib
import sys
import tempfile

from browser import Browser
from explore_common import CHROMIUM, MORE, facegan, train
from explore_pictures import check_classes, check_latents, check_layers, check_preset
from explore_use import (check_controls, check_hostile, check_looks, check_more, check_saved, check_sums,
                         check_walk)


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
            checks = ((check_layers, ()), (check_classes, ()), (check_controls, (page,)),
                      (check_more, (page,)), (check_walk, (page,)), (check_sums, (page,)),
                      (check_latents, (run, page)), (check_hostile, (page,)),
                      (check_saved, (run, page, saved)), (check_looks, (page, shots or saved)))
            for check, more in checks:
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
