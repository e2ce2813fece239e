export interface Candidate {
  name: string;
  /** What its end makes free. */
  bytes: number;
  isInUse: boolean;
  /** 0 while it is in use. */
  idleMs: number;
  /** What it costs to load it again. */
  loadMs: number;
  /** Requests lately. */
  rate: number;
}

/**
 * The models whose end makes so much room, or none where all of them would not do. The least valuable go first: those idle for longest, where
 * a second of idleness weighs the less the longer a model takes to load and the more it was asked lately: `idle / (load time × (1 + requests))`.
 * Idle ones go before those in use. Who turns out not to be needed stays, the most valuable first.
 */
export function chooseVictims(candidates: readonly Candidate[], bytes: number): Candidate[] {
  const cost = ({ loadMs, rate }: Candidate) => Math.max(1, loadMs) * (1 + rate);
  const ordered = candidates.toSorted(
    (one, other) =>
      Number(one.isInUse) - Number(other.isInUse) ||
      (other.idleMs + 1) / cost(other) - (one.idleMs + 1) / cost(one) ||
      (one.name < other.name ? -1 : 1),
  );
  const chosen: Candidate[] = [];
  let room = 0;
  for (const candidate of ordered) {
    if (room >= bytes) break;
    chosen.push(candidate);
    room += candidate.bytes;
  }
  if (room < bytes) return [];
  return chosen
    .toReversed()
    .filter((candidate) => {
      if (room - candidate.bytes < bytes) return true;
      room -= candidate.bytes;
      return false;
    })
    .toReversed();
}
