import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Locator, Page } from "playwright-core";
import { must } from "../base/assert.ts";
import { signIn, type BrowserSession } from "../testing/browser-session.ts";
import { hasChromium, TestBrowser, type PageOptions } from "../testing/console/browser.ts";
import { expectAccessible } from "../testing/console/expect-accessible.ts";
import { expectNoSidewaysScroll } from "../testing/console/page-width.ts";
import { eventually } from "../testing/eventually.ts";
import { chatChunk, chatEvents, doneEvent, startFakeVendor, streamOf, usageEvent } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

/** What a hostile model writes, to be shown as text. */
const hostile = [
  "<img src=x onerror=\"window.hacked='img'\"> <script>window.hacked='script'</script>",
  "[a](javascript:window.hacked='link') [b](data:text/html,x) [c](https://good.example/page) [d](/console/keys)",
  "![pixel](https://spy.example/pixel.png) <iframe src=https://spy.example></iframe>",
  "`<b>code</b>` <style>body{display:none}</style> <svg onload=\"window.hacked='svg'\">",
  "$\\href{javascript:window.hacked='math'}{x} + \\htmlClass{a}{y}$",
].join("\n\n");
/** The smallest image. */
const pixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const rich = "| a | b |\n|---|---|\n| 1 | 2 |\n\n```ts\nconst x: number = 1;\n```\n\nSo $x^2$ holds.";

/** With nano, the model that comes with Sahab, beside those that a vendor plays. */
const vendor = startFakeVendor({
  hostile: streamOf([
    chatChunk({ role: "assistant", reasoning_content: hostile }),
    ...chatEvents([hostile]),
    usageEvent(),
    doneEvent,
  ]),
  rich: streamOf([...chatEvents([rich]), usageEvent(), doneEvent]),
  slow: streamOf(chatEvents(Array.from({ length: 400 }, (_, word) => `word ${word} `)), { paceMs: 20 }),
  cut: streamOf(chatEvents(["The beginning"]).slice(0, 2)),
  full: streamOf([chatChunk({ content: "It begins" }), chatChunk({}, {}, "length"), usageEvent(), doneEvent]),
  silent: streamOf([chatChunk({}, {}, "stop"), usageEvent(), doneEvent]),
});
const target = (model: string) => ({
  name: model,
  targets: [{ provider: "fake", model }],
  price: { currency: "USD", input: 2, output: 10 },
});

