interface Vertex {
  at: number[];
  value: number;
}

/**
 * The least value of a function of several positive numbers near a start: the downhill simplex (Nelder and Mead 1965) on
 * their logarithms, begun again from its own result a few times. Deterministic.
 */
export function minimise(
  valueOf: (numbers: readonly number[]) => number,
  start: readonly number[],
  { steps = 250, rounds = 3 }: { steps?: number; rounds?: number } = {},
): { numbers: number[]; value: number } {
  const measure = (at: number[]): Vertex => ({ at, value: valueOf(at.map(Math.exp)) });
  let best = measure(start.map(Math.log));
  for (let round = 0; round < rounds; round += 1) best = descend(measure, best, steps);
  return { numbers: best.at.map(Math.exp), value: best.value };
}

function descend(measure: (at: number[]) => Vertex, start: Vertex, steps: number): Vertex {
  const size = start.at.length;
  let simplex = [start, ...start.at.map((_, axis) => measure(start.at.map((x, i) => x + (i === axis ? 0.2 : 0))))];
  for (let step = 0; step < steps; step += 1) {
    simplex.sort((one, other) => one.value - other.value);
    const [best, worst, second] = [vertex(simplex, 0), vertex(simplex, size), vertex(simplex, size - 1)];
    const centre = start.at.map((_, i) => mean(simplex.slice(0, size).map(({ at }) => at[i] ?? 0)));
    const along = (far: number) => measure(centre.map((x, i) => x + far * (x - (worst.at[i] ?? 0))));
    const reflected = along(1);
    if (reflected.value < best.value) {
      const expanded = along(2);
      simplex[size] = expanded.value < reflected.value ? expanded : reflected;
    } else if (reflected.value < second.value) simplex[size] = reflected;
    else {
      const contracted = along(reflected.value < worst.value ? 0.5 : -0.5);
      if (contracted.value < Math.min(reflected.value, worst.value)) simplex[size] = contracted;
      else simplex = simplex.map(({ at }) => measure(at.map((x, i) => (x + (best.at[i] ?? 0)) / 2)));
    }
  }
  return simplex.reduce((least, each) => (each.value < least.value ? each : least));
}

function vertex(simplex: readonly Vertex[], index: number): Vertex {
  const found = simplex[index];
  if (!found) throw new Error(`Cannot minimise: the simplex has ${simplex.length} corners, corner ${index} is wanted`);
  return found;
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
