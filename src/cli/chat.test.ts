import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { must } from "../base/assert.ts";
import { eventually } from "../testing/eventually.ts";
import {
  chat,
  chatChunk,
  doneEvent,
  errorAnswer,
  startFakeVendor,
  streamOf,
  type FakeVendor,
} from "../testing/fake-vendor.ts";
import { cleanEnvironment, sahabProgram } from "../testing/run-command.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Conversations at a terminal, keys in and what is shown out.

let vendor: FakeVendor;
let sahab: TestSahab;
let isFailing = false;

const thinking = streamOf([
  chatChunk({ role: "assistant", content: "" }),
  chatChunk({ reasoning_content: "a thought" }),
  chatChunk({ content: "red \u001b[31malert\u001b]0;title\u0007" }),
  chatChunk({}, {}, "stop"),
  doneEvent,
]);

beforeAll(async () => {
  vendor = startFakeVendor({
    m: (call) => (isFailing ? errorAnswer(400, { message: "no such luck" }) : chat(["Well, ", "yes."])(call)),
    slow: chat(["one ", "two ", "three ", "four ", "five "], { paceMs: 400 }),
    thinking,
  });
  sahab = await runSahab({
    config: {
      providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url }],
      models: ["m", "slow", "thinking"].map((name) => ({
        name,
        targets: [{ provider: "fake", model: name }],
        price: "free",
      })),
      projects: [{ name: "default" }],
    },
  });
});
afterEach(() => {
  isFailing = false;
  rmSync(historyFile(), { force: true });
});
afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const historyFile = () => join(sahab.dataDir, "chat-history");

/** A conversation at a terminal. */
class Terminal {
  shown = "";
  readonly child: Bun.Subprocess;

  constructor(args: string[]) {
    this.child = Bun.spawn([process.execPath, sahabProgram, "chat", ...args], {
      env: cleanEnvironment({ ...sahab.commandEnvironment(), TERM: "xterm" }),
      terminal: {
        cols: 200,
        rows: 50,
        data: (_terminal, bytes) => void (this.shown += new TextDecoder().decode(bytes)),
      },
    });
  }

  /** Types, and waits until something is shown after what was shown before. */
  async type(keys: string, expected?: string | RegExp): Promise<void> {
    const before = this.shown.length;
    this.child.terminal?.write(keys);
    if (expected === undefined) return;
    const isThere = (text: string) => (typeof expected === "string" ? text.includes(expected) : expected.test(text));
    await eventually(`${String(expected)} after ${JSON.stringify(keys)}`, () => isThere(this.shown.slice(before)));
  }

  async shows(expected: string): Promise<void> {
    await eventually(expected, () => this.shown.includes(expected));
  }
}

/** What the vendor was last asked. */
function asked(): string[] {
  const { messages } = must(vendor.calls.at(-1), "the vendor was asked").body as {
    messages: { role: string; content: string }[];
  };
  return messages.map(({ role, content }) => `${role}: ${content}`);
}

