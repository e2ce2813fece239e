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
from model import Nano, Shape, fast
from muon import Muon

ROWS = 16  # Of 256 tokens, in a batch.
MATRIX_RATE, OTHER_RATE = 0.014, 0.0022  # The peaks.
LAST_FROM = 0.6  # Of the steps; from here on the rows that come last.


def rate_share(progress: float, warm_up: float) -> float:
    """Of the peak rate, by the share of the steps that has passed: up in the share `warm_up`, then a straight line down to zero."""
    return max(progress, 0.0005) / warm_up if progress < warm_up else max(0.0, 1 - progress) / (1 - warm_up)


class Step:
    """One step of training on rows of the data. On a GPU it is recorded once and played again, for its many small kernels take less time than their calls."""

    def __init__(self, model: Nano, optimiser: Muon, data: dict[str, torch.Tensor], rows: int):
        self.model, self.optimiser, self.data = model, optimiser, data
        self.device = model.embedding.device
        self.rows = torch.zeros(rows, dtype=torch.long, device=self.device)
        self.share = torch.zeros((), device=self.device)
        self.losses = torch.zeros(2, device=self.device)
        self.counts = torch.zeros(2)
        self.loads = torch.stack([layer.counts for layer in model.expert_layers()]).zero_()
        self.recorded: dict[tuple[bool, bool], torch.cuda.CUDAGraph] = {}

    def run(self, rows: torch.Tensor, share: float, wide: bool, ahead: bool, balance: float) -> None:
        """wide: with a little weight on the questions. ahead: with the head for the token after next. balance: how far to move the experts' biases."""
        self.rows.copy_(rows)
        self.share.fill_(share)
        if self.device.type == "cuda":
            if (wide, ahead) not in self.recorded:
                self.recorded[wide, ahead] = self.record(wide, ahead)
            self.recorded[wide, ahead].replay()
        else:
            self.compute(wide, ahead)
        self.counts += torch.tensor([1.0, float(ahead)])
        self.loads += torch.stack([layer.counts for layer in self.model.expert_layers()])
        for layer in self.model.all_expert_layers():
            layer.balance(balance)

    def compute(self, wide: bool, ahead: bool) -> None:
        tokens, documents, learned = (self.data[name][self.rows] for name in ("tokens", "documents", "learned"))
        weights = learned.float()
        if wide:  # A little weight on the questions, too: who can write them reads them better.
            weights = weights + 0.1 * ((learned == 0) & (documents > 0))
        # What a recorded step casts must not be kept from one step to the next.
        with torch.autocast(self.device.type, fast(self.device), enabled=fast(self.device) != torch.float32, cache_enabled=self.device.type != "cuda"):
            main_loss, ahead_loss = self.model.loss(tokens.long(), documents, weights, ahead)
        (main_loss if ahead_loss is None else main_loss + 0.3 * ahead_loss).backward()
        self.optimiser.step(self.share)
        self.losses[0] += main_loss.detach()
        if ahead_loss is not None:
            self.losses[1] += ahead_loss.detach()
        self.optimiser.zero_grad()

    def record(self, wide: bool, ahead: bool) -> torch.cuda.CUDAGraph:
        share, losses = self.share.clone(), self.losses.clone()
        self.share.zero_()  # The rounds before the recording move no weight.
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self.compute(wide, ahead)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.compute(wide, ahead)
        for layer in self.model.all_expert_layers():
            layer.counts.zero_()
        self.share.copy_(share)
        self.losses.copy_(losses)
        return graph

    def passed(self) -> tuple[float, float | None, torch.Tensor]:
        """Mean losses, and each expert's share of an even load, since the last call."""
        main, ahead = self.losses.tolist()
        count, aheads = self.counts.tolist()
        shares = (self.loads / self.loads.mean(dim=1, keepdim=True)).cpu()
        self.losses.zero_(), self.counts.zero_(), self.loads.zero_()
        return main / count, ahead / aheads if aheads else None, shares


