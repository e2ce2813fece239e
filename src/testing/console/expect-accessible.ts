import { AxeBuilder } from "@axe-core/playwright";
import { expect } from "bun:test";
import type { Page } from "playwright-core";

/** Fails where axe finds a serious or critical problem in the page as it is now. `rules` are axe's names of those to try, by default all. */
export async function expectAccessible(page: Page, rules?: string[]): Promise<void> {
  // The other mode opens a page of its own each time, for the sake of frames, which the console does not have.
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
  const serious = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html, failureSummary }) => ({ html, failureSummary })) }));
  expect({ url: page.url(), serious }).toEqual({ url: page.url(), serious: [] });
}
