import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { fillUsage } from "../../bench/fill-usage.ts";
import { signIn } from "../testing/browser-session.ts";
import { hasChromium, TestBrowser, type ConsolePage, type PageOptions } from "../testing/console/browser.ts";
import { expectAccessible } from "../testing/console/expect-accessible.ts";
import { expectNoSidewaysScroll } from "../testing/console/page-width.ts";
import { eventually } from "../testing/eventually.ts";
import { chat, errorAnswer, startFakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

const history = 100_000;

describe.skipIf(!hasChromium)("the pages of usage and requests (needs Chromium)", () => {
  const busy = startFakeVendor({ m: () => errorAnswer(429, { message: "slow down", code: "rate_reached" }) });
  const good = startFakeVendor({ m: chat(["fine"]) });
  const opened: ConsolePage[] = [];
  let sahab: TestSahab;
  let browser: TestBrowser;
  let cookie: string;
  let key: string;
  let failedOver: string;

  const call = async (by = key, model = "chat") => {
    const body = { model, stream: true, user: "anna", messages: [{ role: "user", content: "Hi" }] };
    const response = await sahab.call("/v1/chat/completions", body, { key: by });
    await response.text();
    return response.headers.get("x-request-id") ?? "";
  };
  const open = async (path: string, options: PageOptions = {}) => {
    const console = await browser.open(sahab.address, { path, cookie, ...options });
    opened.push(console);
    return console.page;
  };

  beforeAll(async () => {
    const provider = (name: string, { url }: { url: string }) => ({
      name,
      vendor: "compatible",
      base_url: url,
      api_key: "vendor-key",
    });
    const [start] = await Promise.all([
      runSahab({
        config: {
          providers: [provider("busy", busy), provider("good", good)],
          models: [
            {
              name: "chat",
              targets: [
                { provider: "busy", model: "m", priority: 1 },
                { provider: "good", model: "m", priority: 2 },
              ],
              price: { currency: "USD", input: 1_000, output: 2_000 },
            },
            {
              name: "cheap",
              targets: [{ provider: "good", model: "m" }],
              price: { currency: "USD", input: 0.01, output: 0.02 },
            },
          ],
          projects: [{ name: "default" }],
        },
      }),
      TestBrowser.start().then((started) => (browser = started)),
    ]);
    sahab = start;
    ({ key } = await sahab.createKey({ name: "<b>ci</b>" }));
    failedOver = await call();
    await sahab.records();
    await sahab.kill();
    // Each like the request that failed over, spread over a month and twenty models.
    fillUsage(sahab.dataDir, history);
    await sahab.start();
    ({ cookie } = await signIn(sahab));
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  afterAll(async () => {
    await browser?.close();
    await sahab?.close();
    await Promise.all([busy.stop(), good.stop()]);
  });

  test("a request appears as it ends, waits while the list is paused, and tells its story", async () => {
    const page = await open("/console/requests");
    await page.getByText("Live", { exact: true }).waitFor();
    const rows = page.getByRole("row");
    await rows.nth(1).waitFor();
    const live = await sahab.createKey({ name: "just now" });
    const id = await call(live.key);
    await rows.nth(1).getByText("just now").waitFor();
    // Who asked is read at a glance; only a long name is cut.
    expect(
      await rows
        .nth(1)
        .getByText("just now")
        .evaluate((name) => name.scrollWidth <= name.clientWidth),
    ).toBe(true);
    await page.getByRole("button", { name: "Pause" }).click();
    await call(live.key);
    const waiting = page.getByRole("button", { name: "1 new request" });
    await waiting.waitFor();
    await waiting.click();
    await waiting.waitFor({ state: "detached" });
    await rows.nth(2).getByText("just now").click();
    await page.getByRole("dialog").getByText(id).waitFor();
    expect(page.url()).toContain(`id=${id}`);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  test("the story of a request that failed over has each attempt, and how its cost came about", async () => {
    const page = await open(`/console/requests?id=${failedOver}`);
    const dialog = page.getByRole("dialog");
    await dialog.getByText("429 upstream_rate_limited").first().waitFor();
    await dialog.getByText("429 rate_reached").first().waitFor();
    const bars = dialog.getByRole("img");
    expect(await bars.count()).toBeGreaterThanOrEqual(2);
    expect(await bars.last().getAttribute("aria-label")).toMatch(/Waiting for the first token: .*Answering: /);
    expect(await bars.first().getAttribute("aria-label")).toMatch(/Failed: /);
    await dialog.getByText("$1,000.00 / 1M").first().waitFor();
    await dialog.getByText("anna").waitFor();
    await dialog.getByText("Why: its rate limit was reached.").first().waitFor();
    // An attempt that cost nothing has no table of prices.
    expect(await dialog.getByRole("table").count()).toBe(1);
    await expectAccessible(page);
  });

  test("of 100,000 requests at most 200 rows are in the document, however far one scrolls, and filters find some", async () => {
    const page = await open("/console/requests", { height: 2_000 });
    const table = page.getByRole("table");
    await page.getByRole("row").nth(1).waitFor();
    for (let i = 0; i < 6; i++) {
      const before = Number(await table.getAttribute("aria-rowcount"));
      await page.getByRole("region", { name: "Requests" }).evaluate((frame) => frame.scrollTo(0, frame.scrollHeight));
      await eventually("more rows", async () => Number(await table.getAttribute("aria-rowcount")) > before);
      expect(await page.getByRole("row").count()).toBeLessThanOrEqual(200);
    }
    expect(Number(await table.getAttribute("aria-rowcount"))).toBeGreaterThan(600);
    await page.getByRole("button", { name: "Model", exact: true }).click();
    await page.getByRole("option", { name: "model-7", exact: true }).click();
    await page.getByRole("button", { name: /Remove the filter Model: model-7/ }).waitFor();
    await page
      .getByRole("cell", { name: /^model-7/ })
      .first()
      .waitFor();
    expect(await page.getByRole("cell", { name: /^model-8/ }).count()).toBe(0);
    await page.goBack();
    await open("/console/requests?status=%5B%225xx%22%5D").then((none) =>
      none.getByRole("heading", { name: "No request matches" }).waitFor(),
    );
  });

  test("usage is a chart and a table of the same numbers, by what one chooses", async () => {
    const page = await open("/console/usage");
    await page.getByRole("img", { name: /Cost by model/ }).waitFor();
    await page.locator(".recharts-bar-rectangle").first().waitFor();
    await page.getByRole("button", { name: "Show as table" }).click();
    const table = page.getByRole("table", { name: "Numbers of the chart" });
    expect(await table.getByRole("row").count()).toBe(31);
    await page.getByRole("button", { name: "Measure: Cost" }).click();
    await page.getByRole("option", { name: "Requests" }).click();
    const requests = await page.getByRole("table", { name: "Most used" }).getByRole("row").last().innerText();
    // Eight models of twenty-one have a colour.
    expect(requests).toContain("13 others");
    const address = await page.getByRole("link", { name: "CSV" }).getAttribute("href");
    const csv = await fetch(sahab.address + String(address), { headers: { cookie } });
    const lines = (await csv.text()).trimEnd().split("\r\n");
    expect(lines[0]).toStartWith("since,model,requests,");
    const sum = lines.slice(1).reduce((total, line) => total + Number(line.split(",")[2]), 0);
    const shown = await page.locator("dl dd").nth(2).innerText();
    expect(Number(shown.replaceAll(",", ""))).toBe(sum);
  });

  test("both pages are readable in the dark, from right to left and on a phone", async () => {
    for (const path of ["/console/usage", "/console/requests"]) {
      const page = await open(path, { theme: "dark", language: "ar", width: 360 });
      await page
        .locator(path.endsWith("usage") ? ".recharts-bar-rectangle" : "[role=cell]")
        .first()
        .waitFor();
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
      for (const filter of await page.locator("main button[aria-haspopup=listbox]").all())
        expect((await filter.boundingBox())?.width).toBeGreaterThan(60);
    }
  });

  test("no amount is cut, in the language that is written the other way least of all", async () => {
    await call(key, "cheap");
    const page = await open("/console/requests?model=%5B%22cheap%22%5D", { language: "ar" });
    const cost = page.getByRole("cell").filter({ hasText: "US$" }).first();
    await cost.waitFor();
    expect(await cost.innerText()).toMatch(/0\.0000\d+/);
    const widths: number[] = await cost.evaluate((cell) => [cell.scrollWidth - cell.clientWidth]);
    expect(widths[0]).toBeLessThanOrEqual(0);
  });
});
