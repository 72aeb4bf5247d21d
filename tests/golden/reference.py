"""What the make_*.py share: how their numbers are written."""
import json
import pathlib


def moments(tensor):
    return [tensor.mean().item(), tensor.square().mean().item()]


def short(value):
    """Numbers to 14 digits."""
    if isinstance(value, float):
        return float(f"{value:.14g}")
    if isinstance(value, list):
        return [short(v) for v in value]
    return {k: short(v) for k, v in value.items()} if isinstance(value, dict) else value


def height(value):
    """0 for a number, 1 for a list of numbers, and so on."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(height, inner), default=0)


def text(value, indent=0):
    """JSON with a line per list of numbers or per record of such lists, and per string of a list."""
    prose = isinstance(value, list) and value and isinstance(value[0], str)
    if height(value) <= 2 and not prose:
        return json.dumps(value, separators=(",", ":"))
    pad, opening, closing = " " * (indent + 1), *("{}" if isinstance(value, dict) else "[]")
    parts = ([f"{json.dumps(k)}: {text(v, indent + 1)}" for k, v in value.items()]
             if isinstance(value, dict) else [text(v, indent + 1) for v in value])
    return opening + "\n" + ",\n".join(pad + part for part in parts) + "\n" + " " * indent + closing


def write(name, result):
    path = pathlib.Path(__file__).with_name(name)
    path.write_text(text(short(result)) + "\n")
    print(path, path.stat().st_size, "bytes")
