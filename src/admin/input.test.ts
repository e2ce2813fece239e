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
});
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
  });
}

test("explicit empty lists take everything away but the project that is always there", async () => {
  const response = await post("/apply?prune=1", "providers: []\nmodels: []\nprojects: []\n", "application/yaml");
  expect(response.status).toBe(200);
  expect(await sahab.adminJson("/config")).toEqual({
    providers: [],
    models: [],
    projects: [{ name: "default", currency: "USD" }],
  });
  const command = await sahab.command(["apply", "-f", "-"], { stdin: base });
  expect({ status: command.status, stderr: command.stderr }).toMatchObject({ status: 0 });
});

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
  });
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
  });
}

test("addresses of this Sahab itself, and keys that would go out unencrypted, are told by apply", async () => {
  const warningsOf = async (host: string) => {
    const text = base.replace('127.0.0.1:1"', `${host}/v1", api_key: sk-1`);
    const response = await post("/apply?dry_run=1", text, "application/yaml");
    return ((await response.json()) as { warnings: string[] }).warnings;
  };
  const own = await warningsOf(new URL(sahab.address).host);
  expect(own).toEqual([expect.stringContaining("base_url is the address of this Sahab itself")]);
  const plain = await warningsOf("models.example.com");
  expect(plain).toEqual([expect.stringContaining("can be read on the way, key and prompts included")]);
});

test("what is probably not meant is told by apply, in its answer and by the command", async () => {
  const text = base.replace("127.0.0.1:1", "127.0.0.1:1//v1/chat/completions").replace("input: 1", "input: 0.000003");
  const response = await post("/apply", text, "application/yaml");
  const { warnings } = (await response.json()) as { warnings: string[] };
  expect(warnings).toEqual([
    expect.stringMatching(/^providers\[0\]\.base_url: .*http:\/\/127\.0\.0\.1:1\/v1 is used$/),
    expect.stringMatching(/^models\[0\]\.price: .*if these are per token, input would be 3$/),
  ]);
  const command = await sahab.command(["apply", "-f", "-"], { stdin: text });
  expect(command.stdout).toBe("Nothing to change.\n");
  expect(command.stderr).toContain(`warning: standard input:2:44: ${warnings[0]}`);
  expect(command.stderr).toContain(`warning: standard input:3:59: ${warnings[1]}`);
  const { stdout } = await sahab.command(["doctor"]);
  expect(stdout).toContain("if these are per token, input would be 3");
  // What was mended is stored so, and is not told again.
  expect(stdout).not.toContain("is used");
  expect(JSON.stringify(await sahab.adminJson("/config"))).toContain('"http://127.0.0.1:1/v1"');
});

test("numbers of a file are judged as they are written, on every way", async () => {
  for (const [input, found] of [
    [".inf", '".inf"'],
    ["-0", "-0"],
    ["0.15000000000000000001", '"0.15000000000000000001"'],
  ]) {
    const text = base.replace("input: 1", `input: ${input}`);
    const command = await sahab.command(["apply", "-f", "-"], { stdin: text });
    expect(command.status).toBe(1);
    expect(command.stderr).toContain("models[0].price.input: expected a decimal of at least 0");
    expect(command.stderr).toContain(`found ${found}`);
    const { message } = await errorOf(await post("/apply", text, "application/yaml"));
    expect(message).toContain(`found ${found}`);
  }
  const json =
    '{"models":[{"name":"m","local":{"file":"f"},"price":{"currency":"USD","input":0.15000000000000000001,"output":1}}]}';
  expect((await errorOf(await post("/apply", json, "application/json"))).message).toContain('"0.15000000000000000001"');
});

test("a key from the environment is taken without its line end", async () => {
  const text = base.replace("vendor: compatible", "vendor: compatible, api_key: '${K}'");
  const options = { stdin: text, env: { K: "sk-1\n" } };
  expect(await sahab.command(["apply", "-f", "-"], options)).toMatchObject({
    status: 0,
    stderr: expect.not.stringContaining("sk-1"),
  });
});

const odd = ["a\u0000b", "a\nb", "a\u202eb", "a\ud83d", "a\u001b[31mb"];
for (const name of odd) {
  test(`no name holds what cannot be printed: ${JSON.stringify(name)}`, async () => {
    const bodies: [string, object, string][] = [
      ["/keys", { name }, "name: "],
      ["/keys", { name: "k", project: name }, "project: "],
      ["/models/pull", { source: "/nowhere.gguf", name }, "name: "],
      ["/models/pull", { source: name }, "source: "],
    ];
    for (const [path, body, place] of bodies) {
      const response = await post(path, JSON.stringify(body), "application/json");
      expect(response.status).toBe(400);
      const { message } = await errorOf(response);
      expect(message).toStartWith(`${place}expected text without control and invisible characters`);
      expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    }
    const written = encodeURIComponent(name.toWellFormed());
    if (!name.isWellFormed()) return;
    for (const path of [`/balance?project=${written}`, `/requests?cursor=${written}`])
      expect((await sahab.admin(path)).status).toBe(400);
    for (const path of [`/keys/${written}`, `/models/${written}`])
      expect((await sahab.admin(path, { method: "DELETE" })).status).toBe(400);
  });
}

test("names in any script are taken", async () => {
  for (const name of ["سحاب", "می\u200cخواهم", "团队 1", "👩\u200d💻"])
    expect((await post("/keys", JSON.stringify({ name }), "application/json")).status).toBe(200);
});

test("a caller without a key is refused before its body is read", async () => {
  const { port } = new URL(sahab.address);
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => resolve(bytes.toString()));
    // The rest of the body never comes.
    socket.write("POST /admin/v1/apply HTTP/1.1\r\nhost: localhost\r\ncontent-length: 32000000\r\n\r\nproviders:");
  });
  expect(answer).toStartWith("HTTP/1.1 401 ");
  expect(answer.toLowerCase()).toContain("connection: close");
});
