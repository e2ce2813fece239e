"""Measures a model on the evaluation: which answers greedy decoding would give word for word, without generating any.

An answer is what greedy decoding writes if, and only if, each of its tokens is the likeliest after those before it.
"""

import json
import pathlib
import sys

import torch

from model import fast
from tokenizer import encode, load

sys.path.insert(0, str(pathlib.Path(__file__).parent / "data"))
import outside
from tools import system_text


def preamble(row: dict) -> list[dict]:
    definitions = row["expect"].get("tools")
    return [{"role": "system", "content": system_text(definitions)}] if definitions else []


class Examination:
    def __init__(self, folder: pathlib.Path, tokenizer_path: pathlib.Path | None = None, batch: int = 48):
        tokenizer = load(tokenizer_path or folder / "tokenizer.json")
        self.rows = []
        with open(folder / "evaluation.jsonl") as file:
            for line in file:
                row = json.loads(line)
                # Any of the ways to say "I do not know" begins with the shortest; what follows it is free.
                answer = outside.ANSWERS[row["language"]][0] if row["kind"] == "unknown" else row["answer"]
                ids, learned = encode(tokenizer, [*preamble(row), {"role": "user", "content": row["question"]}, {"role": "assistant", "content": answer}])
                if row["kind"] == "unknown":
                    learned[-1] = 0
                self.rows.append((len(ids), ids, learned, row))
        self.rows.sort(key=lambda row: row[0])
        self.batch = batch

    @torch.no_grad()
    def run(self, model, wrong: list | None = None) -> dict:
        right, total, loss, count = {}, {}, 0.0, 0
        device = model.embedding.device
        was_training = model.training
        model.eval()
        for layer in model.all_expert_layers():
            layer.counts.zero_()
        for start in range(0, len(self.rows), self.batch):
            rows = self.rows[start : start + self.batch]
            width = rows[-1][0]
            tokens = torch.zeros(len(rows), width, dtype=torch.long)
            learned = torch.zeros(len(rows), width, dtype=torch.bool)
            for place, (size, ids, mask, _) in enumerate(rows):
                tokens[place, :size] = torch.tensor(ids)
                learned[place, :size] = torch.tensor(mask, dtype=torch.bool)
            tokens, learned = tokens.to(device), learned.to(device)
            real = (torch.arange(width) < torch.tensor([[row[0]] for row in rows])).flatten().to(device)
            for layer in model.expert_layers():
                layer.counted = real
            mask = torch.ones(width, width, dtype=torch.bool, device=device).tril()
            with torch.autocast(device.type, fast(device), enabled=was_training and fast(device) != torch.float32):
                logits = model.logits(tokens, mask)[:, :-1].float()
            targets, chosen = tokens[:, 1:], learned[:, 1:]
            losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
            loss += (losses * chosen).sum().item()
            count += chosen.sum().item()
            exact = ((logits.argmax(-1) == targets) | ~chosen).all(dim=1).tolist()
            for place, (_, _, _, row) in enumerate(rows):
                key = row["kind"]
                total[key] = total.get(key, 0) + 1
                right[key] = right.get(key, 0) + int(exact[place])
                if wrong is not None and not exact[place]:
                    wrong.append(row)
        counts = torch.stack([layer.counts for layer in model.expert_layers()])
        shares = counts / counts.mean(dim=1, keepdim=True)
        for layer in model.all_expert_layers():
            layer.counts.zero_()
            layer.counted = None
        model.train(was_training)
        return {
            "loss": round(loss / count, 4),
            **{key: round(right[key] / total[key], 3) for key in total},
            "load": [round(shares.min().item(), 3), round(shares.max().item(), 3)],
        }
