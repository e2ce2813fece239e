"""Reads nano back from its GGUF file: the tokenizer and the weights that export.py wrote, to train it further.

shipped.py FILE.gguf FOLDER writes FOLDER/tokenizer.json.
"""

import pathlib
import sys

import gguf
import numpy
import torch
from tokenizers import Tokenizer

from export import tensors
from model import Nano
from tokenizer import SPECIALS, assembled


def tokenizer_of(file: pathlib.Path) -> Tokenizer:
    fields = gguf.GGUFReader(file).fields
    tokens, merges = fields["tokenizer.ggml.tokens"].contents(), fields["tokenizer.ggml.merges"].contents()
    if tokens[-len(SPECIALS) :] != SPECIALS:
        raise SystemExit(f"{file}: its last tokens are {tokens[-len(SPECIALS) :]}, not the chat markers {SPECIALS}")
    return assembled({token: number for number, token in enumerate(tokens[: -len(SPECIALS)])}, [merge.split(" ") for merge in merges])


@torch.no_grad()
def read_weights(file: pathlib.Path, model: Nano) -> None:
    """Copies each tensor into the part of the model that export takes it from; the head for the token after next keeps its own."""
    found = {tensor.name: tensor for tensor in gguf.GGUFReader(file).tensors}
    for name, weight in tensors(model):
        tensor = found.pop(name, None)
        if tensor is None:
            raise SystemExit(f"{file}: no tensor {name}")
        data = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        if data.shape != tuple(weight.shape):
            raise SystemExit(f"{file}: {name} has the shape {data.shape}, the model wants {tuple(weight.shape)}")
        weight.copy_(torch.from_numpy(numpy.array(data, dtype=numpy.float32)))
    if found:
        raise SystemExit(f"{file}: tensors that the model does not know: {', '.join(found)}")


if __name__ == "__main__":
    source, folder = map(pathlib.Path, sys.argv[1:3])
    tokenizer_of(source).save(str(folder / "tokenizer.json"))
