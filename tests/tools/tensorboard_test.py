"""What TensorBoard reads from the event files of real runs: tensorboard_test.py FACEGAN"""
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

PROGRAM = os.path.abspath(sys.argv[1])
TINY = ["train", "--quiet", "--dataset", "faces", "--size", "16", "--width", "8", "--z", "16", "--batch", "8",
        "--faces-count", "80", "--grid", "2x3", "--log-every", "3", "--threads", "1", "--seed", "5", "--device",
        "cpu", "--checkpoint-every", "1", "--keep", "9", "--hold-out", "0"]  # 10 steps an epoch
TAGS = {"loss/d": "d_loss", "loss/g": "g_loss", "d/real": "d_real", "d/fake": "d_fake",
        "accuracy/both": "d_accuracy", "accuracy/real": "d_accuracy_real", "accuracy/fake": "d_accuracy_fake",
        "progress/epoch": "epoch", "progress/images": "images", "speed/images_per_s": "images_per_s",
        "speed/elapsed_s": "elapsed_s", "health/g_gradient": "g_gradient", "augment/p": "augment_p",
        "quality/swd": "swd"}


def facegan(*arguments):
    subprocess.run([PROGRAM, *arguments], check=True, stdout=subprocess.DEVNULL)


def events_of(run):
    """As TensorBoard reads a folder, with all that is in it."""
    return EventAccumulator(str(run), size_guidance={"scalars": 0, "images": 0, "tensors": 0}).Reload()


def single(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def check_scalars(run):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    events = events_of(run)
    keys = set().union(*lines) - {"step"}
    assert keys <= set(TAGS.values()), keys - set(TAGS.values())
    tags = {tag: key for tag, key in TAGS.items() if key in keys}
    assert sorted(events.Tags()["scalars"]) == sorted(tags), events.Tags()
    for tag, key in tags.items():
        shown = {event.step: event.value for event in events.Scalars(tag)}
        assert len(shown) == len(events.Scalars(tag)), f"{tag}: a step twice"
        having = [line for line in lines if key in line]
        assert list(shown) == [line["step"] for line in having], (tag, list(shown))
        for line in having:  # times are rounded to milliseconds in metrics.jsonl
            near = 1e-3 if key in ("images_per_s", "elapsed_s") else 0
            assert abs(shown[line["step"]] - single(line[key])) <= near, (tag, line)
    return events


def check_pictures(run, events, steps):
    generated = events.Images("samples/generated")
    assert [event.step for event in generated] == [step for step, _ in steps], generated
    for event, (_, name) in zip(generated, steps):
        assert event.encoded_image_string == (run / "samples" / name).read_bytes(), name
        assert (event.width, event.height) == (3 * 18 + 2, 2 * 18 + 2)
    real, = events.Images("samples/real")
    assert real.step == 0 and real.encoded_image_string == (run / "samples/real.png").read_bytes()


def check_config(run, events):
    assert events.SummaryMetadata("config").plugin_data.plugin_name == "text"
    markdown = tensor_util.make_ndarray(events.Tensors("config")[-1].tensor_proto)[0].decode()
    lines = markdown.splitlines()
    assert all(line.startswith("    ") for line in lines), "not a code block"
    assert "\n".join(line[4:] for line in lines) == (run / "config.yaml").read_text().strip()


def new_run_and_resume():
    facegan(*TINY, "--epochs", "2", "--out", "run")
    run = pathlib.Path("run")
    grids = [(0, "epoch_0000.png"), (10, "epoch_0001.png"), (20, "epoch_0002.png")]
    events = check_scalars(run)
    check_pictures(run, events, grids)
    check_config(run, events)

    facegan("train", "--quiet", "--resume", "run", "--epochs", "3")
    events = check_scalars(run)
    check_pictures(run, events, grids + [(30, "epoch_0003.png")])
    check_config(run, events)
    assert len(list(run.glob("events.out.tfevents.*.facegan"))) == 2


def killed_and_resumed_from_an_earlier_step():
    run = pathlib.Path("killed")
    facegan(*TINY, "--epochs", "3", "--out", "killed")
    (run / "checkpoints/step_00000030.safetensors").unlink()
    (run / "checkpoints/step_00000020.safetensors").unlink()
    path, = run.glob("events.out.tfevents.*")
    whole = path.read_bytes()
    for torn in (1, 15, 200):  # of the last record: its sum; its end; within the picture
        path.write_bytes(whole[:-torn])
        events = events_of(run)
        assert [e.step for e in events.Images("samples/generated")] == [0, 10, 20]
        assert events.Scalars("loss/d")[-1].step == 30
    facegan("train", "--quiet", "--resume", "killed", "--epochs", "2")
    check_pictures(run, check_scalars(run),
                   [(0, "epoch_0000.png"), (10, "epoch_0001.png"), (20, "epoch_0002.png")])


def rolled_back():
    """At rates that are too high G breaks in its next update, every fourth step; lines come before that."""
    run = pathlib.Path("back")
    facegan(*TINY, "--log-every", "1", "--loss", "lsgan", "--d-steps", "4", "--precision", "fp32",
            "--max-steps", "16", "--epochs", "9", "--out", "back")
    wild = ["--lr", "1.2e5", "--allow-config-change", "lr", "--on-divergence", "rollback", "--max-steps", "40"]
    done = subprocess.run([PROGRAM, "train", "--resume", "back", *wild], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True)
    assert "rollback 1 of 3" in done.stderr, done.stderr
    check_scalars(run)
    everything = EventAccumulator(str(run), size_guidance={"scalars": 0}, purge_orphaned_data=False).Reload()
    lines = (run / "metrics.jsonl").read_text().splitlines()
    assert len(everything.Scalars("loss/d")) > len(lines), "nothing was forgotten"


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        new_run_and_resume()
        killed_and_resumed_from_an_earlier_step()
        rolled_back()
    print("TensorBoard reads what was written")


if __name__ == "__main__":
    main()
