import { html, raw } from "hono/html";

/** HTML whose variable parts are escaped. */
export type Markup = ReturnType<typeof html>;

/** Units of the drawing; the page scales it to its own width. */
export const chartWidth = 720;

/**
 * A drawing with a caption; `description` says what it shows to those who cannot see it. A narrow screen shows `narrow` in its place, where
 * there is one, else a part of the drawing at a time.
 */
export function figure(
  caption: string,
  description: string,
  height: number,
  drawing: readonly Markup[],
  narrow?: Markup,
): Markup {
  return html`<figure${narrow ? raw(' class="bars"') : ""}>
    <figcaption>${caption}</figcaption>
    <div class="drawing" tabindex="0">
      <svg viewBox="0 0 ${chartWidth} ${height}" role="img" aria-label="${caption}: ${description}">${drawing}</svg>
    </div>
    ${narrow ?? ""}
  </figure>`;
}

/** Cuts a label that has no room; the whole one is shown when the pointer rests on it. */
export function cutLabel(label: string, charsMax: number): string {
  return label.length <= charsMax ? label : `${label.slice(0, charsMax - 1).trimEnd()}…`;
}

/** Room that texts take, in units of the drawing: 7 for a character of 13 units, and a gap. */
export function widthOf(texts: readonly string[], gap: number): number {
  return Math.max(0, ...texts.map((text) => text.length)) * 7 + gap;
}
