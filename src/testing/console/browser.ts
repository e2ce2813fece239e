import { existsSync } from "node:fs";
import { chromium, type Browser, type Page } from "playwright-core";
import { makeTemporaryFolder, removeTemporaryFolder } from "../temporary-folder.ts";

const executablePath = "/usr/bin/chromium";

/** Where it is missing, tests of pages are skipped by name. */
export const hasChromium = existsSync(executablePath);

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export interface PageOptions {
  /** A page of the console: its path, query and fragment. */
  path?: string;
  /** The session's cookie as a header has it, `name=value`; without it nobody is signed in. */
  cookie?: string | undefined;
  theme?: "light" | "dark";
  language?: "en" | "zh" | "ar";
  /** Of the window, in CSS pixels. */
  width?: number;
  height?: number;
}

/** A page of the console. Whatever goes wrong in it is noted, and `close` fails with it. */
export class ConsolePage {
  readonly page: Page;
  readonly #problems: string[] = [];
  readonly #expected: RegExp[];

  constructor(page: Page, expected: RegExp[]) {
    this.page = page;
    this.#expected = expected;
    page.on("console", (message) => {
      if (message.type() === "error") this.#note(`console: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => this.#note(`error: ${error.stack ?? error.message}`));
    page.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText ?? "";
      // A page that is left no longer needs what it had asked for.
      if (reason !== "net::ERR_ABORTED") this.#note(`request: ${request.method()} ${request.url()} ${reason}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400)
        this.#note(`answer: ${response.request().method()} ${response.url()} ${response.status()}`);
    });
  }

  /** A problem that the test means to cause. */
  expectProblem(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  /** Throws with all that went wrong so far. */
  check(): void {
    const problems = this.#problems.filter((problem) => !this.#expected.some((it) => it.test(problem)));
    if (problems.length > 0) throw new Error(`the page ${this.page.url()} has problems:\n${problems.join("\n")}`);
  }

  async close(): Promise<void> {
    await this.page.context().close();
    this.check();
  }

  #note(problem: string): void {
    this.#problems.push(problem);
  }
}

/** Debian's Chromium without a window, on an empty profile. One for a test file; each page has cookies and storage of its own. */
export class TestBrowser {
  readonly #browser: Browser;
  readonly #home: string;

  private constructor(browser: Browser, home: string) {
    this.#browser = browser;
    this.#home = home;
  }

  static async start(): Promise<TestBrowser> {
    const home = makeTemporaryFolder();
    const env = { PATH: process.env["PATH"] ?? "", HOME: home };
    const browser = await chromium.launch({ executablePath, args: flags, headless: true, env });
    return new TestBrowser(browser, home);
  }

  /** A page with cookies, storage and a cache of its own, which has opened nothing yet. */
  async newPage(address: string, options: Omit<PageOptions, "path"> = {}): Promise<Page> {
    const { cookie, theme, language, width = 1280, height = 800 } = options;
    const context = await this.#browser.newContext({
      viewport: { width, height },
      locale: "en-US",
      reducedMotion: "reduce",
      colorScheme: "light",
    });
    context.setDefaultTimeout(30_000);
    const [name = "", value = ""] = cookie?.split("=") ?? [];
    if (cookie !== undefined) await context.addCookies([{ name, value, url: address }]);
    const settings = { "sahab.theme": theme, "sahab.language": language };
    await context.addInitScript((kept) => {
      for (const [key, own] of Object.entries(kept))
        if (own !== undefined && localStorage.getItem(key) === null) localStorage.setItem(key, own);
    }, settings);
    return context.newPage();
  }

  async open(address: string, { path = "/", ...options }: PageOptions = {}): Promise<ConsolePage> {
    const page = await this.newPage(address, options);
    // Asking who is signed in is answered 401 where nobody is.
    const console = new ConsolePage(
      page,
      options.cookie === undefined ? [/\/admin\/v1\/session\b.*401|401.*\/admin\/v1\/session\b/] : [],
    );
    await page.goto(address + path);
    await page.locator("main").first().waitFor();
    return console;
  }

  /** A page of nothing, for what a test computes in a browser; closed with it. */
  openBlank(): Promise<Page> {
    return this.#browser.newPage();
  }

  async close(): Promise<void> {
    await this.#browser.close();
    removeTemporaryFolder(this.#home);
  }
}
