"""Trains nano in a number of steps: warm up, then decay by what of them has passed. Goes on from its checkpoint.

With --start it begins from the weights of a GGUF file instead of random ones, without the head for the token after next, which
no file holds.
"""

import argparse
import json
import pathlib
import signal
import time

import numpy
import torch

from examine import Examination
from model import FAST, Nano, Shape
from muon import Muon
from shipped import read_weights

ROWS = 16  # Of 256 tokens, in a batch.
MATRIX_RATE, OTHER_RATE = 0.014, 0.0022  # The peaks.
LAST_FROM = 0.7  # Of the steps; from here on the rows that come last.


def rate_share(progress: float, warm_up: float) -> float:
    """Of the peak rate, by the share of the steps that has passed: up in the share `warm_up`, then a straight line down to zero."""
    return max(progress, 0.0005) / warm_up if progress < warm_up else max(0.0, 1 - progress) / (1 - warm_up)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=12000)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of 256 tokens in a batch")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--examine-every", type=int, default=900, help="steps between looks at the questions of the evaluation")
    parser.add_argument("--ahead-every", type=int, default=3, help="steps between those that train the head for the token after next, and a little on the questions")
    parser.add_argument("--matrix-rate", type=float, default=MATRIX_RATE)
    parser.add_argument("--rate", type=float, default=OTHER_RATE)
    parser.add_argument("--warm-up", type=float, default=0.01, help="share of the steps in which the rates rise to their peaks")
    parser.add_argument("--start", type=pathlib.Path, help="a GGUF file of nano whose weights to begin with")
    parser.add_argument("--shape", type=json.loads, default={})
    parser.add_argument("--fresh", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)

    folder = arguments.folder
    packed = numpy.load(folder / "packed.npz")
    data = {name: torch.from_numpy(packed[name].astype("int64" if name == "tokens" else "uint8")) for name in ("tokens", "documents", "learned")}
    model = Nano(Shape(**arguments.shape))
    routers = {layer.router for layer in model.all_expert_layers()}
    matrices = [weight for name, weight in model.named_parameters() if weight.ndim >= 2 and name != "embedding" and weight not in routers]
    chosen = set(matrices)
    optimiser = Muon(matrices, [weight for weight in model.parameters() if weight not in chosen], arguments.matrix_rate, arguments.rate)
    examination = Examination(folder)

    state = {"step": 0, "elapsed": 0.0, "row": 0, "tokens": 0}
    checkpoint = folder / "checkpoint.pt"
    log_path = folder / "log.jsonl"
    if checkpoint.exists() and not arguments.fresh:
        saved = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        state = saved["state"]
        print(f"going on from step {state['step']}, minute {state['elapsed'] / 60:.1f}")
    else:
        log_path.unlink(missing_ok=True)
        if arguments.start:
            read_weights(arguments.start, model)
    log = open(log_path, "a")

    def save() -> None:
        half = checkpoint.with_suffix(".half")
        torch.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "state": state, "shape": model.shape.to_json()}, half)
        half.replace(checkpoint)

    def record(**line) -> None:
        log.write(json.dumps({"step": state["step"], "minute": round(state["elapsed"] / 60, 3), **line}) + "\n")
        log.flush()

    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _: stopped.append(got))

    def examine() -> None:
        result = examination.run(model)
        record(examined=result)
        print("  ", result, flush=True)

    if state["step"] == 0:
        record(began={"from_file": arguments.start is not None, "matrix_rate": arguments.matrix_rate, "rate": arguments.rate, "numbers": "bfloat16 with f32 weights" if FAST == torch.bfloat16 else "f32"})
        if arguments.start:
            examine()  # What the file scores as it is; a fault in reading it shows here.

    first, most, _ = packed["sizes"].tolist()
    count, last = data["tokens"].shape[0], first + most
    last_from = LAST_FROM if most else 0.0
    losses, loads, clock, saved_at = [], None, time.monotonic(), time.monotonic()
    while state["step"] < arguments.steps and not stopped:
        progress = state["step"] / arguments.steps
        batch = arguments.rows
        share = rate_share(progress, arguments.warm_up)
        # What comes first comes once; the rest around until what comes last has its time.
        start, end = (first, last) if progress < last_from else (last, count)
        if progress >= last_from and state["row"] < last:
            state["row"] = last
        rows = torch.arange(state["row"], state["row"] + batch)
        rows = torch.where(rows < end, rows, start + rows - end)
        state["row"] = rows[-1].item() + 1
        tokens, documents, learned = data["tokens"][rows], data["documents"][rows], data["learned"][rows]
        wide = state["step"] % arguments.ahead_every == 0
        ahead = wide and not arguments.start
        weights = learned.float()
        if wide:  # A little weight on the questions, too: who can write them reads them better. Not always, for it costs time.
            weights += 0.1 * ((learned == 0) & (documents > 0))
        with torch.autocast("cpu", FAST, enabled=FAST != torch.float32):
            main_loss, ahead_loss = model.loss(tokens, documents, weights, ahead)
        (main_loss if ahead_loss is None else main_loss + 0.3 * ahead_loss).backward()
        optimiser.step(share)
        optimiser.zero_grad()
        counts = torch.stack([layer.counts for layer in model.expert_layers()])
        loads = counts if loads is None else loads + counts
        for layer in model.all_expert_layers():
            layer.balance(0.0002 + 0.004 * share * arguments.rate / OTHER_RATE)
        losses.append((main_loss.item(), None if ahead_loss is None else ahead_loss.item()))
        state["tokens"] += tokens.numel()
        state["step"] += 1
        now = time.monotonic()
        state["elapsed"] += now - clock
        clock = now
        if state["step"] % 50 == 0:
            shares = loads / loads.mean(dim=1, keepdim=True)
            aheads = [value for _, value in losses if value is not None]
            line = {
                "loss": round(sum(value for value, _ in losses) / len(losses), 4), "ahead": round(sum(aheads) / len(aheads), 4) if aheads else None,
                "rate": round(share, 4), "tokens": state["tokens"],
                "load": [[round(value, 3) for value in layer] for layer in shares.tolist()],
            }
            record(**line)
            print(f"step {state['step']} minute {state['elapsed'] / 60:.1f} loss {line['loss']} ahead {line['ahead']} load {shares.min():.2f}-{shares.max():.2f} tokens/s {state['tokens'] / state['elapsed']:.0f}", flush=True)
            losses, loads = [], None
        if state["step"] % arguments.examine_every == 0:
            examine()
            clock = time.monotonic()  # Looking does not count as training.
        if now - saved_at > 120:
            saved_at = now
            save()
    save()
    if stopped:
        raise SystemExit("stopped; the next start goes on from here")
    examine()


if __name__ == "__main__":
    main()
