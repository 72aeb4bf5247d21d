"""gpu-check.json and gpu-check.md, written anew after every part."""
import datetime
import json
import os

from .parts import BROKEN, CORRECT, MEASURED, NO_TIME, SKIPPED


def write(session, parts, complete):
    put(session.out / "gpu-check.json", json.dumps(as_json(session, parts, complete), indent=1) + "\n")
    put(session.out / "gpu-check.md", as_markdown(session, parts, complete))


def put(path, text):
    """Whole or as before."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def as_json(session, parts, complete):
    # Copies: other parts may be at work.
    return {"complete": complete, "date": str(datetime.date.today()), "device": session.device,
            "tiny": session.tiny, "seconds": round(session.budget.spent(), 1), "machine": session.machine(),
            "parts": [{"name": p.name, "state": p.state, "seconds": round(p.seconds, 1), "why": p.why,
                       "tail": p.tail, "findings": list(p.findings), "left_out": list(p.left_out),
                       "figures": dict(p.figures)} for p in parts]}


def as_markdown(session, parts, complete):
    machine = session.machine()
    lines = [f"# gpu-check: {machine['name']}, {datetime.date.today()}", "",
             "; ".join(f"{key} {value}" for key, value in machine.items() if key != "name" and value) + "."]
    if session.tiny:
        lines += ["", "A rehearsal with tiny networks: its figures say nothing."]
    if not complete:
        lines += ["", "**Not complete**: the call was not at its end when this was written."]
    checks = [p for p in parts if p.good == CORRECT]
    lines += ["", "## Correctness", "", line(["check", "result", "s", "what"]), line(["---"] * 4)]
    for p in checks:
        what = "; ".join([*p.findings, *filter(None, [p.why])])
        lines.append(line([p.name, p.state, f"{p.seconds:.0f}", what]))
    for p in parts:
        if p.tail:
            lines += ["", f"{p.name}, the last lines of its output:", ""]
            lines += [f"    {each}" for each in p.tail.splitlines()]
    for p in checks:
        lines += tables(p)
    for p in parts:
        if p.good == MEASURED:
            lines += ["", f"## {p.name[0].upper()}{p.name[1:]}"]
            if p.state != MEASURED:
                lines += ["", f"**{p.state}**: {p.why}"]
            lines += tables(p)
    missing = [f"- {p.name}: {p.state}; {p.why}" for p in parts
               if p.state == NO_TIME or p.state == SKIPPED]
    missing += [f"- {p.name}: {what}" for p in parts for what in p.left_out]
    lines += ["", "## Not measured", "", *(missing or ["Nothing."]), ""]
    return "\n".join(lines)


def tables(part):
    lines = []
    for title, heads, rows in part.tables:
        if rows:
            lines += ["", f"{title}.", "", line(heads), line(["---"] * len(heads))]
            lines += [line(row) for row in list(rows)]
    return lines


def line(cells):
    return f"| {' | '.join(cell(each) for each in cells)} |"


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def exit_code(parts):
    """0 only where something was found correct, or measured, and nothing broken."""
    done = any(p.state == CORRECT or p.state.startswith(MEASURED) for p in parts)
    return 1 if not done or any(p.state == BROKEN for p in parts) else 0
