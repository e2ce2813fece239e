/**
 * What rendering a template may cost. A template from elsewhere is a stranger's program, and callers choose what it loops over;
 * so its work is counted: a step for each part of it that is evaluated, for each value that a filter looks at, and for every 64
 * characters that are read or made. A step takes about 0.1 µs.
 *
 * Rendering is synchronous, so the count that applies is found here rather than handed through a hundred functions.
 */
export function withinSteps<T>(steps: number, render: () => T): T {
  const before = counting;
  counting = { left: steps, most: steps };
  try {
    return render();
  } finally {
    counting = before;
  }
}

/** Throws `RenderTooLarge` when no steps are left. */
export function spend(steps: number): void {
  if ((counting.left -= steps) < 0) throw new RenderTooLarge(counting.most);
}

export function spendChars(chars: number): void {
  spend(chars / 64);
}

export class RenderTooLarge extends Error {
  constructor(steps: number) {
    super(`rendering takes more than ${Math.round(steps)} steps`);
  }
}

/** Whatever is given to a template may be looked at so often: each value a hundred times, and each text sixteen times. */
export function allowValue(chars: number): void {
  const steps = 100 + chars / 4;
  counting.left += steps;
  counting.most += steps;
}

/** Beside what is given: real templates need less than 5,000, and 100 for each turn. This leaves room for turns that look at others. */
export const renderStepsMax = 1_000_000;

/** Small trials take about a thousand. */
export const trialStepsMax = 100_000;

/** Blocks within blocks, macros called by macros: each makes a scope, and names are looked up through all of them. */
export const nestingMax = 250;

/** Real templates are shorter than 64 KiB. */
export const templateCharsMax = 256 * 1024;

let counting = { left: Infinity, most: Infinity };
