"""The package of the program facegan, which lies in this folder and finds LibTorch in the package torch."""
import importlib.util
import os
import sys


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    # The program looks beside this package; torch may lie elsewhere, as in a venv with the system's packages.
    if "FACEGAN_LIBTORCH" not in os.environ and not os.path.isdir(os.path.join(here, "..", "torch")):
        torch = importlib.util.find_spec("torch")  # runs nothing of it
        if torch and torch.submodule_search_locations:
            os.environ["FACEGAN_LIBTORCH"] = torch.submodule_search_locations[0]
    # Its own messages name commands as this call was spelled.
    folder, name = os.path.split(sys.argv[0])
    is_on_path = folder in os.environ.get("PATH", "").split(os.pathsep)
    os.execv(os.path.join(here, "facegan"), [name if is_on_path else sys.argv[0], *sys.argv[1:]])
