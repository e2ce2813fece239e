import type { Fit } from "./fit.ts";
import type { ModelProfile } from "./model-profile.ts";

const whole = (count: number) => count.toLocaleString("en-US");

/** What readers of a fit must know beside its numbers, each a sentence. `contextTokens` is what was asked for, `hostSize` accelerators of a host. */
export function fitNotes(
  model: ModelProfile,
  fits: readonly Fit[],
  { contextTokens, hostSize }: { contextTokens: number; hostSize: number },
): readonly string[] {
  return [
    ...contextNotes(model, contextTokens),
    ...windowNotes(model),
    ...fits.flatMap((one) => needNotes(one, hostSize)),
  ];
}

function contextNotes({ name, contextTokensMax: most }: ModelProfile, asked: number): string[] {
  if (most === undefined) return [`Its file does not say how long a context ${name} has.`];
  if (asked <= most) return [`${name} has a context of ${whole(most)} tokens at most.`];
  return [
    `${name} has a context of ${whole(most)} tokens at most, so ${whole(most)} are counted with, not ${whole(asked)}.`,
  ];
}

function windowNotes({ attention: { keptNumbersPerToken, windows } }: ModelProfile): string[] {
  const all = windows.reduce((sum, window) => sum + window.keptNumbersPerToken, keptNumbersPerToken);
  return windows.map(
    ({ tokens, keptNumbersPerToken: kept }) =>
      `Layers with a window keep only the last ${whole(tokens)} tokens: ${Math.round((kept / all) * 100)} % of what a token takes at first.`,
  );
}

/** Only where it does not fit on what there is, or on one host. */
function needNotes(
  { precision, isFitting, accelerators, acceleratorsNeeded, hostsNeeded }: Fit,
  hostSize: number,
): string[] {
  if (isFitting && hostsNeeded === 1) return [];
  const needed = `it needs ${acceleratorsNeeded} accelerators, ${hostsNeeded === 1 ? "1 node" : `${hostsNeeded} nodes`} of ${hostSize}`;
  return [isFitting ? `In ${precision} ${needed}.` : `In ${precision} it does not fit on ${accelerators}: ${needed}.`];
}
