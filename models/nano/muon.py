"""Two optimisers in one: matrices move by the orthogonalised direction of their momentum (Muon), all else by AdamW."""

import torch

from model import fast


def orthogonalise(matrix: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """The nearest matrix with all singular values near one, by Newton and Schulz's iteration. Takes a batch, too."""
    tall = matrix.shape[-2] > matrix.shape[-1]
    x = matrix.to(fast(matrix.device))
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
    def step(self, share: float | torch.Tensor) -> None:
        """share: of each group's peak rate; a tensor where the step is recorded once and played again."""
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            move = self.move_matrices if group["is_matrix"] else self.move_others
            move(weights, [weight.grad for weight in weights], torch.as_tensor(group["peak"] * share, device=weights[0].device), group)

    def of_each(self, name: str, weights: list) -> list:
        for weight in weights:
            if name not in self.state[weight]:
                self.state[weight][name] = torch.zeros_like(weight)
        return [self.state[weight][name] for weight in weights]

    def move_matrices(self, weights: list, grads: list, rate: torch.Tensor, group: dict) -> None:
        momenta = self.of_each("momentum", weights)
        torch._foreach_lerp_(momenta, grads, 1 - group["momentum"])
        ahead = torch._foreach_lerp(grads, momenta, group["momentum"])
        torch._foreach_mul_(weights, 1 - rate * group["decay"])
        for shape in dict.fromkeys(weight.shape for weight in weights):  # Those of one shape together.
            same = [place for place, weight in enumerate(weights) if weight.shape == shape]
            # An update of the same size for each number of a tall matrix as for those of a square one.
            size = max(1.0, shape[-2] / shape[-1]) ** 0.5
            moves = orthogonalise(torch.stack([ahead[place] for place in same])).to(rate.dtype) * (rate * size)
            torch._foreach_sub_([weights[place] for place in same], list(moves))

    def move_others(self, weights: list, grads: list, rate: torch.Tensor, group: dict) -> None:
        first, second = group["betas"]
        step = group.setdefault("step", torch.zeros((), device=rate.device))
        step += 1
        means, squares = self.of_each("mean", weights), self.of_each("square", weights)
        torch._foreach_lerp_(means, grads, 1 - first)
        torch._foreach_mul_(squares, second)
        torch._foreach_addcmul_(squares, grads, grads, 1 - second)
        sizes = torch._foreach_sqrt(squares)
        torch._foreach_add_(sizes, 1e-9)
        moves = torch._foreach_div(means, sizes)
        torch._foreach_mul_(moves, rate * (1 - second**step) ** 0.5 / (1 - first**step))
        torch._foreach_sub_(weights, moves)
