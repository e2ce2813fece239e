import { expect } from "bun:test";
import type { Page } from "playwright-core";

/** Fails where the page is wider than its window, so that one has to scroll sideways; names what sticks out. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const wide = await page.locator("html").evaluate((html) => {
    const { clientWidth, scrollWidth } = html;
    if (scrollWidth <= clientWidth) return [];
    return [...html.querySelectorAll("body *")]
      .filter((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        return width > 0 && (right > clientWidth + 1 || left < -1);
      })
      .slice(0, 5)
      .map((element) => element.outerHTML.slice(0, 150));
  });
  expect({ url: page.url(), wide }).toEqual({ url: page.url(), wide: [] });
}
