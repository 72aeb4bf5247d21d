"""How large the work of the parts is: for a GPU, and for a rehearsal on a CPU."""
from dataclasses import dataclass, field


def options(**values):
    """Of facegan, by name: a field that has them as its default."""
    return field(default_factory=lambda: dict(values))


@dataclass
class Size:
    correctness_s: float = 200
    shards: int = 3  # processes of the tests
    preset: dict = options(batch=16, faces_count=64)  # the CPU's side is what takes time
    sampled: dict = options(faces_count=1024, batch=64, max_steps=80, checkpoint_every=100, sample_every=100)
    # Small pictures, so that a step is short and there are many.
    resumed: dict = options(size=32, width=16, batch=32, faces_count=1024, epochs=60, checkpoint_every=20,
                            sample_every=60, log_every=8)
    resumed_steps: int = 1920
    growth: dict = options(precision="bf16", faces_count=2048, epochs=200, max_steps=2400, log_every=50,
                            checkpoint_every=20, sample_every=20)
    growth_bytes: int = 2 << 20  # a segment of LibTorch's allocator

    # Figures. threads 0: all cores.
    recipe: dict = options(size=64, batch=128, width=64, threads=0)
    bench_steps: int = 100
    loop_s: float = 1.0  # of the Python loops, each time
    rounds: int = 3
    steps_s: float = 150
    axes: list = field(default_factory=lambda: [  # True: torch.compile, too
        ({"batch": 512}, True), ({"size": 128}, True), ({"batch": 64}, False), ({"batch": 2048}, False),
        ({"size": 32}, False)])
    epochs: int = 3
    whole_set: int = 202_599  # drawn faces, as many as CelebA has
    drawn: int = 20_000
    photographs: int = 0  # all


def tiny():
    return Size(
        correctness_s=280, shards=1,
        preset=dict(batch=4, faces_count=16, width=8),
        sampled=dict(size=32, width=8, faces_count=64, batch=8, max_steps=60, lr=0.002, threads=1,
                     checkpoint_every=100, sample_every=100),
        resumed=dict(size=16, width=8, z=16, batch=8, faces_count=404, epochs=12, checkpoint_every=4,
                     sample_every=12, log_every=2, threads=1),
        resumed_steps=600,
        growth=dict(size=16, width=8, batch=8, faces_count=80, epochs=100, max_steps=400, log_every=20,
                    checkpoint_every=5, sample_every=5, threads=1),
        growth_bytes=16 << 20,  # of the process: its allocator and threads
        recipe=dict(size=32, batch=8, width=8, threads=1),
        bench_steps=3, loop_s=0.1, rounds=2, steps_s=90,
        axes=[({"batch": 16}, False), ({"size": 64}, True)],
        whole_set=404, drawn=404, photographs=64)
