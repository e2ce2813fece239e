"""Writes the model card: card.md with the numbers of this making in the places of @NAMES@."""

import importlib.machinery
import importlib.util
import json
import os
import pathlib
import platform
import re
import shutil
import sys

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).parent / "data"))
import newcomer  # Adds its intents to those of sahab.py.
from export import load_model, tensors
from sahab import INTENTS
from train import ROWS


def main() -> None:
    build, source, target = map(pathlib.Path, sys.argv[1:4])
    model = load_model(build)
    s = model.shape
    exported = sum(weight.numel() for _, weight in tensors(model))
    resting = (s.layers - s.dense_layers) * (s.experts - s.experts_used) * 3 * s.hidden * s.expert_feed_forward
    whole = sum(weight.numel() for weight in model.parameters())
    log = [json.loads(line) for line in open(build / "log.jsonl")]
    steps = [line for line in log if "loss" in line]
    looks = [line["examined"] for line in log if "examined" in line]
    began = next(line["began"] for line in log if "began" in line)
    least, most = json.loads((build / "load.json").read_text())
    row = numpy.load(build / "packed.npz")["tokens"].shape
    rows = began.get("rows", ROWS)
    seen = log[-1]["step"] * rows * row[1]
    device = f"one {began['device']}" if began.get("device") else f"{os.cpu_count()} CPU cores"
    check32, check8 = (build / "check-f32.txt").read_text(), (build / "check-q8.txt").read_text()
    scores = json.loads((build / "scores.json").read_text())
    sizes = tokenizer_sizes(build)
    minutes = log[-1]["minute"]
    values = {
        "WEIGHTS": f"{exported / 1e6:.1f}", "ACTIVE": f"{(exported - resting) / 1e6:.1f}", "AHEAD": f"{(whole - exported) / 1e6:.1f}",
        "SIZE": f"{(build / 'nano.gguf').stat().st_size / 1e6:.1f}",
        "LAYERS": str(s.layers), "FIRST": f"{sum(1 for _ in open(build / 'first.jsonl')):,}", "LAST": f"{sum(1 for _ in open(build / 'last.jsonl')):,}",
        "DIALOGUES": f"{sum(1 for _ in open(build / 'dialogues.jsonl')):,}", "INTENTS": str(len(INTENTS)), "ANSWERS": str(len({entry["en"]["answer"] for entry in INTENTS.values()})),
        "FAIR": ", ".join(f"{name} {sizes[code]:.2f}" for code, name in (("en", "English"), ("zh", "Chinese"), ("ar", "Arabic"))),
        "TRAINING": f"{minutes:.0f} minutes on {device}: {log[-1]['step']:,} steps of {rows * row[1]:,} tokens, {seen / 1e6:.1f} million in all, "
        f"{seen / minutes / 60:,.0f} a second, in {began['numbers']}. Matrices move by Muon (peak {began['matrix_rate']}), the rest by AdamW ({began['rate']}); both rates fall in a straight line "
        f"to zero. The last loss is {steps[-1]['loss']} on the training data and {looks[-1]['loss']} on phrasings never seen.",
        "SCORES": table(scores), "LOADMIN": f"{least:.2f}", "LOADMAX": f"{most:.2f}",
        "PARITY": re.search(r"difference (\S+)", check32).group(1), "TEXTS": format(int(re.search(r"tokens: (\d+)", check32).group(1)), ","),
        "GREEDY": re.search(r"alike on (\d+ of \d+)", check8).group(1),
    }
    target.write_text(re.sub(r"@([A-Z0-9]+)@", lambda match: values[match.group(1)], source.read_text()))


def table(result: dict) -> str:
    loader = importlib.machinery.SourceFileLoader("evaluate", str(pathlib.Path(__file__).parent / "evaluate"))
    evaluate = importlib.util.module_from_spec(importlib.util.spec_from_loader("evaluate", loader))
    sys.dont_write_bytecode = True
    loader.exec_module(evaluate)
    lines = ["| questions | number | right | wanted | English | Chinese | Arabic |", "|---|---|---|---|---|---|---|"]
    for name, title in evaluate.TITLES.items():
        cells = result["scores"][name]
        shares = {column: f"{right / number:.1%}" for column, (right, number) in cells.items()}
        wanted = f"{evaluate.WANTED[name]:.0%}" if name in evaluate.WANTED else ""
        lines.append(f"| {title} | {cells['all'][1]} | {shares['all']} | {wanted} | {shares['en']} | {shares['zh']} | {shares['ar']} |")
    speeds = ", ".join(f"{rate:.0f} tokens/s with {count} chat{'s' if count != '1' else ''} at once" for count, rate in result["tokens_per_s"].items())
    cores = "one core" if shutil.which("taskset") else f"{os.cpu_count()} cores"
    return "\n".join(lines) + f"\n\nSpeed on {cores} of the machine that made it ({processor()}): {speeds}."


def processor() -> str:
    """Its maker's name for it, as far as the system tells."""
    path = pathlib.Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*:\s*(.+)$", path.read_text(), re.M) if path.exists() else None
    return found.group(1).strip() if found else platform.processor() or "unknown"


def tokenizer_sizes(build: pathlib.Path) -> dict[str, float]:
    from tokenizer import load

    tokenizer = load(build / "tokenizer.json")
    sizes: dict[str, list[int]] = {}
    for line in open(build / "evaluation.jsonl"):
        row = json.loads(line)
        text = row["question"] + " " + row["answer"]
        size = sizes.setdefault(row["language"], [0, 0])
        size[0] += len(text.encode())
        size[1] += len(tokenizer.encode(text, add_special_tokens=False).ids)
    return {language: size / tokens for language, (size, tokens) in sizes.items()}


if __name__ == "__main__":
    main()
