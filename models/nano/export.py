"""Writes a trained nano as GGUF, with the tensors and metadata that llama.cpp's `deepseek2` expects, and the tests' fixture."""

import argparse
import json
import pathlib

import gguf
import numpy
import torch

from examine import Examination, preamble
from model import Nano, Shape
from tokenizer import BEGIN, CHAT_TEMPLATE, END, END_OF_TURN, SPECIALS, load, prompt_ids

KIND = gguf.GGMLQuantizationType


def load_model(folder: pathlib.Path) -> Nano:
    saved = torch.load(folder / "checkpoint.pt", weights_only=True)
    model = Nano(Shape(**saved["shape"]))
    model.load_state_dict(saved["model"])
    return model.eval()


def tensors(model: Nano):
    """Names and weights in checkpoint order, rows first; gguf writes the dimensions the other way round."""
    s = model.shape
    yield "token_embd.weight", model.embedding
    yield "output_norm.weight", model.norm.weight
    for number, block in enumerate(model.blocks):
        name = f"blk.{number}."
        attention, feed = block.attention, block.feed_forward
        yield name + "attn_norm.weight", block.attention_norm.weight
        yield name + "ffn_norm.weight", block.feed_forward_norm.weight
        yield name + "attn_q_a.weight", attention.q_a
        yield name + "attn_q_a_norm.weight", attention.q_a_norm.weight
        yield name + "attn_q_b.weight", attention.q_b
        yield name + "attn_kv_a_mqa.weight", attention.kv_a
        yield name + "attn_kv_a_norm.weight", attention.kv_a_norm.weight
        keys, values = attention.kv_b.view(s.heads, s.nope + s.value, s.kv_rank).split([s.nope, s.value], dim=1)
        yield name + "attn_k_b.weight", keys.transpose(1, 2)  # The transpose of how checkpoints store it.
        yield name + "attn_v_b.weight", values
        yield name + "attn_output.weight", attention.output
        if number < s.dense_layers:
            gate, up = feed.gate_up.chunk(2, dim=0)
            yield name + "ffn_gate.weight", gate
            yield name + "ffn_up.weight", up
            yield name + "ffn_down.weight", feed.down
            continue
        yield name + "ffn_gate_inp.weight", feed.router
        yield name + "exp_probs_b.bias", feed.bias
        gate, up = feed.gate_up.chunk(2, dim=1)
        yield name + "ffn_gate_exps.weight", gate
        yield name + "ffn_up_exps.weight", up
        yield name + "ffn_down_exps.weight", feed.down
        gate, up = feed.shared.gate_up.chunk(2, dim=0)
        yield name + "ffn_gate_shexp.weight", gate
        yield name + "ffn_up_shexp.weight", up
        yield name + "ffn_down_shexp.weight", feed.shared.down


def kind_of(name: str, weight: torch.Tensor, wanted: KIND) -> KIND:
    """Norms, routers and their biases decide much with few numbers: they stay whole."""
    if weight.ndim == 1 or "ffn_gate_inp" in name:
        return KIND.F32
    return wanted if wanted != KIND.Q8_0 or weight.shape[-1] % 32 == 0 else KIND.F16


