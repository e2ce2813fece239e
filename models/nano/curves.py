"""Draws what the training log says: loss, scores on phrasings never seen, and how evenly the experts are used."""

import json
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot


def main() -> None:
    log, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    lines = [json.loads(line) for line in open(log)]
    steps = [line for line in lines if "loss" in line]
    looks = [line for line in lines if "examined" in line]
    has_scores = len(looks) > 1  # One look, at the end, makes no curve.
    figure, panels = pyplot.subplots(1, 2 + has_scores, figsize=(10 + 5 * has_scores, 4.2), constrained_layout=True)
    left, right = panels[0], panels[-1]

    minutes = [line["minute"] for line in steps]
    left.plot(minutes, [line["loss"] for line in steps], label="next token (of questions, too, at a tenth)", linewidth=1)
    if steps[0]["ahead"] is not None:  # Not trained when the run began from a file.
        left.plot(minutes, [line["ahead"] for line in steps], label="token after next", linewidth=1, alpha=0.6)
    left.plot([line["minute"] for line in looks], [line["examined"]["loss"] for line in looks], "o-", markersize=3, label="unseen phrasings")
    left.set(title="Loss", xlabel="minutes", yscale="log")
    left.legend()

    for kind, label in has_scores * (("sahab", "about Sahab"), ("unknown", "\"do not know\""), ("add", "addition"), ("json", "JSON"), ("translate", "translation"), ("order", "sorting"), ("spell", "spelling")):
        panels[1].plot([line["minute"] for line in looks], [100 * line["examined"][kind] for line in looks], "o-", markersize=3, label=label)
    if has_scores:
        panels[1].set(title="Right word for word on unseen phrasings, %", xlabel="minutes", ylim=(0, 102))
        panels[1].legend(fontsize=8, loc="lower right")

    for layer in range(len(steps[0]["load"])):
        right.fill_between(minutes, [min(line["load"][layer]) for line in steps], [max(line["load"][layer]) for line in steps], alpha=0.35, label=f"layer {layer + 1}")
    right.axhspan(0.5, 2, color="green", alpha=0.06)
    right.set(title="Load of the least and the most used expert, 1 = even", xlabel="minutes", ylim=(0, 4))
    right.legend(fontsize=8)
    figure.savefig(target, dpi=80)


if __name__ == "__main__":
    main()
