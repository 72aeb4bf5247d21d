"""Data sets as other programs lay and read them, counted by those and by facegan: data_test.py FACEGAN

Needs Pillow; numpy, PyYAML, torchvision and scikit-learn each add their checks where they are installed."""
import gzip
import importlib
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import zipfile

from PIL import Image

PROGRAM = os.path.abspath(sys.argv[1])


def module(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def facegan(*arguments):
    return subprocess.run([PROGRAM, "--quiet", *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def counted(dataset, place, *more):
    """Pictures that facegan finds and can read, and that are another's copy."""
    found = json.loads(facegan("data", "check", "--json", "--dataset", dataset, "--data", place, "--size", "16", *more))
    assert found["unusable"] == 0, found
    return found["selected"], found["duplicate"]


def attributes(place, *more):
    return json.loads(facegan("data", "stats", "--json", "--dataset", "celeba", "--data", place, "--size", "16",
                              *more))["attributes"]


def picture(number, size=(20, 24)):
    return Image.new("RGB", size, (number * 37 % 256, number * 91 % 256, number * 11 % 256))


def digit(number):
    image = Image.new("L", (28, 28))
    image.putpixel((number % 28, number // 28), 255)  # so that a turned one is another
    return image


def idx(images, labels):
    pixels = b"".join(image.tobytes() for image in images)
    return (struct.pack(">4I", 0x803, len(images), 28, 28) + pixels,
            struct.pack(">2I", 0x801, len(labels)) + bytes(labels))


def put_idx(folder, prefix, images, labels, pack=False):
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in zip(("images-idx3-ubyte", "labels-idx1-ubyte"), idx(images, labels)):
        path = folder / f"{prefix}{name}{'.gz' if pack else ''}"
        path.write_bytes(gzip.compress(data) if pack else data)


def check_mnist(root):
    images, labels = [digit(n) for n in range(12)], [n % 10 for n in range(12)]
    for folder in ("MNIST/raw", "FashionMNIST/raw"):
        put_idx(root / folder, "train-", images, labels)
        put_idx(root / folder, "t10k-", images[:3], labels[:3])
    assert counted("mnist", root, "--channels", "1") == (12, 0)
    for number, label in enumerate(labels):
        (root / "png/train" / str(label)).mkdir(parents=True, exist_ok=True)
        images[number].save(root / "png/train" / str(label) / f"{number}.png")
    assert counted("mnist", root / "png", "--channels", "1") == (12, 0)
    header = "label," + ",".join(f"pixel{n}" for n in range(784))
    rows = [",".join(map(str, [label, *image.tobytes()])) for image, label in zip(images, labels)]
    (root / "train.csv").write_text("\n".join([header, *rows]) + "\n")
    assert counted("mnist", root / "train.csv", "--channels", "1") == (12, 0)
    if numpy := module("numpy"):
        arrays = {"x_train": numpy.stack([numpy.asarray(image) for image in images]),
                  "y_train": numpy.array(labels), "x_test": numpy.zeros((2, 28, 28), numpy.uint8)}
        for save in (numpy.savez, numpy.savez_compressed):
            (root / save.__name__).mkdir()
            save(root / save.__name__ / "mnist.npz", **arrays)
            assert counted("mnist", root / save.__name__, "--channels", "1") == (12, 0)
    if torchvision := module("torchvision"):
        for kind in (torchvision.datasets.MNIST, torchvision.datasets.FashionMNIST):
            assert len(kind(root, train=True)) == 12
        assert len(torchvision.datasets.ImageFolder(root / "png/train")) == 12


def check_emnist(root):
    sets = {"letters": [1 + n % 26 for n in range(30)], "balanced": [n % 47 for n in range(50)]}
    for name, labels in sets.items():
        images = [digit(n) for n in range(len(labels))]
        put_idx(root / "EMNIST/raw", f"emnist-{name}-train-", images, labels)
        put_idx(root / "EMNIST/raw", f"emnist-{name}-test-", images[:1], labels[:1])
        assert counted("mnist", root, "--channels", "1", "--mnist-set", name) == (len(labels), 0)
        if torchvision := module("torchvision"):
            theirs = torchvision.datasets.EMNIST(root, split=name, train=True)
            assert len(theirs) == len(labels)
            assert theirs[1][0].tobytes() == images[1].tobytes()  # as it is stored: theirs lie on their sides
        # Ours stand: the picture of one point is the mirror of the stored one.
        facegan("data", "preview", "--dataset", "mnist", "--data", root, "--mnist-set", name, "--size", "28",
                "--channels", "1", "--limit", "2", "--hold-out", "0", "--grid", "1x2", "--out", root / "two.png")
        sheet = Image.open(root / "two.png").convert("L")
        lit = sorted((x - 2) % 30 + 100 * (y - 2) for x in range(2, 60) for y in range(2, 30)
                     if sheet.getpixel((x, y)) == 255 and (x - 2) % 30 < 28)
        assert lit == [0, 100], lit


def check_celeba(root):
    names, smiling = [f"{n:06}.jpg" for n in range(1, 9)], [n % 3 == 0 for n in range(1, 9)]
    for tree, attr in (("torchvision/celeba", "."), ("site/Img", "../Anno")):
        folder = root / tree / "img_align_celeba"
        folder.mkdir(parents=True)
        for number, name in enumerate(names):
            picture(number, (178, 218)).save(folder / name)
        beside = root / tree / attr
        beside.mkdir(exist_ok=True)
        (beside / "list_attr_celeba.txt").write_text(
            f"{len(names)}\nMale Smiling \n" +
            "".join(f"{name} -1  {1 if smiles else -1}\n" for name, smiles in zip(names, smiling)))
    tables = root / "torchvision/celeba"
    (tables / "list_eval_partition.txt").write_text("".join(f"{name} 0\n" for name in names))
    (tables / "identity_CelebA.txt").write_text("".join(f"{name} 7\n" for name in names))
    for table, columns in (("list_bbox_celeba.txt", 4), ("list_landmarks_align_celeba.txt", 10)):
        (tables / table).write_text(f"{len(names)}\n{' '.join('abcdefghij'[:columns])}\n" +
                                    "".join(f"{name} {' '.join('1' * columns)}\n" for name in names))
    (root / "kaggle").mkdir()
    with zipfile.ZipFile(root / "kaggle/archive.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list_attr_celeba.csv", "image_id,Male,Smiling\n" +
                         "".join(f"{name},-1,{1 if smiles else -1}\n" for name, smiles in zip(names, smiling)))
        for name in names:
            archive.write(tables / "img_align_celeba" / name, f"img_align_celeba/img_align_celeba/{name}")
    for place in ("torchvision", "torchvision/celeba", "site", "kaggle", "kaggle/archive.zip"):
        assert counted("celeba", root / place) == (8, 0), place
        assert attributes(root / place) == {"Male": 0, "Smiling": sum(smiling)}, place
        assert counted("celeba", root / place, "--where", "Smiling")[0] == sum(smiling), place
    if torchvision := module("torchvision"):
        torchvision.datasets.CelebA._check_integrity = lambda self: True  # of the real files' sums
        theirs = torchvision.datasets.CelebA(root / "torchvision", split="all", target_type="attr")
        assert len(theirs) == 8 and int(theirs.attr[:, 1].sum()) == sum(smiling)


def check_lfw(root):
    photos = {"Al_Gore": 3, "Bo_Derek": 1, "Cher": 2}
    for person, count in photos.items():
        folder = root / "lfw_home/lfw_funneled" / person
        folder.mkdir(parents=True)
        for number in range(1, count + 1):
            picture(len(person) * 9 + number, (250, 250)).save(folder / f"{person}_{number:04}.jpg")
    for name in ("pairsDevTrain.txt", "pairsDevTest.txt", "pairs.txt"):
        (root / "lfw_home" / name).write_text("1\n")
    for place in (root, root / "lfw_home"):
        assert counted("lfw", place) == (6, 0)
        assert counted("lfw", place, "--where", "photos>=2")[0] == 5
    if module("sklearn") and (learn := module("sklearn.datasets")):
        theirs = learn.fetch_lfw_people(data_home=root, funneled=True, download_if_missing=False)
        assert len(theirs.images) == 6, theirs.images.shape


def check_folder(root):
    """What Pillow can open of the files that are no droppings is what facegan counts."""
    for folder, names in {"a": ("1.png", "2.jpg", "notes.txt"), ".Trash-1000/files": ("3.png",),
                          "a/@eaDir": ("4.png",), "__MACOSX/a": ("._1.png",)}.items():
        (root / folder).mkdir(parents=True)
        for name in names:
            if name.endswith(".txt") or name.startswith("._"):
                (root / folder / name).write_text("words")
            else:
                picture(int(name[0])).save(root / folder / name)
    opened = 0
    for path in root.rglob("*"):
        parts = path.relative_to(root).parts
        if path.is_file() and not any(part.startswith((".", "@", "__")) for part in parts):
            try:
                Image.open(path).load()
                opened += 1
            except OSError:
                pass
    assert counted("folder", root)[0] == opened == 2


def check_config(_):
    yaml = module("yaml")
    if not yaml:
        return
    text = facegan("config", "--preset", "dcgan", "--lr-g", "1e-5", "--lr-d", "2.5e-7")
    settings = yaml.safe_load(text)
    assert settings["lr_g"] == 1e-5 and settings["lr_d"] == 2.5e-7, settings
    numbers = [key for key, value in settings.items() if isinstance(value, str) and value.replace("e-", "")
               .replace(".", "").isdigit()]
    assert numbers == [], numbers


with tempfile.TemporaryDirectory() as temporary:
    os.environ["FACEGAN_CACHE"] = os.path.join(temporary, "cache")
    for check in (check_mnist, check_emnist, check_celeba, check_lfw, check_folder, check_config):
        folder = pathlib.Path(temporary, check.__name__)
        folder.mkdir()
        check(folder)
        print(check.__name__, "passed")
    print("with", ", ".join(name for name in ("numpy", "yaml", "torchvision", "sklearn") if module(name)) or "Pillow alone")