@torch.no_grad()
def keep_of_start(model: Nano, start: pathlib.Path, share: float) -> None:
    """Moves each weight this share back to where it began: what the further training let slip comes back, and little of what it taught is lost (Wortsman et al. 2022)."""
    from shipped import read_weights

    begin = Nano(model.shape)
    read_weights(start, begin)
    beginnings = begin.state_dict()
    for name, weight in model.state_dict().items():
        if not name.startswith("ahead_"):  # No file holds that head.
            weight.lerp_(beginnings[name].to(weight.device), share)


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
    parser.add_argument("--mean", type=float, default=0.75, help="with --start: the share of the trained weights in the mean of them and the start's, which is what is kept")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--dropout", type=float, default=0.0, help="share of the numbers of each branch that is left out")
    parser.add_argument("--minutes", type=float, help="stop the clock here: the rates fall by whichever of steps and minutes has gone further")
    parser.add_argument("--shape", type=json.loads, default={})
    parser.add_argument("--fresh", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)

    folder = arguments.folder
    packed = numpy.load(folder / "packed.npz")
    data = {name: torch.from_numpy(packed[name].astype("int16" if name == "tokens" else "uint8")).to(arguments.device) for name in ("tokens", "documents", "learned")}
    model = Nano(Shape(**arguments.shape)).to(arguments.device)
    model.drop_out(arguments.dropout)
    routers = {layer.router for layer in model.all_expert_layers()}
    matrices = [weight for name, weight in model.named_parameters() if weight.ndim >= 2 and name != "embedding" and weight not in routers]
    chosen = set(matrices)
    optimiser = Muon(matrices, [weight for weight in model.parameters() if weight not in chosen], arguments.matrix_rate, arguments.rate)
    examination = Examination(folder)

    state = {"step": 0, "elapsed": 0.0, "row": 0, "tokens": 0}
    checkpoint = folder / "checkpoint.pt"
    log_path = folder / "log.jsonl"
    if checkpoint.exists() and not arguments.fresh:
        saved = torch.load(checkpoint, weights_only=True, map_location=arguments.device)
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        state = saved["state"]
        print(f"going on from step {state['step']}, minute {state['elapsed'] / 60:.1f}")
    else:
        log_path.unlink(missing_ok=True)
        if arguments.start:
            from shipped import read_weights  # Needs a package that other trainings do without.

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
        record(began={"from_file": arguments.start is not None, "matrix_rate": arguments.matrix_rate, "rate": arguments.rate, "numbers": "bfloat16 with f32 weights" if fast(torch.device(arguments.device)) == torch.bfloat16 else "f32", "device": torch.cuda.get_device_name() if arguments.device == "cuda" else None, "rows": arguments.rows, "dropout": arguments.dropout})
        if arguments.start:
            examine()  # What the file scores as it is; a fault in reading it shows here.

    first, most, _ = packed["sizes"].tolist()
    count, last = data["tokens"].shape[0], first + most
    last_from = LAST_FROM if most else 0.0
    step = Step(model, optimiser, data, arguments.rows)
    clock = saved_at = time.monotonic()
    progress = 0.0
    while progress < 1 and not stopped:
        share = rate_share(progress, arguments.warm_up)
        # What comes first comes once; the rest around until what comes last has its time.
        start, end = (first, last) if progress < last_from else (last, count)
        if progress >= last_from and state["row"] < last:
            state["row"] = last
        rows = torch.arange(state["row"], state["row"] + arguments.rows)
        rows = torch.where(rows < end, rows, start + rows - end)
        state["row"] = rows[-1].item() + 1
        wide = state["step"] % arguments.ahead_every == 0
        step.run(rows, share, wide, wide and not arguments.start, 0.0002 + 0.004 * share * arguments.rate / OTHER_RATE)
        state["tokens"] += rows.numel() * data["tokens"].shape[1]
        state["step"] += 1
        if state["step"] % 50 == 0:
            loss, ahead, shares = step.passed()
            state["elapsed"] += time.monotonic() - clock
            clock = time.monotonic()
            line = {
                "loss": round(loss, 4), "ahead": ahead and round(ahead, 4), "rate": round(share, 4), "tokens": state["tokens"],
                "load": [[round(value, 3) for value in layer] for layer in shares.tolist()],
            }
            record(**line)
            print(f"step {state['step']} minute {state['elapsed'] / 60:.1f} loss {line['loss']} ahead {line['ahead']} load {shares.min():.2f}-{shares.max():.2f} tokens/s {state['tokens'] / state['elapsed']:.0f}", flush=True)
        if state["step"] % arguments.examine_every == 0:
            examine()
            clock = time.monotonic()  # Looking does not count as training.
        if time.monotonic() - saved_at > 120:
            saved_at = time.monotonic()
            save()
        progress = state["step"] / arguments.steps
        if arguments.minutes:
            progress = max(progress, state["elapsed"] / 60 / arguments.minutes)
    if arguments.start and not stopped:
        keep_of_start(model, arguments.start, 1 - arguments.mean)
    save()
    if stopped:
        raise SystemExit("stopped; the next start goes on from here")
    examine()


if __name__ == "__main__":
    main()
