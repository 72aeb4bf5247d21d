"""The package of the program facegan, which lies in this folder and finds LibTorch in the package torch."""
import os
import sys


def main():
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "facegan")
    # Its own messages name commands as this call was spelled.
    folder, name = os.path.split(sys.argv[0])
    is_on_path = folder in os.environ.get("PATH", "").split(os.pathsep)
    os.execv(program, [name if is_on_path else sys.argv[0], *sys.argv[1:]])
