import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { signIn, type BrowserSession } from "../testing/browser-session.ts";
import { hasChromium, TestBrowser, type ConsolePage, type PageOptions } from "../testing/console/browser.ts";
import { expectAccessible } from "../testing/console/expect-accessible.ts";
import { expectNoSidewaysScroll } from "../testing/console/page-width.ts";
import { chat, startFakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

describe.skipIf(!hasChromium)("the pages of keys and projects (needs Chromium)", () => {
  const vendor = startFakeVendor({ chat: chat(["fine"]) });
  const opened: ConsolePage[] = [];
  let sahab: TestSahab;
  let browser: TestBrowser;
  let session: BrowserSession;

  beforeAll(async () => {
    sahab = await runSahab({
      config: {
        providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url, api_key: "vendor-key" }],
        models: ["chat", "chat-other", "m".repeat(128)].map((name) => ({
          name,
          targets: [{ provider: "fake", model: "chat" }],
          price: { currency: "USD", input: 1_000, output: 1_000 },
        })),
        projects: [{ name: "default" }],
      },
    });
    browser = await TestBrowser.start();
    session = await signIn(sahab);
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  afterAll(async () => {
    await browser?.close();
    await sahab?.close();
    await vendor.stop();
  });

  const open = async (path: string, options: PageOptions = {}) => {
    const console = await browser.open(sahab.address, { path, cookie: session.cookie, ...options });
    opened.push(console);
    return { console, page: console.page };
  };
  const call = async (key: string, maxTokens: number, model = "chat") => {
    const body = { model, max_tokens: maxTokens, messages: [{ role: "user", content: "Hi" }] };
    const response = await sahab.call("/v1/chat/completions", body, { key });
    await response.text();
    return response.status;
  };

  test("by a link to the first key, whose budget stops a request and says so, until it is raised", async () => {
    const { link } = await sahab.adminJson<{ link: string }>("/sign-in-links", { method: "POST" });
    const { page } = await open(`/console/keys#link=${link}`, { cookie: undefined });
    await page.getByRole("heading", { name: "No keys yet" }).waitFor();
    await page.getByRole("button", { name: "New key" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("<b>ci</b>");
    await page.getByRole("button", { name: "Add a budget" }).click();
    // A key without the budget that was meant would spend anything.
    await page.getByRole("button", { name: "Make the key" }).click();
    expect(await page.locator("[role=dialog] input:invalid").count()).toBe(1);
    await page.getByRole("button", { name: "Remove budget 1" }).click();
    await page.getByRole("button", { name: "Add a budget" }).click();
    await page.keyboard.type("2.5");
    await page.keyboard.press("Escape");
    await page.getByRole("alertdialog", { name: "Discard what you typed?" }).waitFor();
    await page.getByRole("button", { name: "Keep editing" }).click();
    await page.getByRole("button", { name: "Make the key" }).click();
    await page.getByRole("heading", { name: "<b>ci</b> is ready" }).waitFor();
    const key = (await page.getByLabel("The new key").textContent()) ?? "";
    expect(key).toMatch(/^sk-sahab-\w{32}$/);
    // The lines to paste have it, too.
    await page.getByLabel("Lines for curl").getByText(`Authorization: Bearer ${key}`).waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByRole("link", { name: "<b>ci</b>" }).click();
    await page.getByRole("heading", { level: 1, name: "<b>ci</b>" }).waitFor();
    expect(await page.content()).not.toContain(key);

    // It is seen as it comes in, and what it costs.
    expect(await call(key, 10)).toBe(200);
    await page.getByRole("cell", { name: "$0.12" }).waitFor();
    await page.getByText("$0.12 of $2.50").waitFor();
    expect(await call(key, 5_000)).toBe(402);
    await page.getByRole("heading", { name: "A budget stopped a request" }).waitFor();
    await page.getByText(/has 2\.38 USD left this month.*needs up to/).waitFor();
    await page.getByRole("row").filter({ hasText: "402" }).click();
    await page.getByRole("dialog").getByText("402 budget_exceeded").waitFor();
    await page.goBack();

    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByRole("textbox", { name: "Amount of budget 1 in USD" }).fill("50");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("$0.12 of $50.00").waitFor();
    expect(await call(key, 5_000)).toBe(200);
    await page.locator('aside a[href="/console/keys"]').last().click();
    await page.getByRole("cell", { name: /^\$[\d.]+ of \$50\.00 a month$/ }).waitFor();
  });

  test("a key is rotated, and revoked only after it was asked", async () => {
    const { id, key } = await sahab.createKey({ name: "svc", models: ["chat"] });
    const { page } = await open(`/console/keys/${id}`);
    // What closes a dialog leaves the focus where it was opened.
    const focused = page.locator(":focus");
    for (const [name, role] of [
      ["Edit", "dialog"],
      ["Rotate", "dialog"],
      ["Revoke", "alertdialog"],
    ] as const) {
      await page.getByRole("button", { name }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole(role).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole(role).waitFor({ state: "detached" });
      expect(await focused.textContent()).toBe(name);
    }
    await page.getByRole("button", { name: "Rotate" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).click();
    await page.getByRole("heading", { name: "svc is ready" }).waitFor();
    const next = (await page.getByLabel("The new key").textContent()) ?? "";
    await page.getByRole("button", { name: "Done" }).click();
    expect([await call(key, 1), await call(next, 1)]).toEqual([200, 200]);
    await page.getByText("Replaced", { exact: true }).waitFor();
    await page.getByRole("link", { name: "the new key" }).click();
    await page.getByRole("button", { name: "Revoke" }).click();
    const asked = page.getByRole("alertdialog", { name: "Revoke svc?" });
    await asked.getByRole("button", { name: "Cancel" }).click();
    expect(await call(next, 1)).toBe(200);
    await page.getByRole("button", { name: "Revoke" }).click();
    await asked.getByRole("button", { name: "Revoke" }).click();
    await page.getByText("Revoked", { exact: true }).first().waitFor();
    expect(await call(next, 1)).toBe(401);
  });

  test("a list of projects moves as they spend, and is written to after another window has signed in", async () => {
    const budget = { amount: "5", period: "month" };
    const made = await session.call("/admin/v1/projects", { json: { name: "moves", budget } });
    expect(await made.text()).toContain("moves");
    const { key } = await sahab.createKey({ project: "moves" });
    const { console, page } = await open("/console/projects");
    await page.getByText("$0.00 of $5.00").waitFor();
    expect(await call(key, 10)).toBe(200);
    await page.getByText("$0.12 of $5.00").waitFor({ timeout: 4_500 });

    const [name = "", value = ""] = (await signIn(sahab)).cookie.split("=");
    await page.context().addCookies([{ name, value, url: sahab.address }]);
    console.expectProblem(/ 403\b/);
    await page.getByRole("button", { name: "New project" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("after");
    await page.getByRole("button", { name: "Make the project" }).click();
    await page.getByRole("heading", { level: 1, name: "after" }).waitFor();
  });

  test("a project is made, changed and deleted, and what is wrong is said where it is", async () => {
    const { console, page } = await open("/console/projects");
    console.expectProblem(/ (?:400|409)\b/);
    await page.getByRole("button", { name: "New project" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("search team");
    await page.getByRole("button", { name: "Make the project" }).click();
    await page.getByRole("alert").getByText("letters a to z, digits").waitFor();
    await page.getByRole("textbox", { name: "Name" }).fill("search/team");
    await page.getByRole("button", { name: "Make the project" }).click();
    await page.getByRole("heading", { level: 1, name: "search/team" }).waitFor();
    await page.getByText("No budget and no limit applies").waitFor();
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByRole("textbox", { name: "Requests a minute" }).fill("1,200");
    await page
      .getByRole("combobox", { name: "Models" })
      .or(page.getByRole("textbox", { name: "Models" }))
      .fill("chat,");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("1,200 requests a minute").waitFor();
    const { id } = await sahab.createKey({ name: "of the team", project: "search/team" });
    await page.getByRole("link", { name: "1 active key" }).waitFor();
    await page.getByRole("button", { name: "Delete" }).click();
    const asked = page.getByRole("alertdialog", { name: "Delete search/team?" });
    await asked.getByRole("button", { name: "Delete" }).click();
    await asked.getByRole("alert").getByText("revoke it").waitFor();
    await sahab.adminJson(`/keys/${id}`, { method: "DELETE" });
    await asked.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("heading", { level: 1, name: "Projects" }).waitFor();
    await page.getByRole("link", { name: "search/team" }).waitFor({ state: "detached" });
  });

  test("hundreds of keys are a list of few rows, found by name and kept in the page's address", async () => {
    await Promise.all(Array.from({ length: 300 }, (_, at) => sahab.createKey({ name: `service-${at}` })));
    const { page } = await open("/console/keys");
    await page.getByText(/^30\d keys$/).waitFor();
    expect(await page.getByRole("row").count()).toBeLessThan(60);
    await page.getByRole("searchbox", { name: "Search by name or key" }).fill("service-299");
    await page.getByText("1 key", { exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get("q")).toBe("service-299");
    await page.reload();
    await page.getByText("1 key", { exact: true }).waitFor();
    await page.getByRole("link", { name: "service-299" }).click();
    await page.getByRole("heading", { level: 1, name: "service-299" }).waitFor();
    // Programs that sahab connect knows have their lines here.
    await page.getByRole("button", { name: /^Program/ }).click();
    await page.getByRole("combobox", { name: "Program" }).fill("codex");
    await page.keyboard.press("Enter");
    await page.getByText("~/.codex/config.toml").first().waitFor();
    await page.getByText('experimental_bearer_token = "YOUR-SAHAB-KEY"').waitFor();
  });

  // Every page of the navigation is tried in pages.e2e.test.ts.
  test.each([
    ["light", "en", 1280],
    ["dark", "ar", 360],
  ] as const)(
    "in %s, %s and a window of %d pixels one key and one project are accessible and fit",
    async (theme, language, width) => {
      // Names as long as they may be, in one piece.
      const project = `p${width}`.padEnd(128, "p");
      await sahab.adminJson("/projects", { json: { name: project, budget: { amount: 5, period: "month" } } });
      const { id, key } = await sahab.createKey({ name: "ك".repeat(128), project });
      expect(await call(key, 1, "m".repeat(128))).toBe(200);
      for (const path of [`/console/keys/${id}`, `/console/projects/${project}`, "/console/projects/default"]) {
        const { page } = await open(path, { theme, language, width });
        await page.getByRole("heading", { level: 1 }).waitFor();
        await page.locator(".animate-late").first().waitFor({ state: "detached" });
        if (!path.endsWith("default")) await page.getByRole("cell", { name: /mmm/ }).first().waitFor();
        expect(await page.locator("html").getAttribute("dir")).toBe(language === "ar" ? "rtl" : "ltr");
        await expectNoSidewaysScroll(page);
        await expectAccessible(page, theme === "light" ? undefined : ["color-contrast"]);
      }
    },
  );
});
