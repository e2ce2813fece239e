import { afterAll, afterEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { toSahabError } from "../../base/errors.ts";
import { eventually } from "../../testing/eventually.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { BodyThread, type BodyThreadOptions, type TaskOwner } from "./body-thread.ts";

// The thread itself, with its queue: whose turn it is, and what happens when it is lost. The programs are real threads.

const folder = makeTemporaryFolder();
let thread: BodyThread;
let logged: unknown[] = [];
afterEach(() => thread.close());
afterAll(() => removeTemporaryFolder(folder));

function start(options: BodyThreadOptions = {}): BodyThread {
  logged = [];
  return (thread = new BodyThread({ log: { error: (fields) => logged.push(fields) } }, options));
}

/** A program whose thread runs this for each body, whose first bytes are `text`. */
function program(source: string): string {
  const file = join(folder, `${Bun.hash(source)}.ts`);
  const answer = `const answer = (value: unknown) => postMessage({ type: "value", value, body }, [body]);`;
  const text = `const text = Buffer.from(body).subarray(0, 20).toString().trim();`;
  writeFileSync(file, `onmessage = async ({ data: { body } }) => { ${answer} ${text} ${source} };`);
  return file;
}

const request = { dialect: "openai-chat", operation: "chat", path: "/" } as const;
const ownerOf = (project: string, keyId = "key"): TaskOwner => ({ tenant: { project, keyId }, isOver: () => false });
const bodyOf = (text: string, bytes = 100) => Buffer.from(text.padEnd(bytes));

function run(text: string, owner = ownerOf("one"), bytes?: number): Promise<unknown> {
  return thread.run(request, { type: "open" }, bodyOf(text, bytes), owner).then(
    ({ body, done }) => {
      expect(body.toString().trim()).toBe(text);
      return done.type === "value" ? done.value : done;
    },
    (error: unknown) => toSahabError(error).code,
  );
}

test("what opening a body finds comes back, and so does the body, in the same memory", async () => {
  start();
  const text = JSON.stringify({ model: "m", n: 2, messages: [{ role: "user", content: "云" }] });
  const body = Buffer.from(text.padEnd(1_000));
  const running = thread.run(request, { type: "open" }, body, ownerOf("one"));
  expect(body).toHaveLength(0);
  const end = await running;
  expect(end.body.toString().trim()).toBe(text);
  expect(end.done).toMatchObject({ type: "value", value: { model: "m", choiceCount: 2 } });
  const broken = await thread.run(request, { type: "open" }, bodyOf('{"model":1}'), ownerOf("one"));
  expect(broken.done).toMatchObject({ type: "error", error: { code: "invalid_request", param: "model" } });
  expect(broken.body.toString().trim()).toBe('{"model":1}');
});

test("a part of a larger memory is copied, so that nobody loses the rest", async () => {
  start();
  const memory = Buffer.from('xx{"model":"m","messages":[{}]}xx');
  const end = await thread.run(request, { type: "open" }, memory.subarray(2, -2), ownerOf("one"));
  expect(end.done).toMatchObject({ type: "value", value: { model: "m" } });
  expect(memory.toString()).toStartWith("xx{");
});

test("projects take turns, and keys within them", async () => {
  start({ program: program("answer(text);") });
  const order: unknown[] = [];
  const ask = async (text: string, project: string, key?: string) => {
    order.push(await run(text, ownerOf(project, key)));
  };
  await Promise.all([
    ...["a1", "a2", "a3", "a4"].map((text) => ask(text, "noisy", "a")),
    ask("b1", "noisy", "b"),
    ask("c1", "quiet"),
  ]);
  expect(order).toEqual(["a1", "a2", "c1", "b1", "a3", "a4"]);
});

test("a project's bodies that wait have a share of the queue; others still get in", async () => {
  start({ program: program("if (text !== 'quick') await Bun.sleep(300); answer(text);") });
  const large = 32 * 1024 * 1024;
  const noisy = Array.from({ length: 10 }, (_, index) => run(`slow ${index}`, ownerOf("noisy"), large));
  const quiet = run("quick", ownerOf("quiet"), large);
  expect(await quiet).toBe("quick");
  thread.close();
  const codes = await Promise.all(noisy);
  expect(codes.filter((code) => code === "overloaded").length).toBeGreaterThan(1);
  expect(codes.filter((code) => code === "shutting_down").length).toBeGreaterThan(3);
  expect(thread.waitingBytes).toBe(0);
});

test("a body whose turn does not come in time is refused, and stays whole", async () => {
  start({ program: program("await Bun.sleep(500); answer(text);"), waitMs: 100 });
  const first = run("first");
  const body = bodyOf("second");
  const second = thread.run(request, { type: "open" }, body, ownerOf("two"));
  expect(await second.catch((error: unknown) => toSahabError(error).code)).toBe("overloaded");
  expect(body.toString().trim()).toBe("second");
  expect(await first).toBe("first");
});

test("nobody's body is worked on after its request is over", async () => {
  start({ program: program("await Bun.sleep(50); answer(text);") });
  const first = run("first");
  const gone = run("gone", { ...ownerOf("one"), isOver: () => true });
  const last = run("last");
  expect(await Promise.all([first, gone, last])).toEqual(["first", "client_closed_request", "last"]);
});

test.each([
  ["throws", "if (text === 'bad') throw new Error('broken'); answer(text);"],
  ["exits", "if (text === 'bad') process.exit(3); answer(text);"],
  ["hangs", "if (text === 'bad') for (;;); answer(text);"],
])("a thread that %s fails its own request only, and is started again", async (_, source) => {
  start({ program: program(source), taskMs: 3_000 });
  const answers = [run("good"), run("bad"), run("after", ownerOf("two"))];
  expect(await Promise.all(answers)).toEqual(["good", "internal_error", "after"]);
  expect(await run("later")).toBe("later");
  expect(logged).toHaveLength(1);
});

test("an idle thread is ended, and the next body gets a new one", async () => {
  start({ program: program("globalThis.count = (globalThis.count ?? 0) + 1; answer(globalThis.count);"), idleMs: 50 });
  expect(await run("x")).toBe(1);
  expect(await run("x")).toBe(2);
  await eventually("a new thread", async () => {
    await Bun.sleep(100);
    return (await run("x")) === 1;
  });
  expect(logged).toEqual([]);
});

test("after the end nothing is taken, and what waits is told", async () => {
  start({ program: program("await Bun.sleep(200); answer(text);") });
  const waiting = [run("first"), run("second")];
  thread.close();
  expect(await Promise.all([...waiting, run("third")])).toEqual(["shutting_down", "shutting_down", "shutting_down"]);
});
