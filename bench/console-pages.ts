import { TestBrowser } from "../src/testing/console/browser.ts";
import { quantiles, type Quantiles } from "./statistics.ts";

/** A console that runs, and who looks at it. */
export interface ConsoleSession {
  address: string;
  /** The session's, as a header has it; without it nobody is signed in. */
  cookie: string | undefined;
}

/** Milliseconds since the navigation began. */
export interface FirstLoad {
  /** The first control that takes input is in the page, and the page's thread is free. */
  interactiveMs: number;
  /** What the page shows has come, too. */
  wholeMs: number;
  /** Of the page, its code, styles and pictures as they came, without headers and data. */
  bytes: number;
  files: number;
}

/** Opens the console's first page in a browser that was just started, on an empty profile. */
export async function loadFirstPage({ address, cookie }: ConsoleSession): Promise<FirstLoad> {
  const browser = await TestBrowser.start();
  try {
    const page = await browser.newPage(address, { cookie });
    await page.goto(address, { waitUntil: "commit" });
    // It looks once a frame, so a time may be a frame too long, never too short.
    return await page.locator("html").evaluate(
      (html) =>
        new Promise<FirstLoad>((resolve, reject) => {
          const window = html.ownerDocument.defaultView;
          let interactiveMs = 0;
          const look = () => {
            const nowMs: number = window.performance.now();
            const isWaiting = html.querySelector("main .animate-wait") !== null;
            if (html.querySelector("main :is(a[href], button:enabled, input:enabled)") !== null)
              interactiveMs ||= nowMs;
            if (nowMs > 30_000) reject(new Error("the first page is not there after 30 s"));
            else if (interactiveMs === 0 || isWaiting) window.requestAnimationFrame(look);
            else {
              const all: { name: string; encodedBodySize: number }[] = [
                ...window.performance.getEntriesByType("navigation"),
                ...window.performance.getEntriesByType("resource"),
              ].filter(({ name }) => !String(name).includes("/admin/"));
              const bytes = all.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
              resolve({ interactiveMs, wholeMs: nowMs, bytes, files: all.length });
            }
          };
          look();
        }),
    );
  } finally {
    await browser.close();
  }
}

export interface Scrolling {
  /** Rows that were passed on the way down; all were read from the server meanwhile. */
  rows: number;
  /** From one frame to the next: on the way down, and back over rows that are all there. */
  downMs: Quantiles;
  upMs: Quantiles;
  /** Work of more than 50 ms in one frame, as the browser reports it. */
  longFramesMs: number[];
  /** Most rows that were in the document at once. */
  rowsInDocument: number;
}

const rowPx = 44;

/** Scrolls down the list of requests until `rows` were passed, a screen of new rows in each frame, and then back to its top. */
export async function scrollRequests({ address, cookie }: ConsoleSession, rows: number): Promise<Scrolling> {
  const browser = await TestBrowser.start();
  try {
    const page = await browser.newPage(address, { cookie });
    await page.goto(`${address}/console/requests`);
    await page.getByRole("row").nth(1).waitFor();
    const frame = page.getByRole("region", { name: "Requests" });
    const seen = await frame.evaluate(
      (frame, { downPx, upPx, endPx }) =>
        new Promise<{ px: number; downMs: number[]; upMs: number[]; longFramesMs: number[]; rowsInDocument: number }>(
          (resolve) => {
            const window = frame.ownerDocument.defaultView;
            const result = { px: 0, downMs: [], upMs: [], longFramesMs: [], rowsInDocument: 0 } as {
              px: number;
              downMs: number[];
              upMs: number[];
              longFramesMs: number[];
              rowsInDocument: number;
            };
            const observer = new window.PerformanceObserver((list: { getEntries(): { duration: number }[] }) => {
              for (const { duration } of list.getEntries()) result.longFramesMs.push(duration);
            });
            observer.observe({ type: "long-animation-frame" });
            let intoMs = result.downMs;
            let beforeMs: number = window.performance.now();
            const step = () => {
              const nowMs: number = window.performance.now();
              intoMs.push(nowMs - beforeMs);
              beforeMs = nowMs;
              const count: number = frame.querySelectorAll("[role=row]").length;
              result.rowsInDocument = Math.max(result.rowsInDocument, count);
              result.px = Math.max(result.px, frame.scrollTop);
              const isDown = intoMs === result.downMs;
              if (isDown && frame.scrollTop >= endPx) intoMs = result.upMs;
              else if (!isDown && frame.scrollTop <= 0) {
                observer.disconnect();
                resolve(result);
                return;
              } else frame.scrollTop += isDown ? downPx : -upPx;
              window.requestAnimationFrame(step);
            };
            window.requestAnimationFrame(() => {
              beforeMs = window.performance.now();
              window.requestAnimationFrame(step);
            });
          },
        ),
      // Back is faster: a throw of the wheel over hundreds of rows a frame.
      { downPx: 20 * rowPx, upPx: 150 * rowPx, endPx: (rows - 50) * rowPx },
    );
    return {
      rows: Math.round(seen.px / rowPx),
      downMs: quantiles(Float64Array.from(seen.downMs)),
      upMs: quantiles(Float64Array.from(seen.upMs)),
      longFramesMs: seen.longFramesMs,
      rowsInDocument: seen.rowsInDocument,
    };
  } finally {
    await browser.close();
  }
}
