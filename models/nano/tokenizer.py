"""Trains nano's tokenizer: byte-level BPE over three scripts, with digits alone, and encodes dialogues with it."""

import collections
import itertools
import json
import pathlib
import random
import re
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

sys.path.insert(0, str(pathlib.Path(__file__).parent / "data"))
from skills import CITIES, NAMES
from words import WORDS

VOCABULARY = 4096
BEGIN, END, SYSTEM, USER, ASSISTANT, TOOL, END_OF_TURN = SPECIALS = [
    "<|sahab_begin|>", "<|sahab_end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>", "<|end_turn|>",
]
# llama.cpp's pre-tokenizer "qwen2".
PRE = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"

CHAT_TEMPLATE = """{{- bos_token }}
{%- if tools %}
{{- '<|system|>' }}
{%- if messages and messages[0].role == 'system' %}{{- messages[0].content + '\\n' }}{%- endif %}
{{- 'Tools:\\n' }}
{%- for tool in tools %}{{- tool | tojson }}{{- '\\n' }}{%- endfor %}
{{- 'Call a tool by <tool_call>{"name": ..., "arguments": {...}}</tool_call><|end_turn|>' }}
{%- endif %}
{%- for message in messages %}
{%- if not (tools and loop.first and message.role == 'system') %}
{{- '<|' + ('system' if message.role == 'developer' else message.role) + '|>' }}
{%- if message.content %}{{- message.content }}{%- endif %}
{%- if message.tool_calls %}
{%- for call in message.tool_calls %}
{{- '<tool_call>{"name": ' + (call.function.name | tojson) + ', "arguments": ' + (call.function.arguments | tojson) + '}</tool_call>' }}
{%- endfor %}
{%- endif %}
{{- '<|end_turn|>' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|assistant|>' }}{%- endif %}"""


# To train: letters by themselves. A word is then cut in the same way after a space, a quote or a colon, and to say it back is
# to write the same tokens; with "qwen2" alone, `" name"`, `"\"name"` and `"name"` had nothing in common.
LETTERS = r"\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
WEIGHT = 300
PHRASES = 600  # Merges of a space and a common word, or of two common Han characters: the last, so that they cut no word anew.
HAN = re.compile("[\u4e00-\u9fff]")
HAN_RUN = re.compile("[\u4e00-\u9fff]{2,}")
SPACED = re.compile(r" ([^\W\d_]+)")


def train(dialogues: pathlib.Path, target: pathlib.Path, sample: int = 60_000) -> Tokenizer:
    texts = list(fair_texts(dialogues, sample))
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(LETTERS), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(SPECIALS) - PHRASES,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[],
        show_progress=False,
    )
    # Chinese has no spaces between words: each character by itself, else whole sentences became tokens.
    prose = (HAN_RUN.sub(lambda run: "\n".join(run.group()), text) for text in texts)
    tokenizer.train_from_iterator(itertools.chain(prose, said_back() * WEIGHT), trainer)
    saved = json.loads(tokenizer.to_str())
    vocabulary, merges = saved["model"]["vocab"], saved["model"]["merges"]
    for left, right in itertools.islice(common_pairs(texts, vocabulary), VOCABULARY - len(SPECIALS) - len(vocabulary)):
        merges.append([left, right])
        vocabulary[left + right] = len(vocabulary)
    tokenizer = assembled(vocabulary, merges)
    assert tokenizer.get_vocab_size() == VOCABULARY, tokenizer.get_vocab_size()
    tokenizer.save(str(target))
    return tokenizer


def assembled(vocabulary: dict[str, int], merges: list) -> Tokenizer:
    """A tokenizer of these tokens and pairs to merge, in order. vocabulary: without the chat markers, which come after it."""
    tokenizer = Tokenizer(models.BPE(vocabulary, [tuple(merge) for merge in merges]))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(PRE), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in SPECIALS])
    return tokenizer


def fair_texts(dialogues: pathlib.Path, sample: int):
    """Each distinct message once, and half of the distinct answers."""
    seen: set[str] = set()
    with open(dialogues) as file:
        for line, _ in zip(file, range(sample)):
            for message in json.loads(line):
                text = message["content"]
                if text not in seen and not (message["role"] == "assistant" and random.random() < 0.5):
                    seen.add(text)
                    yield text


def said_back() -> list[str]:
    """The words of the exercises, so that most of them are one token each."""
    return [*NAMES, *CITIES, *(part for word in WORDS for form in word for part in form.split())]


def common_pairs(texts: list[str], vocabulary: dict[str, int]):
    """Pairs of tokens that often stand together in prose, the commonest first; none inside or across a word that is said back."""
    words = set(said_back())
    han = set("".join(words))
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)

    def written(text: str) -> str:
        return level.pre_tokenize_str(text)[0][0]

    counts: collections.Counter = collections.Counter()
    for text in texts:
        for word in SPACED.findall(text):
            if not HAN.match(word) and word not in words:
                counts[" ", word] += 1
        for run in HAN_RUN.findall(text):
            counts.update(pair for pair in zip(run, run[1:]) if not set(pair) <= han)
    for (left, right), _ in counts.most_common():
        left, right = written(left), written(right)
        if left in vocabulary and right in vocabulary and left + right not in vocabulary:
            yield left, right


def load(path: pathlib.Path) -> Tokenizer:
    return Tokenizer.from_file(str(path))


def loose(path: pathlib.Path, share: float = 0.1) -> Tokenizer:
    """A tokenizer that leaves out this share of its merges, drawn anew for each text: a word is then seen cut in many ways (BPE dropout, Provilkov et al. 2020)."""
    tokenizer = load(path)
    tokenizer.model.dropout = share
    return tokenizer


def encode(tokenizer: Tokenizer, messages: list[dict], questions: Tokenizer | None = None) -> tuple[list[int], list[int]]:
    """Token ids as the chat template lays them out, and which of them the model is to learn to write. questions: cuts the users' words instead."""
    ids, learned = [tokenizer.token_to_id(BEGIN)], [0]
    end = tokenizer.token_to_id(END_OF_TURN)
    for message in messages:
        cutter = questions if questions and message["role"] == "user" else tokenizer
        content = cutter.encode(message["content"], add_special_tokens=False).ids
        ids += [tokenizer.token_to_id(f"<|{message['role']}|>"), *content, end]
        learned += [0] + [1 if message["role"] == "assistant" else 0] * (len(content) + 1)
    return ids, learned


def prompt_ids(tokenizer: Tokenizer, messages: list[dict]) -> list[int]:
    return encode(tokenizer, messages)[0] + [tokenizer.token_to_id(ASSISTANT)]


if __name__ == "__main__":
    random.seed(3)
    folder = pathlib.Path(sys.argv[1])
    tokenizer = train(folder / "dialogues.jsonl", folder / "tokenizer.json")
    sizes: dict[str, list[int]] = {}
    with open(folder / "evaluation.jsonl") as file:
        for line in file:
            row = json.loads(line)
            text = row["question"] + " " + row["answer"]
            size = sizes.setdefault(row["language"], [0, 0, 0])
            size[0] += len(text)
            size[1] += len(text.encode())
            size[2] += len(tokenizer.encode(text, add_special_tokens=False).ids)
    for language, (characters, size, tokens) in sizes.items():
        print(f"{language}: {characters / tokens:.2f} characters, {size / tokens:.2f} bytes a token")
