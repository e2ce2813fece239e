/**
 * What rendering a template may cost. A template from elsewhere is a stranger's program, and callers choose what it loops over;
 * so its work is counted: a step for each part of it that is evaluated, for each value that a filter looks at, and for every 64
 * characters that are read or made. A step takes about 0.1 µs.
 *
 * Rendering is synchronous, so the count that applies is found here rather than handed through a hundred functions.
 */
export function withinSteps<T>(steps: number, render: () => T, given: GivenBound = {}): T {
  const before = counting;
  const { valuesMax = Infinity, textsCount = true } = given;
  const charsPerValue = textsCount ? valueChars : Infinity;
  counting = { left: steps, most: steps, level: 0, valuesLeft: valuesMax, valuesMax, charsPerValue };
  try {
    return render();
  } finally {
    counting = before;
  }
}

/** How much a template may be given. */
export interface GivenBound {
  valuesMax?: number | undefined;
  /** Long texts count as several values; false where a prompt is only counted, which may have any length. */
  textsCount?: boolean | undefined;
}

/** Throws `RenderTooLarge` when no steps are left. */
export function spend(steps: number): void {
  if ((counting.left -= steps) < 0)
    throw new RenderTooLarge(`rendering takes more than ${Math.round(counting.most)} steps`);
}

/** A step that may take others within it, such as the items of a list. Each is left by `leave`, or by `returnTo` after a throw. */
export function enter(): void {
  spend(1);
  if (++counting.level > levelsMax) throw new RangeError(`expressions or values nest deeper than ${levelsMax} levels`);
}

export function leave(): void {
  counting.level--;
}

/** How many steps have been entered and not left. */
export function currentLevel(): number {
  return counting.level;
}

export function returnTo(level: number): void {
  counting.level = level;
}

export function spendChars(chars: number): void {
  spend(chars / 64);
}

export class RenderTooLarge extends Error {}

/** What is given has more values than a prompt could hold. */
export class TooManyValues extends RenderTooLarge {}

/** Whatever is given to a template may be looked at so often: each value a hundred times, and each text sixteen times. */
export function allowValue(chars: number): void {
  countGiven(1 + chars / counting.charsPerValue);
  const steps = 100 + chars / 4;
  counting.left += steps;
  counting.most += steps;
}

/** Counts a text before it is read. Throws `TooManyValues`. */
export function countText(chars: number): void {
  countGiven(chars / counting.charsPerValue);
}

function countGiven(values: number): void {
  if ((counting.valuesLeft -= values) >= 0) return;
  throw new TooManyValues(
    `texts, tools and arguments of more than ${counting.valuesMax} values, ${valueChars} characters of a text counted as one`,
  );
}

/** Texts of prompts have 2 to 6 characters for each token, code with its white space a few more. */
const valueChars = 64;

/** Begins to count values and levels anew, for the same history in another form. */
export function recount(): void {
  counting.valuesLeft = counting.valuesMax;
  counting.level = 0;
}

/** As many values as a model's context could hold, since each is a token or more of a prompt; and those of large tools for small ones. */
export function valuesMaxFor(contextTokens: number): number {
  return Math.max(50_000, contextTokens);
}

/** Beside what is given: real templates need less than 5,000, and 100 for each turn. This leaves room for turns that look at others. */
export const renderStepsMax = 1_000_000;

/** Small trials take about a thousand. */
export const trialStepsMax = 100_000;

/** Blocks within blocks, macros called by macros: each makes a scope, and names are looked up through all of them. */
export const nestingMax = 250;

/**
 * Expressions within expressions and values within values, together, since they share the stack, which takes four times as many.
 * What callers give has at most 256 levels, and real templates add a few dozen; lists that hold themselves have no end.
 */
const levelsMax = 1_500;

/** Real templates are shorter than 64 KiB. */
export const templateCharsMax = 256 * 1024;

let counting = {
  left: Infinity,
  most: Infinity,
  level: 0,
  valuesLeft: Infinity,
  valuesMax: Infinity,
  charsPerValue: Infinity,
};