describe.skipIf(!hasChromium)("the page chat", () => {
  let sahab: TestSahab;
  let browser: TestBrowser;
  let session: BrowserSession;
  beforeAll(async () => {
    sahab = await runSahab();
    const { models } = await sahab.adminJson<{ models: { name: string; file: string }[] }>("/models");
    const nano = must(
      models.find(({ name }) => name === "nano"),
      "nano comes with Sahab",
    );
    await sahab.apply({
      providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url, api_key: "k" }],
      models: [
        { name: "nano", local: { file: nano.file } },
        ...["hostile", "rich", "slow", "cut", "full", "silent"].map(target),
      ],
      projects: [{ name: "empty", budget: { amount: "0.000001", period: "month" } }],
    });
    session = await signIn(sahab);
    browser = await TestBrowser.start();
  });
  afterAll(async () => {
    await browser?.close();
    await sahab?.close();
    await vendor.stop();
  });

  const open = (options: PageOptions = {}) =>
    browser.open(sahab.address, { path: "/console/chat", cookie: session.cookie, ...options });
  const choose = async (page: Page, label: RegExp, option: string) => {
    await page.getByRole("button", { name: label }).first().click();
    await page.getByRole("option", { name: option }).first().click();
  };
  const ask = async (page: Page, text: string) => {
    await page.getByRole("textbox", { name: "Your message" }).fill(text);
    await page.keyboard.press("Enter");
  };
  const answers = (page: Page) => page.getByRole("article", { name: /^Answer of/ });
  const ended = (answer: Locator) => answer.locator("[data-facts]").waitFor();
  const readKept = async (page: Page) => {
    const id = must(new URL(page.url()).searchParams.get("c"), "the conversation has an address");
    const path = `/admin/v1/conversations/${id}/messages`;
    const { messages } = (await (await session.call(path)).json()) as { messages: Record<string, unknown>[] };
    return { id, messages };
  };

  /** The messages of the conversation that is shown, once its answer is kept with this status and what it took. */
  const keptAnswer = (page: Page, status: string) =>
    eventually(`an answer that is ${status} beside its count`, async () => {
      const { messages } = await readKept(page);
      return messages[1]?.["status"] === status && messages[1]["usage"] != null && messages;
    });

  test("a first question is told to be to an AI; nano's answer is kept, with what it took", async () => {
    const one = await open();
    const { page } = one;
    await page.getByText("You are about to talk to an AI").waitFor();
    await expectAccessible(page);
    await choose(page, /^Model/, "nano");
    await ask(page, "Hello");
    await ended(answers(page));
    await answers(page).getByText("Free").waitFor();
    const messages = await keptAnswer(page, "complete");
    expect(messages).toMatchObject([
      { role: "user", content: [{ type: "text", text: "Hello" }] },
      { model: "nano", usage: { output_tokens: expect.any(Number), cost: "0" } },
    ]);
    const record = await sahab.adminJson(`/requests/${String(messages[1]?.["request_id"])}`);
    expect(record).toMatchObject({ key: "console", project: "default", model: "nano", outcome: "ok" });
    await one.close();
  });

  test("a card asks nano what it knows, and what is typed then is the next question", async () => {
    const one = await open();
    const { page } = one;
    await choose(page, /^Model/, "nano");
    await page.getByRole("button", { name: /^A key for an app/ }).click();
    await page.keyboard.type("thanks");
    expect(await page.getByRole("textbox", { name: "Your message" }).inputValue()).toBe("thanks");
    await answers(page).getByText("key create my-app").waitFor();
    await ended(answers(page));
    await one.close();
  });

  test("what was written of a stopped answer is kept and billed, and there is another version", async () => {
    const one = await open();
    const { page } = one;
    await choose(page, /^Model/, "slow");
    await ask(page, "Go");
    await page.getByText("word 3").waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("Stopped.").waitFor();
    await ended(answers(page));
    const messages = await keptAnswer(page, "stopped");
    expect(messages[1]?.["usage"]).toMatchObject({ output_tokens: expect.any(Number), cost: expect.any(String) });
    const record = await sahab.adminJson(`/requests/${String(messages[1]?.["request_id"])}`);
    expect(record).toMatchObject({ key: "console", status: 499 });
    expect(record).not.toMatchObject({ cost: "0" });
    // The same, when the page is opened anew.
    await page.reload();
    await page.getByText("word 3").waitFor();
    await choose(page, /^Model/, "rich");
    await page.getByRole("button", { name: "Another answer" }).click();
    await page.getByText("2/2").waitFor();
    await ended(answers(page));
    await page.getByRole("button", { name: "Previous version" }).click();
    await page.getByText("Stopped.").waitFor();
    await one.close();
  });

  test("an edited question is a branch; the conversation is found, kept as told, renamed and deleted", async () => {
    const one = await open({ width: 1440 });
    const { page } = one;
    await choose(page, /^Model/, "rich");
    await page.locator("input[type=file]").setInputFiles({ name: "a.png", mimeType: "image/png", buffer: pixel });
    await page.getByRole("img", { name: "Image 1" }).waitFor();
    await ask(page, "First question");
    await ended(answers(page));
    const [sent] = vendor.callsFor("rich").slice(-1);
    expect(sent?.text).toContain(`data:image/png;base64,${pixel.toString("base64")}`);
    await page.locator("table td").first().waitFor();
    await page.locator(".hljs-keyword").waitFor();
    await page.locator(".katex").first().waitFor();
    await page.getByRole("textbox", { name: "Your message" }).press("ArrowUp");
    await page.getByRole("textbox", { name: "Edit and ask again" }).fill("Second question");
    await page.keyboard.press("Enter");
    await page.getByText("2/2").waitFor();
    await ended(answers(page));
    await page.getByRole("button", { name: "Previous version" }).click();
    await page.getByRole("article").getByText("First question").waitFor();
    const list = page.getByRole("navigation", { name: "Conversations" });
    await page.getByRole("searchbox").fill("SECOND");
    await list.getByText(/^Searched/).waitFor();
    expect(await list.locator("li").allInnerTexts()).toEqual([expect.stringContaining("Second question")]);
    await page.getByRole("button", { name: "Settings of this chat" }).click();
    await choose(page, /^Keep the conversation|30 days/, "7 days");
    const { id } = await readKept(page);
    const seen = (fields: object) =>
      eventually(JSON.stringify(fields), async () => {
        const kept = (await (await session.call(`/admin/v1/conversations/${id}`)).json()) as object;
        return Bun.deepMatch(fields, kept);
      });
    await seen({ keep_days: 7, messages: 4 });
    await list.getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: "Rename" }).click();
    await page.getByRole("textbox", { name: "Title" }).fill("Named anew");
    await page.keyboard.press("Enter");
    await seen({ title: "Named anew" });
    await list.getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("You are about to talk to an AI").waitFor();
    expect((await session.call(`/admin/v1/conversations/${id}`)).status).toBe(404);
    await one.close();
  });

  test("what the cloud sets for everybody: a label beside answers, and how long conversations are kept at most", async () => {
    const set = (console: object) => sahab.adminJson("/settings", { method: "PATCH", json: { console } });
    await set({ ai_label: true, conversation_days: 10 });
    const one = await open();
    const { page } = one;
    await choose(page, /^Model/, "rich");
    await ask(page, "Label it");
    await answers(page).getByText("AI-generated").waitFor();
    await ended(answers(page));
    await page.getByRole("button", { name: "Settings of this chat" }).click();
    expect(await page.getByLabel("Label answers as AI-generated").isDisabled()).toBeTrue();
    await page.getByText("This cloud labels all answers.").waitFor();
    await page.getByRole("button", { name: /^Keep the conversation/ }).click();
    expect(await page.getByRole("option").allInnerTexts()).toEqual(["1 day", "7 days", "As long as allowed: 10 days"]);
    await page.keyboard.press("Escape");
    await set({ ai_label: false, conversation_days: null });
    await one.close();
  });

  test("an answer that ends at its longest, or says nothing, says so, also when it is opened anew", async () => {
    const one = await open();
    const { page } = one;
    await choose(page, /^Model/, "full");
    await ask(page, "Go");
    await answers(page).getByText("the most tokens that an answer may have").waitFor();
    await choose(page, /^Model/, "silent");
    await ask(page, "Go on");
    await answers(page).getByText("The model ended without a word.").waitFor();
    await keptAnswer(page, "complete");
    await page.reload();
    await answers(page).getByText("the most tokens that an answer may have").waitFor();
    await one.close();
  });

  test("an answer that the page is left in the middle of is one that was stopped; without an answer there is a way to one", async () => {
    const one = await open();
    const { page } = one;
    await choose(page, /^Model/, "slow");
    await ask(page, "Go");
    await page.getByText("word 3").waitFor();
    await page.waitForURL(/\?c=/);
    await page.reload();
    await answers(page).getByText("Stopped.").waitFor();
    await answers(page).getByText("word 3").waitFor();
    // As a browser that crashes leaves it.
    const wanted = { project: "default", title: "Unanswered", models: ["rich"] };
    const { id } = (await (await session.call("/admin/v1/conversations", { json: wanted })).json()) as { id: string };
    const question = {
      id: "q",
      parent: null,
      role: "user",
      status: "complete",
      content: [{ type: "text", text: "Hi" }],
    };
    await session.call(`/admin/v1/conversations/${id}/messages`, { json: { messages: [question] } });
    await page.goto(`${sahab.address}/console/chat?c=${id}`);
    await page.getByRole("button", { name: "Ask", exact: true }).click();
    await ended(answers(page));
    await one.close();
  });

  test("a model that reads text only is told before an image is sent; the image can be taken away afterwards, too", async () => {
    const one = await open();
    one.expectProblem(/400/);
    const { page } = one;
    await choose(page, /^Model/, "nano");
    await page.locator("input[type=file]").setInputFiles({ name: "a.png", mimeType: "image/png", buffer: pixel });
    await page.getByText("nano reads no images.").waitFor();
    await ask(page, "What is it?");
    await page.getByText("model nano reads text only").waitFor();
    await page.getByRole("textbox", { name: "Your message" }).press("ArrowUp");
    await page.getByRole("button", { name: "Remove image 1" }).click();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Ask again" }).click();
    await ended(answers(page));
    await one.close();
  });

  test("a budget that is used up and an answer that is cut say so in the answer's place, with the way out", async () => {
    const one = await open();
    one.expectProblem(/402/);
    const { page } = one;
    await choose(page, /^Model/, "cut");
    await ask(page, "Go");
    await page.getByText("The answer was cut off").waitFor();
    await page.getByText("The beginning").waitFor();
    await choose(page, /^Project/, "empty");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("The budget is used up").waitFor();
    await page.getByText(/project empty has .* left/).waitFor();
    await page.getByRole("link", { name: "Open projects" }).waitFor();
    await choose(page, /^Project/, "default");
    await one.close();
  });

  test("what a hostile model and a hostile title hold is text: nothing of it runs or is loaded", async () => {
    const one = await open();
    const { page } = one;
    const requested: string[] = [];
    page.on("request", (request) => requested.push(new URL(request.url()).origin));
    page.on("dialog", () => requested.push("a dialog"));
    await choose(page, /^Model/, "hostile");
    await ask(page, `<img src=x onerror="window.hacked='title'"><script>window.hacked='title'</script>`);
    await ended(answers(page));
    await page.locator("summary").click();
    await page.locator(".katex").first().waitFor();
    await page.waitForTimeout(300);
    const found = await page.evaluate<{ hacked?: string; elements: number; links: string[][] }>(`({
      hacked: window.hacked,
      elements: document.querySelectorAll("main :is(img, iframe, script, style, svg[onload], object, form)").length,
      links: [...document.querySelectorAll("article a")].map(({ href, rel, target }) => [href, rel, target]),
    })`);
    expect(found.hacked).toBeUndefined();
    expect(found.elements).toBe(0);
    const rel = "noopener noreferrer nofollow";
    const links = [
      ["https://good.example/page", rel, "_blank"],
      ["https://spy.example/pixel.png", rel, "_blank"],
    ];
    expect(found.links).toEqual([...links, ...links]);
    await answers(page).getByText("<script>window.hacked='script'</script>").first().waitFor();
    expect([...new Set(requested)]).toEqual([sahab.address]);
    // Were something let through after all, the policy stops it.
    one.expectProblem(/Content Security Policy/);
    const ran = await page.evaluate(`{
      const script = document.createElement("script");
      script.textContent = "window.hacked = 'inline'";
      document.body.append(script);
      window.hacked;
    }`);
    expect(ran).toBeUndefined();
    await one.close();
  });

  test("of a long conversation the last questions are in the document, and more when asked for", async () => {
    const wanted = { project: "default", title: "Long", models: ["rich"] };
    const { id } = (await (await session.call("/admin/v1/conversations", { json: wanted })).json()) as { id: string };
    const path = `/admin/v1/conversations/${id}/messages`;
    const said = (name: string, parent: string | null, role: string) => ({
      id: name,
      parent,
      role,
      status: "complete",
      content: [{ type: "text", text: `Text of ${name}` }],
    });
    for (let first = 0; first < 60; first += 10) {
      const turns = Array.from({ length: 10 }, (_, at) => first + at);
      const messages = turns.flatMap((turn) => [
        said(`q${turn}`, turn === 0 ? null : `a${turn - 1}`, "user"),
        said(`a${turn}`, `q${turn}`, "assistant"),
      ]);
      expect((await session.call(path, { json: { messages } })).status).toBe(200);
    }
    const one = await open({ path: `/console/chat?c=${id}` });
    await one.page.getByText("Text of q59").waitFor();
    expect(await one.page.getByRole("article").count()).toBe(40);
    await one.page.getByRole("button", { name: "Show earlier questions (40)" }).click();
    await one.page.getByText("Text of q20").waitFor();
    await one.close();
  });

  test("two models answer side by side, on a telephone in Arabic, too", async () => {
    const one = await open({ theme: "dark", width: 1440 });
    const { page } = one;
    await choose(page, /^Model/, "rich");
    await page.getByRole("button", { name: "Compare with a second model" }).click();
    // Two answers of one model could not be told apart.
    await page.getByRole("button", { name: /^Model 2/ }).click();
    await page.getByRole("option", { name: "nano" }).waitFor();
    expect(await page.getByRole("option", { name: /^rich/ }).count()).toBe(0);
    await page.keyboard.press("Escape");
    await choose(page, /^Model 2/, "nano");
    await ask(page, "Hello");
    await ended(answers(page).nth(0));
    await ended(answers(page).nth(1));
    expect(await answers(page).evaluateAll((all) => all.map((it) => it.getAttribute("aria-label")))).toEqual([
      "Answer of rich",
      "Answer of nano",
    ]);
    await expectAccessible(page);
    const path = new URL(page.url()).pathname + new URL(page.url()).search;
    await one.close();
    const narrow = await open({ path, language: "ar", width: 360, height: 740 });
    await ended(narrow.page.getByRole("article").nth(1));
    expect(await narrow.page.locator("html").getAttribute("dir")).toBe("rtl");
    await expectNoSidewaysScroll(narrow.page);
    await narrow.close();
  });
});
