import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { signIn } from "../testing/browser-session.ts";
import { hasChromium, TestBrowser } from "../testing/console/browser.ts";
import { expectAccessible } from "../testing/console/expect-accessible.ts";
import { eventually } from "../testing/eventually.ts";
import { startFakeHub, type FakeHub } from "../testing/fake-hub.ts";
import { writeRandomModel } from "../testing/gguf/random-model.ts";
import { listOf, oneToken, startListingVendor, type ListingVendor } from "../testing/listing-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// The pages of providers, models, settings and health, with a vendor and a hub that are real servers.

const key = "sk-the-good-key-of-these-tests-1";

describe.skipIf(!hasChromium)("what the cloud is supplied with", () => {
  let folder: string;
  let hub: FakeHub;
  let vendor: ListingVendor;
  let sahab: TestSahab;
  let browser: TestBrowser;
  let cookie: string;

  beforeAll(async () => {
    folder = makeTemporaryFolder();
    await writeRandomModel(join(folder, "m.gguf"), { architecture: "llama", seed: 1 });
    hub = startFakeHub({ "o/tiny-GGUF": { "tiny-Q4_K_M.gguf": readFileSync(join(folder, "m.gguf")) } });
    vendor = startListingVendor({ key, models: listOf("m1", "m2"), chats: { "/v1/chat/completions": oneToken } });
    [browser, sahab] = await Promise.all([
      TestBrowser.start(),
      runSahab({
        config: { retention: { usage_days: 30 } },
        env: { HF_ENDPOINT: hub.endpoint, SAHAB_PULL_HOSTS: hub.storeHost },
      }),
    ]);
    ({ cookie } = await signIn(sahab));
  });
  afterAll(async () => {
    hub?.release();
    await browser?.close();
    await sahab?.close();
    await Promise.all([hub?.stop(), vendor?.stop()]);
    removeTemporaryFolder(folder);
  });

  test("a vendor is added by pasting a key that was tried first; its model gets a route", async () => {
    const console = await browser.open(sahab.address, { cookie, path: "/console/providers" });
    const { page } = console;
    await page.getByRole("button", { name: "Add a provider" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Vendor").click();
    await page.getByRole("combobox").fill("compatible");
    await page.getByRole("option").first().click();
    await dialog.getByLabel("API key").fill("sk-wrong-key-000000000000");
    await dialog.getByLabel("Base URL").fill(vendor.origin);
    await dialog.getByLabel("Name").fill("shop");
    await dialog.getByRole("button", { name: "Test" }).click();
    await dialog.getByText("It does not work").waitFor();
    await dialog.getByLabel("API key").fill(key);
    await dialog.getByRole("button", { name: "Test" }).click();
    await dialog.getByText("It works, with a warning").or(dialog.getByText("All is well")).waitFor();
    await expectAccessible(page);
    expect((await sahab.admin("/providers/shop")).status).toBe(404);
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByText(/^shop is added\. Next, add a route/).waitFor();
    await page.getByRole("row").filter({ hasText: "shop" }).getByText("healthy").waitFor();
    expect(await page.content()).not.toContain(key);

    await page.getByRole("link", { name: "Add a route" }).click();
    await dialog.getByLabel("Name").fill("team/chat");
    await dialog.getByRole("button", { name: "Provider: shop" }).waitFor();
    // What the provider lists is offered.
    await dialog.locator("datalist option[value=m2]").waitFor({ state: "attached" });
    await dialog.getByLabel("Model there").fill("m1");
    await dialog.getByLabel("Weight").fill("3");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByText(/^team\/chat is added, but has no price/).waitFor();
    await dialog.waitFor({ state: "detached" });
    expect(page.url()).not.toContain("add=");
    const call = async () => {
      const body = { model: "team/chat", messages: [{ role: "user", content: "Hi" }] };
      const response = await sahab.call("/v1/chat/completions", body);
      await response.text();
      return response.status;
    };
    expect(await call()).toBe(403);
    await page.getByRole("button", { name: "team/chat" }).click();
    await dialog.getByRole("button", { name: "Edit routes" }).click();
    await dialog.getByRole("button", { name: "Price: Keep the current price" }).click();
    await page.getByRole("option", { name: "Custom price" }).click();
    await dialog.getByLabel("Price per million input tokens").fill("0.5");
    await dialog.getByLabel("Price per million output tokens").fill("2");
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByText("team/chat is changed", { exact: true }).waitFor();
    expect(await call()).toBe(200);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "team/chat" }).click();
    await dialog.getByText("priority 1, weight 3").waitFor();
    expect(page.url()).toContain("model=team%2Fchat");
    await expectAccessible(page);
    await console.close();
  });

  test("a download shows how far it is, is cancelled, and goes on to the end", async () => {
    hub.behaviour.holdAfterBytes = 64 * 1024;
    const console = await browser.open(sahab.address, { cookie, path: "/console/models?tab=local" });
    const { page } = console;
    const fetchModel = async () => {
      await page.getByRole("button", { name: "Fetch a model" }).first().click();
      await page.getByLabel("From", { exact: true }).fill("hf.co/o/tiny-GGUF");
      await page.getByLabel("Name").fill("tiny");
      await page.getByRole("button", { name: "Fetch", exact: true }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
    };
    await fetchModel();
    await page.getByRole("meter", { name: /^Progress of / }).waitFor();
    await page.getByRole("button", { name: /^Cancel the download/ }).click();
    await page.getByText("cancelled").waitFor();
    hub.release();
    hub.behaviour.holdAfterBytes = Number.POSITIVE_INFINITY;
    await fetchModel();
    await page.getByRole("heading", { name: "tiny" }).waitFor();
    await page.getByText("Always loaded").waitFor();
    // The engine's own count: no budget has one of a model that is always loaded.
    await page
      .locator("dt", { hasText: "Memory" })
      .locator("xpath=following-sibling::dd", { hasText: /^[\d.]+ MB$/ })
      .first()
      .waitFor();
    await page.getByRole("button", { name: "Settings of tiny" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Slots").fill("2");
    await dialog.getByLabel("Context, tokens").fill("512");
    await dialog.getByLabel("Stays loaded for").fill("soon");
    await expectAccessible(page);
    console.expectProblem(/ 400\b/);
    await page.keyboard.press("Enter");
    await dialog.getByRole("alert").getByText("30s").waitFor();
    await dialog.getByLabel("Stays loaded for").fill("10m");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    const { models } = await sahab.adminJson<{ models: { name: string; local: object }[] }>("/models");
    expect(models.find(({ name }) => name === "tiny")?.local).toMatchObject({
      slots: 2,
      context: 512,
      keep_alive: "10m",
      cache_ram: null,
    });
    await console.close();
  });

  test("the chat is bound for everybody; sessions are listed, and one is ended", async () => {
    const other = await signIn(sahab);
    const console = await browser.open(sahab.address, { cookie, path: "/console/settings" });
    const { page } = console;
    await page.getByLabel("Always label answers as AI-generated").click();
    const days = page.getByLabel("Keep conversations for at most (days)");
    await days.fill("7");
    await page.keyboard.press("Enter");
    const kept = () => sahab.adminJson<{ console: object }>("/settings");
    await eventually("the settings", async () =>
      Bun.deepMatch({ ai_label: true, conversation_days: 7, managed_by: "console" }, (await kept()).console),
    );

    const list = page.getByRole("list", { name: "Sessions" });
    await list.getByText("This one").waitFor();
    expect(await list.getByRole("listitem").count()).toBe(2);
    const line = list.getByRole("listitem").filter({ hasNotText: "This one" });
    await line.getByText("127.0.0.1").waitFor();
    await line.getByRole("button", { name: /^End the session of/ }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "End" }).click();
    await line.waitFor({ state: "detached" });
    // While the question is open nothing behind it has a role, so that the line seems gone already.
    await eventually("the end of the session", async () => (await other.call("/admin/v1/session")).status === 401);
    await expectAccessible(page);

    // What a file manages is shown, and changed there.
    await sahab.adminJson("/apply", {
      method: "POST",
      body: "retention: { usage_days: 30 }\nconsole: { ai_label: true }",
    });
    await page.reload();
    expect(await page.getByLabel("Always label answers as AI-generated").isDisabled()).toBeTrue();
    await sahab.adminJson("/apply?prune=1", { method: "POST", body: "retention: { usage_days: 30 }" });
    expect((await kept()).console).toMatchObject({ ai_label: false, managed_by: null });
    await console.close();
  });

  test("a configuration is applied after its difference was seen; health tells what is there", async () => {
    const console = await browser.open(sahab.address, { cookie, path: "/console/settings" });
    const { page } = console;
    const text = page.getByRole("textbox", { name: "Configuration as cloud.yaml" });
    // For a new terminal, which knows nothing of this server's folder.
    await page.getByText(`SAHAB_DATA=${sahab.dataDir} npx sahab backup`).waitFor();
    await text.fill((await text.inputValue()).replace("usage_days: 30", "usage_days: 60"));
    await page.locator('aside a[href="/console/usage"]').last().click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Keep editing" }).click();
    expect(await text.inputValue()).toContain("usage_days: 60");
    const look = page.getByRole("button", { name: "Show the difference" });
    await look.click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("usage_days").waitFor();
    // Somebody else was first: what was seen is no longer what would be done. The next look does not show that error.
    console.expectProblem(/ 409\b/);
    await sahab.adminJson("/apply?prune=1", { method: "POST", body: "retention: { usage_days: 31 }" });
    await dialog.getByRole("button", { name: "Apply" }).click();
    await dialog.getByRole("alert").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await sahab.adminJson("/apply?prune=1", { method: "POST", body: "retention: { usage_days: 30 }" });
    await look.click();
    await dialog.getByText("usage_days").waitFor();
    expect(await dialog.getByRole("alert").count()).toBe(0);
    expect(await dialog.locator("del, ins").allTextContents()).toEqual(["30", "60"]);
    await expectAccessible(page);
    await dialog.getByRole("button", { name: "Apply" }).click();
    await dialog.waitFor({ state: "detached" });
    const { retention } = await sahab.adminJson<{ retention: object }>("/settings");
    expect(retention).toEqual({ usage_days: 60, managed_by: "file" });

    await page.locator('aside a[href="/console/health"]').last().click();
    await page.getByText("Journal", { exact: true }).waitFor();
    await page
      .getByText(/needs? attention|All is well$|problems?$/)
      .first()
      .waitFor();
    await console.close();
  });
});
