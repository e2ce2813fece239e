import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { hasChromium, TestBrowser, type ConsolePage } from "../testing/console/browser.ts";
import { expectAccessible } from "../testing/console/expect-accessible.ts";
import { expectNoSidewaysScroll } from "../testing/console/page-width.ts";
import { signIn } from "../testing/browser-session.ts";
import { TestSahab } from "../testing/run-sahab.ts";

// Every page of the console in a real browser, on the real server and the built console.

/** Compressed: the page, the code of the shell and of the first page, styles and texts. */
const firstLoadBytesMax = 250_000;

const paths = ["/", "chat", "keys", "projects", "usage", "requests", "models", "providers", "settings", "health"].map(
  (name) => (name === "/" ? name : `/console/${name}`),
);

describe.skipIf(!hasChromium)("the console in Chromium", () => {
  let sahab: TestSahab;
  let browser: TestBrowser;
  let cookie: string;

  beforeAll(async () => {
    sahab = new TestSahab({ config: {} });
    [browser] = await Promise.all([TestBrowser.start(), sahab.start()]);
    ({ cookie } = await signIn(sahab));
  });
  afterAll(async () => {
    await browser.close();
    await sahab.close();
  });

  test("signs in by the key and out again, and says why a key is refused", async () => {
    const console = await browser.open(sahab.address);
    const { page } = console;
    console.expectProblem(/\/admin\/v1\/session\b/);
    await page.getByLabel("Admin key").fill("sk-admin-wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Admin key").fill(sahab.adminKey);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator("aside button").last().click();
    await page.getByRole("menuitem", { name: "Sign out", exact: true }).click();
    await page.getByLabel("Admin key").waitFor();
    // No key stays in the browser.
    const kept = await page.evaluate(() =>
      JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]),
    );
    expect(kept).not.toContain(sahab.adminKey);
    await console.close();
  });

  test("the first load is small, and nothing comes from elsewhere", async () => {
    const console = await browser.open(sahab.address, { cookie });
    const { page } = console;
    await page.locator("main h1").waitFor();
    const loaded: { name: string; bytes: number }[] = await page.locator("html").evaluate((html) => {
      const { performance } = html.ownerDocument.defaultView;
      return [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].map(
        ({ name, encodedBodySize }: { name: string; encodedBodySize: number }) => ({ name, bytes: encodedBodySize }),
      );
    });
    const files = loaded.filter(({ name }) => !name.includes("/admin/"));
    expect(files.filter(({ name }) => !name.startsWith(sahab.address))).toEqual([]);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(firstLoadBytesMax);
    await console.close();
  });

  test("signs in by a link, which leaves the address", async () => {
    const { link } = await sahab.adminJson<{ link: string }>("/sign-in-links", { method: "POST" });
    const console = await browser.open(sahab.address, { path: `/#link=${link}` });
    console.expectProblem(/\/admin\/v1\/session\b/);
    await console.page.getByRole("navigation").first().waitFor();
    expect(console.page.url()).toBe(`${sahab.address}/`);
    await console.close();
  });

  test("each page opens without an error, fits a narrow screen and is accessible in both themes", async () => {
    const console = await browser.open(sahab.address, { cookie, theme: "light" });
    const html = console.page.locator("html");
    for (const path of paths) {
      await openPage(console, path);
      await expectAccessible(console.page);
      // What differs between the themes are the colours.
      await html.evaluate((element) => element.setAttribute("data-theme", "dark"));
      await expectAccessible(console.page, ["color-contrast"]);
      await html.evaluate((element) => element.setAttribute("data-theme", "light"));
      await console.page.setViewportSize({ width: 360, height: 740 });
      await expectNoSidewaysScroll(console.page);
      await console.page.setViewportSize({ width: 1280, height: 800 });
    }
    await console.close();
  });

  test.each(["zh", "ar"] as const)("each page opens and fits a narrow screen in %s", async (language) => {
    const console = await browser.open(sahab.address, { cookie, theme: "dark", language });
    const { page } = console;
    for (const path of paths) {
      await page.setViewportSize({ width: 1280, height: 800 });
      await openPage(console, path);
      await expectNoSidewaysScroll(page);
      await page.setViewportSize({ width: 360, height: 740 });
      await expectNoSidewaysScroll(page);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    // Health came last: its checks have names of the language.
    await page.getByText(language === "ar" ? "مجلد البيانات" : "数据文件夹", { exact: true }).waitFor();
    const isMirrored = language === "ar";
    expect(await page.locator("html").getAttribute("dir")).toBe(isMirrored ? "rtl" : "ltr");
    const side = await page.locator("aside").boundingBox();
    expect(side?.x === 0).toBe(!isMirrored);
    await console.close();
  });

  test("eight windows side by side have one connection for live events, and another takes it over", async () => {
    // All of them are seen, as far as their pages know. A browser has six connections for one server.
    const console = await browser.open(sahab.address, { cookie, path: "/console/keys" });
    const pages = [console.page];
    while (pages.length < 8) pages.push(await console.page.context().newPage());
    for (const page of pages.slice(1)) {
      await page.goto(`${sahab.address}/console/keys`, { timeout: 15_000 });
      await page.locator("main h1").waitFor();
    }
    const isSeen = (name: string) =>
      Promise.all(pages.map((page) => page.getByRole("link", { name }).waitFor({ timeout: 10_000 })));
    await sahab.createKey({ name: "while the first leads" });
    await isSeen("while the first leads");
    await pages.shift()?.close();
    await sahab.createKey({ name: "while another leads" });
    await isSeen("while another leads");
    // A page that is left frees its connection at once.
    const [page] = pages;
    for (let i = 0; i < 8; i++) await page?.reload({ timeout: 15_000 });
    await page?.getByRole("link", { name: "while another leads" }).waitFor();
    await console.close();
  });

  test("the sheet of a narrow screen leads to every page, and Esc closes it", async () => {
    const console = await browser.open(sahab.address, { cookie, width: 360, height: 740 });
    const { page } = console;
    await page.getByRole("button", { name: "More" }).click();
    const sheet = page.getByRole("dialog");
    expect(await sheet.getByRole("link").count()).toBe(paths.length);
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await sheet.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "More" }).click();
    await sheet.getByRole("link", { name: "Health" }).click();
    await page.waitForURL(`${sahab.address}/console/health`);
    await sheet.waitFor({ state: "detached" });
    await console.close();
  });

  /** As a click in the navigation does, without loading the whole page again. */
  async function openPage({ page }: ConsolePage, path: string): Promise<void> {
    await page.locator(`aside a[href="${path}"]`).last().click();
    await page.waitForURL(sahab.address + path);
    await page.locator("main h1").waitFor();
    // Until nothing loads any more.
    for (const line of await page.locator("main .animate-wait").all()) await line.waitFor({ state: "detached" });
  }
});
