import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../testing/eventually.ts";
import { generation, generationError } from "../testing/fake-dashscope.ts";
import { chat, errorAnswer, startFakeVendor, wholeChat, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// DashScope's tasks, as its SDK asks for them and waits: a call with the header for it, then looks at the task.

const words = ["Peace ", "be upon you"];
const hangs: Script = async (call) => {
  while (call.abortedMs === undefined) await Bun.sleep(10);
  return wholeChat("late")(call);
};
const native: Record<string, Script> = {
  plain: generation(words),
  refuses: () => generationError(400, "InvalidParameter"),
  vectors: () =>
    Response.json({
      output: { embeddings: [{ text_index: 0, embedding: [0.5, 1] }] },
      usage: { total_tokens: 7 },
      request_id: "e",
    }),
};
const openai: Record<string, Script> = {
  "o-plain": chat(words),
  "o-refuses": () => errorAnswer(400, { message: "too odd" }),
  "o-hangs": hangs,
};

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;

beforeAll(async () => {
  vendor = startFakeVendor({ ...native, ...openai });
  const price = { currency: "USD", input: 1, output: 10 };
  const modelsOf = (provider: string, scripts: object) =>
    Object.keys(scripts).map((model) => ({ name: model, targets: [{ provider, model }], price }));
  sahab = await runSahab({
    config: {
      providers: [
        {
          name: "native",
          vendor: "alibaba",
          base_url: `http://127.0.0.1:${vendor.port}`,
          api_key: "k",
          apis: ["dashscope"],
        },
        { name: "openai", vendor: "compatible", base_url: vendor.url },
      ],
      models: [
        { name: "nano", local: { file: "nano.gguf" } },
        ...modelsOf("native", native),
        ...modelsOf("openai", openai),
      ],
      projects: [{ name: "default" }, { name: "other" }, { name: "off", stored_answers: false }],
    },
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

interface Task {
  request_id: string;
  output: { task_id: string; task_status: string; [field: string]: unknown };
  usage?: Record<string, unknown>;
}

const textPath = "/api/v1/services/aigc/text-generation/generation";
const asTask = { "X-DashScope-Async": "enable" };

async function begin(model: string, { path = textPath, input = {}, as = key } = {}): Promise<Response> {
  const messages = [{ role: "user", content: "Hi" }];
  const parameters = { result_format: "message", max_tokens: 12 };
  return sahab.call(path, { model, input: { messages, ...input }, parameters }, { key: as, headers: asTask });
}

async function created(model: string, options: Parameters<typeof begin>[1] = {}): Promise<string> {
  const response = await begin(model, options);
  expect(response.status).toBe(200);
  const task = (await response.json()) as Task;
  expect(task).toMatchObject({ output: { task_status: "PENDING" }, request_id: expect.any(String) });
  return task.output.task_id;
}

async function look(id: string, as = key): Promise<Task> {
  const response = await fetch(`${sahab.address}/api/v1/tasks/${id}`, { headers: { authorization: `Bearer ${as}` } });
  expect(response.status).toBe(200);
  return (await response.json()) as Task;
}

const cancel = (id: string, as = key) =>
  fetch(`${sahab.address}/api/v1/tasks/${id}/cancel`, { method: "POST", headers: { authorization: `Bearer ${as}` } });

const ended = (id: string) =>
  eventually(`the end of task ${id}`, async () => {
    const task = await look(id);
    return ["PENDING", "RUNNING"].includes(task.output.task_status) ? undefined : task;
  });

describe("a task", () => {
  test.each(["plain", "o-plain"])("of %s succeeds with the answer's own output and usage", async (model) => {
    const id = await created(model);
    expect(await ended(id)).toMatchObject({
      request_id: expect.any(String),
      output: {
        task_id: id,
        task_status: "SUCCEEDED",
        submit_time: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/),
        choices: [{ finish_reason: "stop", message: { role: "assistant", content: words.join("") } }],
      },
      usage: { input_tokens: 100, output_tokens: 20, cost: "0.0003" },
    });
    const call = vendor.callsFor(model).at(-1);
    expect(call?.headers.get("x-dashscope-async")).toBeNull();
    expect(call?.headers.get("x-dashscope-sse")).toBeNull();
  });

  test("of the local model, and of vectors", async () => {
    const { output, usage } = await ended(await created("nano"));
    expect(output).toMatchObject({ task_status: "SUCCEEDED", choices: [{ message: { role: "assistant" } }] });
    expect(usage).toMatchObject({ output_tokens: expect.any(Number) });
    const path = "/api/v1/services/embeddings/text-embedding/text-embedding";
    const vectors = await ended(await created("vectors", { path, input: { texts: ["a"] } }));
    expect(vectors.output).toMatchObject({ task_status: "SUCCEEDED", embeddings: [{ embedding: [0.5, 1] }] });
  });

  test.each(["refuses", "o-refuses"])("of %s fails with the code and the words of the refusal", async (model) => {
    const task = await ended(await created(model));
    expect(task.output).toMatchObject({
      task_status: "FAILED",
      code: "InvalidParameter",
      message: expect.any(String),
    });
  });

  test("is cancelled, at the vendor too, and only while there is something to cancel", async () => {
    const id = await created("o-hangs");
    const sent = await eventually("the vendor is asked", () => Promise.resolve(vendor.callsFor("o-hangs").at(-1)));
    expect((await look(id)).output.task_status).toBe("RUNNING");
    expect(await (await cancel(id)).json()).toEqual({ request_id: expect.any(String) });
    await eventually("the vendor's call is ended", () => Promise.resolve(sent.abortedMs));
    expect((await look(id)).output.task_status).toBe("CANCELED");
    const done = await created("plain");
    await ended(done);
    const refused = await cancel(done);
    expect([refused.status, await refused.json()]).toMatchObject([400, { code: "UnsupportedOperation" }]);
  });

  test("that nobody knows is UNKNOWN, as is another project's, and one is there after a restart", async () => {
    const id = await created("plain");
    await ended(id);
    const other = (await sahab.createKey({ project: "other" })).key;
    for (const [task, as] of [
      ["none", key],
      [id, other],
    ] as const) {
      expect((await look(task, as)).output).toEqual({ task_id: task, task_status: "UNKNOWN" });
      expect((await cancel(task, as)).status).toBe(404);
    }
    await sahab.restart("SIGKILL");
    expect((await look(id)).output.task_status).toBe("SUCCEEDED");
  });

  test("is refused at once for an unknown model, a wrong key, or a project that keeps nothing", async () => {
    const off = (await sahab.createKey({ project: "off" })).key;
    const said = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code];
    expect(await said(await begin("nobody"))).toEqual([404, "ModelNotFound"]);
    expect(await said(await begin("plain", { as: "sk-wrong" }))).toEqual([401, "InvalidApiKey"]);
    expect(await said(await begin("plain", { as: off }))).toEqual([400, "UnsupportedOperation"]);
  });

  test("of a large body", async () => {
    const content = "x".repeat(1_200_000);
    const id = await created("plain", { input: { messages: [{ role: "user", content }] } });
    expect((await ended(id)).output.task_status).toBe("SUCCEEDED");
  });
});
