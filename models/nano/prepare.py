"""Packs dialogues into rows of fixed length, in the order of training: token ids, which dialogue each belongs to, and which the model is to learn.

prepare.py FOLDER [PART ...]: only these parts of the data.
"""

import json
import pathlib
import random
import sys

import numpy

from tokenizer import encode, load, loose

ROW = 256
PARTS = ["first", "dialogues", "last"]  # Of the data, in the order of training.


CUT_FROM = 28  # Tokens that an answer has at least, to be cut.


def cut(random, ids: list[int], learned: list[int]) -> tuple[list[int], list[int]]:
    """Two of three long answers to one question, without what comes after their first 14 to 20 tokens.

    Which answer it is, the first tokens say; the rest is known by heart soon, and would take the time of other questions.
    """
    begin = learned.index(1)
    end = len(learned) - learned[::-1].index(1)
    if end - begin < CUT_FROM or 0 in learned[begin:end] or random.random() < 0.34:
        return ids, learned
    end = begin + random.randint(14, 20)
    return ids[:end], learned[:end]


LOOSE_SHARE = 0.25  # Of the dialogues in which no question is to be said back, have their questions cut loosely.


def pack(dialogues: pathlib.Path, tokenizer, questions=None, row: int = ROW, cuts: bool = False) -> dict[str, numpy.ndarray]:
    sequences, dropped, cutting = [], 0, random.Random(7)
    with open(dialogues) as file:
        for line in file:
            messages = json.loads(line)
            prose = all(message.get("kind") == "prose" for message in messages if message["role"] == "user")
            is_loose = questions and prose and cutting.random() < LOOSE_SHARE
            ids, learned = encode(tokenizer, messages, questions if is_loose else None)
            if len(ids) > row:
                dropped += 1
            else:
                sequences.append(cut(cutting, ids, learned) if cuts else (ids, learned))
    order = list(range(len(sequences)))
    random.Random(5).shuffle(order)
    rows: list[list[int]] = []
    open_rows: list[tuple[int, list[int]]] = []  # (free, members); a few at a time, so that rows stay mixed
    for index in order:
        size = len(sequences[index][0])
        fitting = [place for place, (free, _) in enumerate(open_rows) if free >= size]
        if fitting:
            place = min(fitting, key=lambda place: open_rows[place][0])
            free, members = open_rows[place]
            members.append(index)
            open_rows[place] = (free - size, members)
        else:
            if len(open_rows) == 64:
                fullest = min(range(64), key=lambda place: open_rows[place][0])
                rows.append(open_rows.pop(fullest)[1])
            open_rows.append((row - size, [index]))
    rows += [members for _, members in open_rows]
    random.Random(6).shuffle(rows)
    tokens = numpy.zeros((len(rows), row), dtype=numpy.uint16)
    documents = numpy.zeros((len(rows), row), dtype=numpy.uint8)
    learned = numpy.zeros((len(rows), row), dtype=numpy.uint8)
    for number, members in enumerate(rows):
        at = 0
        for document, index in enumerate(members, start=1):
            ids, mask = sequences[index]
            tokens[number, at : at + len(ids)] = ids
            documents[number, at : at + len(ids)] = document
            learned[number, at : at + len(ids)] = mask
            at += len(ids)
    used = int((documents > 0).sum())
    print(f"{dialogues.name}: {len(sequences)} dialogues ({dropped} too long) in {len(rows)} rows, {used / 1e6:.1f} M tokens, {used / tokens.size:.1%} full, {int(learned.sum()) / used:.1%} learned")
    return {"tokens": tokens, "documents": documents, "learned": learned}


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    wanted = sys.argv[2:] or PARTS
    tokenizer = load(folder / "tokenizer.json")
    questions = loose(folder / "tokenizer.json")
    parts = [pack(folder / f"{name}.jsonl", tokenizer, questions if name != "first" else None, cuts=name != "first") for name in PARTS if name in wanted]
    whole = {name: numpy.concatenate([part[name] for part in parts]) for name in parts[0]}
    counts = iter([len(part["tokens"]) for part in parts])
    numpy.savez(folder / "half.npz", **whole, sizes=[next(counts) if name in wanted else 0 for name in PARTS])
    (folder / "half.npz").replace(folder / "packed.npz")  # Whole or not there.
