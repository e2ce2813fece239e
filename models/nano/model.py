"""DeepSeek-V3's architecture in small: latent attention, a dense layer, then sigmoid-gated mixture-of-experts layers."""

import math
from dataclasses import asdict, dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass
class Shape:
    vocabulary: int = 4096
    hidden: int = 256
    layers: int = 4
    dense_layers: int = 1
    heads: int = 4
    q_rank: int = 96
    kv_rank: int = 128
    nope: int = 48
    rope: int = 16
    value: int = 64
    feed_forward: int = 512
    experts: int = 16
    experts_used: int = 2
    expert_feed_forward: int = 64
    experts_shared: int = 1
    expert_scale: float = 2.5
    rope_base: float = 10_000.0
    epsilon: float = 1e-6
    context: int = 4096

    def to_json(self) -> dict:
        return asdict(self)


# What training multiplies in. Without AVX-512 a product in bfloat16 took 30 times as long as in f32 (21.7 s and 0.61 s).
FAST = torch.bfloat16 if torch.ops.mkldnn._is_mkldnn_bf16_supported() else torch.float32

def fast(device: torch.device) -> torch.dtype:
    return torch.bfloat16 if device.type == "cuda" else FAST


RUN = 64  # Rows of an expert are handled in multiples of this many.


def normalise(x: torch.Tensor, weight: torch.Tensor, epsilon: float) -> torch.Tensor:
    return F.rms_norm(x.float(), (x.shape[-1],), weight, epsilon)


class Norm(nn.Module):
    def __init__(self, size: int, epsilon: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.epsilon = epsilon

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return normalise(x, self.weight, self.epsilon)


def matrix(outputs: int, inputs: int, scale: float = 1.0) -> nn.Parameter:
    return nn.Parameter(torch.randn(outputs, inputs) * scale / math.sqrt(inputs))


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Rotary positions on neighbouring pairs, as llama.cpp does it for this architecture. x: [batch, tokens, heads, rope]."""
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2)


class Attention(nn.Module):
    """Multi-head latent attention: queries, keys and values pass through narrow latents; positions ride on separate numbers."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.q_a = matrix(shape.q_rank, shape.hidden)
        self.q_a_norm = Norm(shape.q_rank, shape.epsilon)
        self.q_b = matrix(shape.heads * (shape.nope + shape.rope), shape.q_rank)
        self.kv_a = matrix(shape.kv_rank + shape.rope, shape.hidden)
        self.kv_a_norm = Norm(shape.kv_rank, shape.epsilon)
        self.kv_b = matrix(shape.heads * (shape.nope + shape.value), shape.kv_rank)
        self.output = matrix(shape.hidden, shape.heads * shape.value, 1 / math.sqrt(2 * shape.layers))

    def forward(self, x, cos, sin, mask):
        s = self.shape
        batch, tokens, _ = x.shape
        q = F.linear(self.q_a_norm(F.linear(x, self.q_a)), self.q_b).view(batch, tokens, s.heads, s.nope + s.rope)
        latent = F.linear(x, self.kv_a)
        kv = F.linear(self.kv_a_norm(latent[..., : s.kv_rank]), self.kv_b).view(batch, tokens, s.heads, s.nope + s.value)
        q_rope = rotate(q[..., s.nope :], cos, sin)
        k_rope = rotate(latent[..., s.kv_rank :].unsqueeze(2), cos, sin).expand(-1, -1, s.heads, -1)
        q = torch.cat((q[..., : s.nope], q_rope), dim=-1).transpose(1, 2)
        k = torch.cat((kv[..., : s.nope], k_rope), dim=-1).transpose(1, 2)
        v = kv[..., s.nope :].transpose(1, 2)
        if x.is_cuda:
            mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask.to(q.dtype))
        else:  # Written out: on a CPU in bfloat16 this takes half the time of scaled_dot_product_attention (28 against 62 ms for 16 rows).
            scores = torch.matmul(q * (s.nope + s.rope) ** -0.5, k.transpose(-1, -2)) + mask
            mixed = torch.matmul(torch.softmax(scores.float(), dim=-1).to(v.dtype), v)
        return F.linear(mixed.transpose(1, 2).reshape(batch, tokens, s.heads * s.value), self.output)


class FeedForward(nn.Module):
    def __init__(self, hidden: int, size: int, layers: int):
        super().__init__()
        self.gate_up = matrix(2 * size, hidden)
        self.down = matrix(hidden, size, 1 / math.sqrt(2 * layers))

    def forward(self, x):
        gate, up = F.linear(x, self.gate_up).chunk(2, dim=-1)
        return F.linear(F.silu(gate) * up, self.down)


