"""Two optimisers in one: matrices move by the orthogonalised direction of their momentum (Muon), all else by AdamW."""

import torch

from model import FAST


def orthogonalise(matrix: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """The nearest matrix with all singular values near one, by Newton and Schulz's iteration. Takes a batch, too."""
    tall = matrix.shape[-2] > matrix.shape[-1]
    x = matrix.to(FAST)
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        square = x @ x.mT
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    def __init__(self, matrices, others, matrix_rate=0.02, rate=0.003, momentum=0.95, betas=(0.9, 0.98), decay=0.01):
        groups = [
            {"params": matrices, "peak": matrix_rate, "lr": 0.0, "is_matrix": True},
            {"params": others, "peak": rate, "lr": 0.0, "is_matrix": False},
        ]
        super().__init__(groups, {"momentum": momentum, "betas": betas, "decay": decay})

    @torch.no_grad()
    def step(self, share: float) -> None:
        """share: of each group's peak rate."""
        for group in self.param_groups:
            rate = group["peak"] * share
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                if group["is_matrix"]:
                    self.move_matrix(weight, rate, group)
                else:
                    self.move_other(weight, rate, group)

    def move_matrix(self, weight, rate, group) -> None:
        state = self.state[weight]
        if not state:
            state["momentum"] = torch.zeros_like(weight)
        state["momentum"].lerp_(weight.grad, 1 - group["momentum"])
        direction = orthogonalise(weight.grad.lerp(state["momentum"], group["momentum"])).to(weight.dtype)
        # An update of the same size for each number of a tall matrix as for those of a square one.
        size = max(1.0, weight.shape[-2] / weight.shape[-1]) ** 0.5
        weight.mul_(1 - rate * group["decay"]).add_(direction, alpha=-rate * size)

    def move_other(self, weight, rate, group) -> None:
        state = self.state[weight]
        if not state:
            state.update(step=0, mean=torch.zeros_like(weight), square=torch.zeros_like(weight))
        state["step"] += 1
        first, second = group["betas"]
        state["mean"].lerp_(weight.grad, 1 - first)
        state["square"].mul_(second).addcmul_(weight.grad, weight.grad, value=1 - second)
        scale = (1 - second ** state["step"]) ** 0.5 / (1 - first ** state["step"])
        weight.addcdiv_(state["mean"], state["square"].sqrt().add_(1e-9), value=-rate * scale)
