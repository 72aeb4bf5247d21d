"""animation_test.py FACEGAN: `facegan animate` in all formats, as Pillow and ffprobe see the files."""
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile

from PIL import Image, ImageChops, ImageSequence, ImageStat, features

SKIPPED = 77
if not features.check("webp"):
    print("skipped: this Pillow reads no WebP")
    sys.exit(SKIPPED)
if not shutil.which("ffprobe") or not shutil.which("ffmpeg"):
    print("skipped: there is no ffprobe and ffmpeg on PATH")
    sys.exit(SKIPPED)

PROGRAM = os.path.abspath(sys.argv[1])
EPOCHS, FPS, LAST_MS, LOOP = 6, 10, 1200, 3
FRAME_MS = 1000 // FPS


def facegan(*arguments):
    return subprocess.run([PROGRAM, *arguments], check=True, capture_output=True, text=True).stdout


def probe(path):
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", path]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    assert told.stderr == "", told.stderr
    return json.loads(told.stdout)


def frames_of(path):
    """RGB pictures and their milliseconds."""
    with Image.open(path) as file:
        return [(frame.convert("RGB"), frame.info["duration"]) for frame in ImageSequence.Iterator(file)]


def psnr(one, other):
    squares = [rms**2 for rms in ImageStat.Stat(ImageChops.difference(one, other)).rms]
    return 10 * math.log10(255**2 / max(sum(squares) / len(squares), 1e-9))


def check_gif(grids):
    facegan("animate", "run", *STYLE, "--out", "a.gif")
    with Image.open("a.gif") as file:
        assert file.info["loop"] == LOOP - 1, file.info  # repeats
    frames = frames_of("a.gif")
    assert [ms for _, ms in frames] == [FRAME_MS] * (len(grids) - 1) + [LAST_MS], frames
    for (frame, _), grid in zip(frames, grids):
        assert frame.size == grid.size
        assert psnr(frame, grid) > 28, psnr(frame, grid)
    stream = probe("a.gif")["streams"][0]
    assert int(stream["nb_read_frames"]) == len(grids), stream


def check_webp(grids):
    facegan("animate", "run", *STYLE, "--out", "a.webp")
    with Image.open("a.webp") as file:
        assert file.info["loop"] == LOOP, file.info
    frames = frames_of("a.webp")
    assert [ms for _, ms in frames] == [FRAME_MS] * (len(grids) - 1) + [LAST_MS], frames
    for (frame, _), grid in zip(frames, grids):
        assert frame.size == grid.size
        assert psnr(frame, grid) > 30, psnr(frame, grid)


def check_mp4(grids):
    facegan("animate", "run", *STYLE, "--out", "a.mp4")
    told = probe("a.mp4")
    stream = told["streams"][0]
    assert stream["codec_name"] in ("h264", "mpeg4"), stream
    width, height = grids[0].size
    assert (stream["width"], stream["height"]) == (width + width % 2, height + height % 2), stream
    count = len(grids) - 1 + LAST_MS // FRAME_MS
    assert int(stream["nb_read_frames"]) == count, stream
    assert abs(float(told["format"]["duration"]) - count / FPS) < 0.01, told["format"]
    subprocess.run(["ffmpeg", "-v", "error", "-i", "a.mp4", "frame_%03d.png"], check=True)
    for number, grid in enumerate(grids):
        with Image.open(f"frame_{number + 1:03d}.png") as frame:
            seen = frame.convert("RGB").crop((0, 0, width, height))
        assert psnr(seen, grid) > 28, psnr(seen, grid)


STYLE = ("--fps", str(FPS), "--last-ms", str(LAST_MS), "--loop", str(LOOP))
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    facegan("train", "--preset", "dcgan", "--dataset", "faces", "--faces-count", "64", "--size", "32", "--width", "8",
            "--batch", "8", "--epochs", str(EPOCHS), "--grid", "3x3", "--grid-margin", "3", "--out", "run")
    grids = [Image.open(f"run/samples/epoch_{epoch:04d}.png").convert("RGB") for epoch in range(1, EPOCHS + 1)]
    grids.append(grids[-1])
    assert facegan("doctor").find("animations    GIF, WebP, MP4\n") > 0, "this build lacks an encoder"
    for check in (check_gif, check_webp, check_mp4):
        check(grids)
        print(check.__name__, "passed")
    os.chdir("/")
