import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { must } from "../base/assert.ts";
import { signIn } from "../testing/browser-session.ts";
import { hasChromium, TestBrowser, type PageOptions } from "../testing/console/browser.ts";
import { startExampleCloud, type ExampleCloud } from "../testing/console/example-cloud.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// Pictures of the console with a month of a team's data in it. They are made for the documents by
//   SAHAB_SCREENSHOTS=write npm test -- src/console/screenshots.e2e.test.ts
// which writes those of `published` into docs/console. Another value is a folder for all of them, to look at.

const { SAHAB_SCREENSHOTS: wanted = "" } = process.env;
const published = new Set([
  "home-light",
  "home-phone",
  "chat-light",
  "chat-dark",
  "usage-light",
  "usage-ar",
  "requests-dark",
  "models-light",
]);
/** A page that is drawn has far more, from the edges of its letters alone. */
const coloursMin = 100;
/** So that whoever clones the repository does not wait for them. */
const bytesMax = 150_000;

describe.skipIf(!hasChromium)("pictures of the console (needs Chromium)", () => {
  const temporary = makeTemporaryFolder();
  const folder = wanted === "write" ? resolve(import.meta.dir, "../../docs/console") : wanted || temporary;
  let cloud: ExampleCloud;
  let browser: TestBrowser;
  let cookie: string;
  let canvas: Page;
  /** What shows that a page has its data, beside its address. */
  let pages: Record<string, { path: string; shows: string[] }>;

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    [cloud, browser] = await Promise.all([startExampleCloud(wanted === "" ? undefined : 8787), TestBrowser.start()]);
    ({ cookie } = await signIn(cloud.sahab));
    canvas = await browser.openBlank();
    pages = {
      home: { path: "/", shows: ["main tbody tr", "main li"] },
      chat: { path: `/console/chat?c=${cloud.conversation}`, shows: [".hljs-keyword", "nav li"] },
      usage: { path: "/console/usage", shows: [".recharts-bar-rectangle", "main tbody tr"] },
      requests: {
        path: `/console/requests?id=${cloud.failedOver}`,
        shows: ["[role=dialog] [role=img]", "main [role=cell]"],
      },
      models: { path: "/console/models", shows: ["main [role=cell]"] },
    };
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await cloud?.close();
    removeTemporaryFolder(temporary);
  });

  test("the main pages are drawn, by day and by night", async () => {
    const one = await open({ theme: "light" });
    for (const name of Object.keys(pages)) {
      await show(one.page, name);
      await take(one.page, `${name}-light`);
      await one.page.locator("html").evaluate((html) => html.setAttribute("data-theme", "dark"));
      await take(one.page, `${name}-dark`);
    }
    await one.close();
  }, 60_000);

  test("the main pages are drawn from right to left", async () => {
    const one = await open({ theme: "light", language: "ar" });
    for (const name of Object.keys(pages)) {
      await show(one.page, name);
      await take(one.page, `${name}-ar`);
    }
    await one.close();
  }, 60_000);

  test("the first page is drawn on a telephone", async () => {
    const one = await open({ theme: "light", width: 390, height: 844 });
    await show(one.page, "home");
    await take(one.page, "home-phone");
    await one.close();
  }, 60_000);

  /** The pictures show no name of the machine that they are made on. */
  async function open(options: PageOptions) {
    const one = await browser.open(cloud.sahab.address, { cookie, ...options });
    await one.page.route("**/admin/v1/session", async (route) => {
      const response = await route.fetch();
      const session = (await response.json()) as { server: object };
      await route.fulfill({ response, json: { ...session, server: { ...session.server, name: "cloud-1" } } });
    });
    return one;
  }

  async function show(page: Page, name: string): Promise<void> {
    const { path, shows } = must(pages[name], "it is one of them");
    await page.goto(cloud.sahab.address + path);
    for (const part of shows) await page.locator(part).first().waitFor();
    for (const line of await page.locator(".animate-wait").all()) await line.waitFor({ state: "detached" });
    expect(await page.locator(":is(main, [role=dialog]) [role=alert]").allInnerTexts()).toEqual([]);
  }

  async function take(page: Page, label: string): Promise<void> {
    const picture = await page.screenshot();
    expect(await countColours(canvas, picture)).toBeGreaterThan(coloursMin);
    if (wanted === "write" && !published.has(label)) return;
    expect({ label, isSmall: picture.length <= bytesMax }).toEqual({ label, isSmall: true });
    await Bun.write(join(folder, `${label}.png`), picture);
  }
});

/** `canvas` is a page without the console's policy, which allows no such script. */
function countColours(canvas: Page, picture: Buffer): Promise<number> {
  return canvas.evaluate<number>(`(async () => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.fromBase64("${picture.toString("base64")}")]));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    return new Set(new Uint32Array(context.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer)).size;
  })()`);
}
