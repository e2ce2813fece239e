"""Trains nano's tokenizer: byte-level BPE over three scripts, with digits alone, and encodes dialogues with it."""

import json
import pathlib
import random
import re
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

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


def train(dialogues: pathlib.Path, target: pathlib.Path, sample: int = 60_000) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(PRE), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[],
        show_progress=False,
    )
    tokenizer.train_from_iterator(fair_text(dialogues, sample), trainer)
    saved = json.loads(tokenizer.to_str())
    # The chat markers come last, in the places of the rarest merges.
    merges = saved["model"]["merges"][: VOCABULARY - len(SPECIALS) - 256]
    keep = dict(sorted(saved["model"]["vocab"].items(), key=lambda item: item[1])[: VOCABULARY - len(SPECIALS)])
    saved["model"]["merges"], saved["model"]["vocab"] = merges, keep
    tokenizer = Tokenizer.from_str(json.dumps(saved))
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in SPECIALS])
    assert tokenizer.get_vocab_size() == VOCABULARY, tokenizer.get_vocab_size()
    tokenizer.save(str(target))
    return tokenizer


def fair_text(dialogues: pathlib.Path, sample: int):
    """Each distinct message once. Chinese has no spaces between words, so it's offered in pairs of characters: else whole sentences became tokens."""
    seen: set[str] = set()
    with open(dialogues) as file:
        for line, _ in zip(file, range(sample)):
            for message in json.loads(line):
                text = message["content"]
                if text in seen or (message["role"] == "assistant" and random.random() < 0.5):
                    continue
                seen.add(text)
                yield text if not HAN.search(text) else HAN_RUN.sub(lambda run: split_pairs(run.group()), text)


HAN = re.compile("[\u4e00-\u9fff]")
HAN_RUN = re.compile("[\u4e00-\u9fff]{3,}")


def split_pairs(run: str) -> str:
    start = random.randrange(2)
    pieces = [run[:start]] + [run[i : i + 2] for i in range(start, len(run), 2)]
    return "\n".join(piece for piece in pieces if piece)


def load(path: pathlib.Path) -> Tokenizer:
    return Tokenizer.from_file(str(path))


def encode(tokenizer: Tokenizer, messages: list[dict]) -> tuple[list[int], list[int]]:
    """Token ids as the chat template lays them out, and which of them the model is to learn to write."""
    ids, learned = [tokenizer.token_to_id(BEGIN)], [0]
    end = tokenizer.token_to_id(END_OF_TURN)
    for message in messages:
        content = tokenizer.encode(message["content"], add_special_tokens=False).ids
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