class Experts(nn.Module):
    """The chosen experts by sigmoid scores plus a bias that only chooses; it is moved after each step to even out the load."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.router = matrix(shape.experts, shape.hidden)
        self.register_buffer("bias", torch.zeros(shape.experts))
        scale = 1 / math.sqrt(2 * shape.layers)
        size = shape.expert_feed_forward
        self.gate_up = nn.Parameter(torch.stack([matrix(2 * size, shape.hidden).data for _ in range(shape.experts)]))
        self.down = nn.Parameter(torch.stack([matrix(shape.hidden, size, scale).data for _ in range(shape.experts)]))
        self.shared = FeedForward(shape.hidden, size * shape.experts_shared, shape.layers)
        self.register_buffer("counts", torch.zeros(shape.experts), persistent=False)
        self.counted: torch.Tensor | None = None  # Which tokens count for the load; all of them unless told.

    def forward(self, x):
        s = self.shape
        flat = x.reshape(-1, s.hidden)
        scores = torch.sigmoid(F.linear(flat.float(), self.router.float()))
        chosen = torch.topk(scores.detach() + self.bias, s.experts_used, dim=-1).indices
        weights = scores.gather(1, chosen)
        weights = weights / weights.sum(dim=-1, keepdim=True) * s.expert_scale
        if flat.is_cuda:
            return (self.all_experts(flat, torch.zeros_like(scores).scatter(1, chosen, weights.to(scores.dtype))) + self.shared(flat)).view_as(x)
        order = torch.argsort(chosen.flatten(), stable=True)
        counts = torch.bincount(chosen.flatten(), minlength=s.experts)
        self.counts += counts if self.counted is None else torch.bincount(chosen[self.counted].flatten(), minlength=s.experts)
        # Each expert's run of rows is filled up to a multiple of RUN with rows of weight zero: oneDNN compiles a kernel for
        # each new count of rows, and with free counts it never stopped compiling.
        padded = (counts + RUN - 1) // RUN * RUN
        place = torch.arange(order.numel()) + (padded.cumsum(0) - padded - counts.cumsum(0) + counts).repeat_interleave(counts)
        rows = torch.zeros(int(padded.sum()), dtype=torch.long).index_copy(0, place, order // s.experts_used)
        shares = torch.zeros(rows.numel()).index_copy(0, place, weights.flatten()[order])
        dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else flat.dtype
        outputs = GroupedExperts.apply(flat.to(dtype).index_select(0, rows), self.gate_up.to(dtype), self.down.to(dtype), padded.tolist())
        outputs = outputs * shares.unsqueeze(1).to(outputs.dtype)
        mixed = torch.zeros_like(flat, dtype=outputs.dtype).index_add(0, rows, outputs)
        return (mixed + self.shared(flat)).view_as(x)

    def all_experts(self, flat, shares):
        """Every expert on every token, those not chosen with share zero: on a GPU that is quicker than to sort tokens. flat: [tokens, hidden]."""
        s = self.shape
        chosen = shares > 0
        self.counts += (chosen if self.counted is None else chosen[self.counted]).sum(dim=0)
        gate, up = F.linear(flat, self.gate_up.flatten(0, 1)).view(-1, s.experts, 2, s.expert_feed_forward).unbind(2)
        inner = F.silu(gate) * up * shares.unsqueeze(2).to(gate.dtype)
        return F.linear(inner.flatten(1), self.down.transpose(0, 1).flatten(1))

    def balance(self, speed: float) -> None:
        """Moves each bias by `speed` towards an even load of the tokens seen since the last call."""
        self.bias += speed * torch.sign(self.counts.mean() - self.counts)
        self.counts.zero_()


class GroupedExperts(torch.autograd.Function):
    """Each expert on its own run of rows, without a graph of small operations."""

    @staticmethod
    def forward(context, x, gate_up, down, counts):
        hidden = torch.empty(x.shape[0], gate_up.shape[1], dtype=x.dtype)
        start = 0
        for expert, count in enumerate(counts):
            torch.mm(x[start : start + count], gate_up[expert].t(), out=hidden[start : start + count])
            start += count
        gate, up = hidden.chunk(2, dim=-1)
        inner = F.silu(gate) * up
        output = torch.empty_like(x)
        start = 0
        for expert, count in enumerate(counts):
            torch.mm(inner[start : start + count], down[expert].t(), out=output[start : start + count])
            start += count
        context.save_for_backward(x, gate_up, down, hidden, inner)
        context.counts = counts
        return output

    @staticmethod
    def backward(context, grad):
        x, gate_up, down, hidden, inner = context.saved_tensors
        grad = grad.contiguous()
        grad_inner = torch.empty_like(inner)
        grad_down = torch.empty_like(down)
        start = 0
        for expert, count in enumerate(context.counts):
            rows = slice(start, start + count)
            torch.mm(grad[rows], down[expert], out=grad_inner[rows])
            torch.mm(grad[rows].t(), inner[rows], out=grad_down[expert])
            start += count
        gate, up = hidden.chunk(2, dim=-1)
        sigmoid = torch.sigmoid(gate)
        silu = gate * sigmoid
        grad_hidden = torch.cat((grad_inner * up * (sigmoid + silu * (1 - sigmoid)), grad_inner * silu), dim=-1)
        grad_x = torch.empty_like(x)
        grad_gate_up = torch.empty_like(gate_up)
        start = 0
        for expert, count in enumerate(context.counts):
            rows = slice(start, start + count)
            torch.mm(grad_hidden[rows], gate_up[expert], out=grad_x[rows])
            torch.mm(grad_hidden[rows].t(), x[rows], out=grad_gate_up[expert])
            start += count
        return grad_x, grad_gate_up, grad_down, None


class Block(nn.Module):
    def __init__(self, shape: Shape, dense: bool):
        super().__init__()
        self.dropout = 0.0  # Share of the numbers of each branch that training leaves out.
        self.attention_norm = Norm(shape.hidden, shape.epsilon)
        self.attention = Attention(shape)
        self.feed_forward_norm = Norm(shape.hidden, shape.epsilon)
        self.feed_forward = FeedForward(shape.hidden, shape.feed_forward, shape.layers) if dense else Experts(shape)

    def forward(self, x, cos, sin, mask):
        x = x + self.drop(self.attention(self.attention_norm(x), cos, sin, mask))
        return x + self.drop(self.feed_forward(self.feed_forward_norm(x)))

    def drop(self, x):
        return F.dropout(x, self.dropout, self.training) if self.dropout else x


class Nano(nn.Module):
    """The embedding is the output head too. `ahead` predicts the token after next; it helps in training and is not exported."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.embedding = nn.Parameter(torch.randn(shape.vocabulary, shape.hidden) * 0.02)
        self.blocks = nn.ModuleList(Block(shape, index < shape.dense_layers) for index in range(shape.layers))
        self.norm = Norm(shape.hidden, shape.epsilon)
        self.ahead_hidden_norm = Norm(shape.hidden, shape.epsilon)
        self.ahead_token_norm = Norm(shape.hidden, shape.epsilon)
        self.ahead_join = matrix(shape.hidden, 2 * shape.hidden)
        self.ahead_block = Block(shape, dense=False)
        frequencies = shape.rope_base ** (-torch.arange(0, shape.rope, 2, dtype=torch.float64) / shape.rope)
        angles = torch.outer(torch.arange(shape.context, dtype=torch.float64), frequencies)
        self.register_buffer("cos", angles.cos().float()[:, None, :], persistent=False)
        self.register_buffer("sin", angles.sin().float()[:, None, :], persistent=False)

    def hidden_states(self, tokens, mask):
        cos, sin = self.cos[: tokens.shape[1]], self.sin[: tokens.shape[1]]
        mask = self.additive(mask)
        x = self.blocks[0].drop(F.embedding(tokens, self.embedding))
        for block in self.blocks:
            x = block(x, cos, sin, mask)
        return x

    @staticmethod
    def additive(mask):
        device = mask.device.type
        dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else torch.float32
        return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(~mask, -math.inf)

    def drop_out(self, share: float) -> None:
        """In training, leave out this share of the numbers that each branch adds."""
        for block in (*self.blocks, self.ahead_block):
            block.dropout = share

    def logits(self, tokens, mask):
        return F.linear(self.norm(self.hidden_states(tokens, mask)), self.embedding)

    def loss(self, tokens, documents, weights, ahead: bool):
        """Cross entropy of weighted tokens, and of the token after each if `ahead`. documents: which dialogue a token belongs to."""
        count = tokens.shape[1]
        causal = torch.ones(count, count, dtype=torch.bool, device=tokens.device).tril()
        mask = ((documents.unsqueeze(1) == documents.unsqueeze(2)) & causal).unsqueeze(1)
        x = self.hidden_states(tokens, mask)
        main = self.cross_entropy(self.norm(x)[:, :-1], tokens[:, 1:], weights[:, 1:])
        if not ahead:
            return main, None
        joined = torch.cat(
            (self.ahead_hidden_norm(x[:, :-1]), self.ahead_token_norm(F.embedding(tokens[:, 1:], self.embedding))), dim=-1
        )
        cos, sin = self.cos[: count - 1], self.sin[: count - 1]
        y = self.ahead_block(F.linear(joined, self.ahead_join), cos, sin, self.additive(mask[:, :, 1:, 1:]))
        same = documents[:, 2:] == documents[:, :-2]
        return main, self.cross_entropy(self.norm(y)[:, :-1], tokens[:, 2:], weights[:, 2:] * same)

    def cross_entropy(self, hidden, targets, weights):
        if hidden.is_cuda:  # Of all tokens, so that the amount of work is always the same.
            losses = F.cross_entropy(F.linear(hidden, self.embedding).float().flatten(0, 1), targets.flatten(), reduction="none")
            return (losses * weights.flatten()).sum() / weights.sum()
        chosen = weights > 0
        logits = F.linear(hidden[chosen], self.embedding)
        losses = F.cross_entropy(logits.float(), targets[chosen], reduction="none")
        return (losses * weights[chosen]).sum() / weights[chosen].sum()

    def expert_layers(self) -> list[Experts]:
        return [block.feed_forward for block in self.blocks if isinstance(block.feed_forward, Experts)]

    def all_expert_layers(self) -> list[Experts]:
        return [*self.expert_layers(), self.ahead_block.feed_forward]
