import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Bodies as they come from curl, editors and mistakes.

const base = `
providers: [{ name: p, vendor: compatible, base_url: "http://127.0.0.1:1" }]
models: [{ name: m, targets: [{ provider: p, model: m }], price: { currency: USD, input: 1, output: 1 } }]
projects: [{ name: default }]
`;
let sahab: TestSahab;

beforeAll(async () => {
  sahab = await runSahab({ config: base });
}, 30_000);
afterAll(() => sahab?.close());

const post = (path: string, body: string | undefined, type: string | undefined) =>
  sahab.admin(path, {
    method: "POST",
    // Bytes, since text would be given a content type.
    ...(body === undefined ? {} : { body: new TextEncoder().encode(body) }),
    headers: type === undefined ? {} : { "content-type": type },
  });
const types: (string | undefined)[] = ["application/x-www-form-urlencoded", undefined];
const errorOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string; message: string } }).error;

for (const text of ["", "\n", "# nothing here\n", "---\n", "null\n"]) {
  test(`an empty document is refused and changes nothing: ${JSON.stringify(text)}`, async () => {
    const before = await sahab.adminJson("/config");
    const response = await post("/apply", text, "application/yaml");
    expect(response.status).toBe(400);
    expect((await errorOf(response)).code).toBe("invalid_request");
    const command = await sahab.command(["apply", "-f", "-"], { stdin: text });
    expect(command.status).toBe(1);
    expect(command.stderr).toContain("empty lists");
    expect(await sahab.adminJson("/config")).toEqual(before);
  }, 15_000);
}

test("explicit empty lists take everything away", async () => {
  const response = await post("/apply", "providers: []\nmodels: []\nprojects: []\n", "application/yaml");
  expect(response.status).toBe(200);
  expect(await sahab.adminJson("/config")).toEqual({ providers: [], models: [], projects: [] });
  const command = await sahab.command(["apply", "-f", "-"], { stdin: base });
  expect({ status: command.status, stderr: command.stderr }).toMatchObject({ status: 0 });
}, 15_000);

for (const type of types) {
  test(`content type ${type ?? "none"}: bodies are what their path takes`, async () => {
    const applied = await post("/apply", base, type);
    expect({ status: applied.status, text: await applied.text() }).toMatchObject({ status: 200 });
    const created = await post("/keys", '{"name":"curl"}', type);
    expect({ status: created.status, text: await created.text() }).toMatchObject({ status: 200 });
    for (const path of ["/keys", "/models/pull"]) {
      const response = await post(path, undefined, type);
      expect({ path, status: response.status }).toEqual({ path, status: 400 });
      const error = await errorOf(response);
      expect(error).toMatchObject({ code: "invalid_request" });
      expect(error.message).not.toBe("");
    }
  }, 15_000);
}

for (const address of [
  "http://user:hunter2@127.0.0.1/v1",
  "ftp://user:hunter2@127.0.0.1/v1",
  "http://us/er:hunter2@127.0.0.1/v1",
  "http://127.0.0.1/v1?key=hunter2",
  "http://127.0.0.1/v1#hunter2",
]) {
  test(`an address with more than a place is refused, its secret unseen: ${address}`, async () => {
    const text = base.replace("http://127.0.0.1:1", address);
    const response = await post("/apply", text, "application/yaml");
    expect(response.status).toBe(400);
    const { message } = await errorOf(response);
    expect(message).toContain("providers[0].base_url");
    expect(message).not.toContain("hunter2");
    expect(sahab.logs()).not.toContain("hunter2");
  }, 15_000);
}

test("a caller without a key is refused before its body is read", async () => {
  const { port } = new URL(sahab.address);
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => resolve(bytes.toString()));
    // The rest of the body never comes.
    socket.write("POST /admin/v1/apply HTTP/1.1\r\nhost: x\r\ncontent-length: 32000000\r\n\r\nproviders:");
  });
  expect(answer).toStartWith("HTTP/1.1 401 ");
  expect(answer.toLowerCase()).toContain("connection: close");
}, 15_000);