def export(model: Nano, tokenizer_path: pathlib.Path, target: pathlib.Path, wanted: KIND) -> None:
    s = model.shape
    writer = gguf.GGUFWriter(target, "deepseek2")
    writer.add_name("Sahab nano")
    writer.add_author("The Sahab project")
    writer.add_license("Apache-2.0")
    writer.add_description("A small guide to Sahab in DeepSeek-V3's architecture, trained from scratch")
    writer.add_file_type({KIND.F32: gguf.LlamaFileType.ALL_F32, KIND.F16: gguf.LlamaFileType.MOSTLY_F16, KIND.Q8_0: gguf.LlamaFileType.MOSTLY_Q8_0}[wanted])
    writer.add_float32("general.sampling.temp", 0.2)  # What Sahab takes when a request names no temperature: facts first.
    writer.add_context_length(s.context)
    writer.add_block_count(s.layers)
    writer.add_leading_dense_block_count(s.dense_layers)
    writer.add_embedding_length(s.hidden)
    writer.add_feed_forward_length(s.feed_forward)
    writer.add_head_count(s.heads)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_rms_eps(s.epsilon)
    writer.add_q_lora_rank(s.q_rank)
    writer.add_kv_lora_rank(s.kv_rank)
    writer.add_key_length(s.kv_rank + s.rope)
    writer.add_value_length(s.kv_rank)
    writer.add_key_length_mla(s.nope + s.rope)
    writer.add_value_length_mla(s.value)
    writer.add_rope_dimension_count(s.rope)
    writer.add_rope_freq_base(s.rope_base)
    writer.add_expert_count(s.experts)
    writer.add_expert_used_count(s.experts_used)
    writer.add_expert_shared_count(s.experts_shared)
    writer.add_expert_feed_forward_length(s.expert_feed_forward)
    writer.add_expert_weights_scale(s.expert_scale)
    writer.add_expert_weights_norm(True)
    writer.add_expert_gating_func(gguf.ExpertGatingFuncType.SIGMOID)
    writer.add_vocab_size(s.vocabulary)

    tokenizer = load(tokenizer_path)
    ids = {text: tokenizer.token_to_id(text) for text in SPECIALS}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([tokenizer.id_to_token(number) for number in range(s.vocabulary)])
    controls = set(ids.values())
    writer.add_token_types([gguf.TokenType.CONTROL if number in controls else gguf.TokenType.NORMAL for number in range(s.vocabulary)])
    saved = json.loads(tokenizer.to_str())
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in saved["model"]["merges"]])
    writer.add_bos_token_id(ids[BEGIN])
    writer.add_eos_token_id(ids[END])
    writer.add_eot_token_id(ids[END_OF_TURN])
    writer.add_pad_token_id(ids[END])
    writer.add_add_bos_token(True)
    writer.add_chat_template(CHAT_TEMPLATE)

    for name, weight in tensors(model):
        kind = kind_of(name, weight, wanted)
        data = weight.detach().float().contiguous().numpy()
        if kind == KIND.Q8_0:
            writer.add_tensor(name, gguf.quants.quantize(data, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, data.astype(numpy.float16 if kind == KIND.F16 else numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    print(f"{target}: {target.stat().st_size / 1e6:.2f} MB")


@torch.no_grad()
def continue_greedily(model: Nano, prompts: list[list[int]], end: int, most: int = 200) -> list[list[int]]:
    """What the model writes after each prompt. Each token reads all before it anew: they are short, and up to 24 of about a length go together."""
    texts = [list(ids) for ids in prompts]
    order = sorted(range(len(prompts)), key=lambda place: len(prompts[place]))
    while order:
        longest = 2 * len(prompts[order[0]])
        going = [place for place in order[:24] if len(prompts[place]) <= longest]
        order = order[len(going) :]
        for _ in range(most):
            width = max(len(texts[place]) for place in going)
            tokens = torch.tensor([texts[place] + [0] * (width - len(texts[place])) for place in going])
            hidden = model.hidden_states(tokens, torch.ones(width, width, dtype=torch.bool).tril())
            last = hidden[torch.arange(len(going)), torch.tensor([len(texts[place]) - 1 for place in going])]
            chosen = dict(zip(going, torch.nn.functional.linear(model.norm(last), model.embedding).argmax(-1).tolist()))
            going = [place for place in going if chosen[place] != end]
            for place in going:
                texts[place].append(chosen[place])
            if not going:
                break
    return [ids[len(prompt) :] for ids, prompt in zip(texts, prompts)]


@torch.no_grad()
def write_fixture(model: Nano, folder: pathlib.Path, target: pathlib.Path, probabilities: pathlib.Path) -> None:
    """What ships with the model holds the likeliest eight tokens after each prompt; `probabilities` has them all, case by case."""
    tokenizer = load(folder / "tokenizer.json")
    end = tokenizer.token_to_id(END_OF_TURN)
    rows = [json.loads(line) for line in open(folder / "evaluation.jsonl")]
    prompts, counts = [], {}
    for row in rows:  # A few of each kind and language, as the evaluation has them.
        key = (row["kind"], row["language"])
        counts[key] = counts.get(key, 0) + 1
        if counts[key] <= (10 if row["kind"] in ("sahab", "unknown") else 2):
            prompts.append(row)
    every_ids = [prompt_ids(tokenizer, [*preamble(row), {"role": "user", "content": row["question"]}]) for row in prompts]
    cases, every = [], []
    for row, ids, made in zip(prompts, every_ids, continue_greedily(model, every_ids, end)):
        count = len(ids)
        logits = model.logits(torch.tensor([ids]), torch.ones(count, count, dtype=torch.bool).tril())[0, -1]
        shares = torch.softmax(logits.double(), -1)
        likely = torch.topk(shares, 8)
        every.append([round(share, 7) for share in shares.tolist()])
        cases.append(
            {
                "kind": row["kind"], "language": row["language"], "question": row["question"],
                **({"tools": row["expect"]["tools"]} if "tools" in row["expect"] else {}),
                "prompt_tokens": ids,
                "next": [[int(token), round(float(share), 7)] for token, share in zip(likely.indices, likely.values)],
                "greedy": tokenizer.decode(made, skip_special_tokens=False),
            }
        )
    target.write_text("{\"cases\": [\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]}\n")
    probabilities.write_text(json.dumps(every))
    print(f"{target}: {len(cases)} prompts")


def write_load(model: Nano, folder: pathlib.Path, target: pathlib.Path) -> None:
    """How even the experts' load is on the evaluation, in f32: least and most of an even share, of any expert in any layer."""
    least, most = Examination(folder).run(model)["load"]
    target.write_text(json.dumps([least, most]))
    if least < 0.5 or most > 2:
        raise SystemExit(f"the experts' load is uneven: {least} to {most} of an even share, wanted 0.5 to 2")


def write_texts(folder: pathlib.Path, target: pathlib.Path, most: int = 60_000) -> None:
    """Texts with their tokens, to hold llama.cpp's tokenizer against: those of the data, and some that try to be awkward."""
    tokenizer = load(folder / "tokenizer.json")
    texts = dict.fromkeys(AWKWARD)
    for line, _ in zip(open(folder / "dialogues.jsonl"), range(most)):
        texts.update(dict.fromkeys(message["content"] for message in json.loads(line)))
    rows = [{"text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids} for text in texts]
    target.write_text(json.dumps(rows, ensure_ascii=False))


AWKWARD = ["  a  b\n\n\tc", "it's I'LL don't", "١٢٣ مُحَمَّد", "日本語テスト 12345", "emoji 😀👍🏽", "a\r\nb  \n c", "x=1;y='2'//é", "\u200fabc\u00a0d"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("target", type=pathlib.Path)
    parser.add_argument("--type", default="Q8_0", choices=["F32", "F16", "Q8_0"])
    parser.add_argument("--fixture", type=pathlib.Path, nargs=2, metavar=("CASES", "PROBABILITIES"))
    parser.add_argument("--load", type=pathlib.Path)
    parser.add_argument("--texts", type=pathlib.Path)
    arguments = parser.parse_args()
    model = load_model(arguments.folder)
    export(model, arguments.folder / "tokenizer.json", arguments.target, KIND[arguments.type])
    if arguments.fixture:
        write_fixture(model, arguments.folder, *arguments.fixture)
    if arguments.load:
        write_load(model, arguments.folder, arguments.load)
    if arguments.texts:
        write_texts(arguments.folder, arguments.texts)