test("a conversation: commands, several lines, pasted text, retry, and what failed is no turn", async () => {
  const terminal = new Terminal(["m"]);
  await terminal.shows("/help lists what else can be typed; /exit or Ctrl-D ends, an empty line does nothing.");
  await terminal.type("\r");
  await Bun.sleep(100);
  await terminal.type("Hello\r", "Well, yes.");
  expect(asked()).toEqual(["user: Hello"]);
  await terminal.type("/help\r", "/retry");
  await terminal.type("/system Be brief\r", "Instructions: Be brief");
  await terminal.type("first \\\r", ". ");
  await terminal.type("second\r", "Well, yes.");
  expect(asked()).toEqual(["system: Be brief", "user: Hello", "assistant: Well, yes.", "user: first \nsecond"]);
  await terminal.type("/clear\r", "Forgotten");
  await terminal.type('"""\r', ". ");
  await terminal.type("a\r", ". ");
  await terminal.type('b"""\r', "Well, yes.");
  expect(asked()).toEqual(["system: Be brief", "user: a\nb"]);
  await terminal.type("/system -\r", "There are no instructions.");
  // Pasted: at a terminal that says so, and at one that does not.
  await terminal.type("/clear\r", "Forgotten");
  await terminal.type("see: \u001b[200~one\ntwo\u001b[201~ end\r", "Well, yes.");
  expect(asked()).toEqual(["user: see: one\ntwo end"]);
  await terminal.type("/clear\r", "Forgotten");
  await terminal.type("three\rfour\r", "Well, yes.");
  expect(asked()).toEqual(["user: three\nfour"]);
  isFailing = true;
  await terminal.type("Again\r", "no such luck");
  isFailing = false;
  await terminal.type("/retry\r", "Well, yes.");
  expect(asked()).toEqual(["user: three\nfour", "assistant: Well, yes.", "user: Again"]);
  await terminal.type("/retry\r", "Well, yes.");
  expect(asked()).toEqual(["user: three\nfour", "assistant: Well, yes.", "user: Again"]);
  await terminal.type("/modle slow\r", "There is no /modle; did you mean model?; /help lists");
  await terminal.type("/model\r", "There are: m, slow, thinking");
  await terminal.type("/model thinkin\r", "did you mean thinking?");
  await terminal.type("/model thinking\r", "Talking to thinking from here on.");
  await terminal.type("Hm\r", "alert");
  // Thoughts are faint, and a model's escape codes are text.
  expect(terminal.shown).toContain("\u001b[2ma thought\u001b[0m");
  expect(terminal.shown).toContain("red \\u001b[31malert\\u001b]0;title\\u0007");
  await terminal.type("/exit\r");
  expect(await terminal.child.exited).toBe(0);
});

test("Ctrl-C ends an answer, then a line, then the conversation", async () => {
  const terminal = new Terminal(["slow"]);
  await terminal.type("Go\r", "two ");
  await terminal.type("\u0003", "(The answer was ended.)");
  expect(terminal.shown).not.toContain("four");
  await terminal.type("half a line", "half a line");
  await terminal.type("\u0003", "> ");
  await terminal.type("More\r", "one ");
  expect(asked()).toEqual(["user: Go", expect.stringMatching(/^assistant: one two/), "user: More"]);
  await terminal.type("\u0003", "(The answer was ended.)");
  await Bun.sleep(50);
  await terminal.type("\u0003");
  expect(await terminal.child.exited).toBe(0);
});

test("what was typed is kept for the next conversation, in a file of its owner's; not with --no-history", async () => {
  const first = new Terminal(["m"]);
  await first.type("remember me\r", "Well, yes.");
  await first.type("\u0004");
  expect(await first.child.exited).toBe(0);
  expect(readFileSync(historyFile(), "utf8")).toBe("remember me\n");
  expect(statSync(historyFile()).mode & 0o777).toBe(0o600);
  const second = new Terminal(["m"]);
  await second.shows("> ");
  await second.type("\u001b[A", "remember me");
  await second.type("\r", "Well, yes.");
  await second.type("/exit\r");
  await second.child.exited;
  rmSync(historyFile());
  const third = new Terminal(["m", "--no-history"]);
  await third.type("a secret\r", "Well, yes.");
  await third.type("/exit\r");
  await third.child.exited;
  expect(existsSync(historyFile())).toBeFalse();
});

test("without a model one is asked for; where nobody can be asked they are named", async () => {
  const terminal = new Terminal([]);
  await terminal.shows("Which model? [1] ");
  await terminal.type("thinkin\r", "did you mean thinking?");
  await terminal.type("3\r", "Talking to thinking.");
  await terminal.type("\u0004");
  expect(await terminal.child.exited).toBe(0);
  const piped = await sahab.command(["chat", "What is this?"]);
  expect(piped).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("Which model? Name one: m, slow, thinking"),
  });
});

test("a pipe gets the answer alone, as the model gave it", async () => {
  const { stdout } = await sahab.command(["chat", "thinking", "Hm"]);
  expect(stdout).toBe("red \u001b[31malert\u001b]0;title\u0007\n");
});
