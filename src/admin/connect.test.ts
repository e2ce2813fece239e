import { afterAll, beforeAll, expect, test } from "bun:test";
import { clientPrograms } from "../connect/index.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

interface Connect {
  address: string;
  model: string | null;
  key: string;
  programs: {
    name: string;
    files: { path: string; blocks: { place: string; text: string }[] }[];
    shell: string[];
    steps: string[];
  }[];
}

let sahab: TestSahab;
beforeAll(async () => {
  sahab = await runSahab({
    config: {
      providers: [{ name: "fake", vendor: "compatible", base_url: "http://127.0.0.1:9/v1", api_key: "vendor-key" }],
      models: [
        { name: "chat", targets: [{ provider: "fake", model: "m" }], price: "free", context: 65_432, output: 4_321 },
      ],
      projects: [{ name: "default" }],
    },
  });
});
afterAll(() => sahab?.close());

test("every program that sahab connect knows has lines with the address and a place for the key", async () => {
  const { programs, ...rest } = await sahab.adminJson<Connect>("/connect?address=https://ai.example.com/");
  expect(rest).toEqual({ address: "https://ai.example.com", model: "chat", key: "YOUR-SAHAB-KEY" });
  expect(programs.map(({ name }) => name)).toEqual(clientPrograms.map(({ name }) => name));
  for (const program of programs) {
    const text = JSON.stringify(program);
    expect({ name: program.name, hasAddress: text.includes("https://ai.example.com") }).toMatchObject({
      hasAddress: true,
    });
    expect({ name: program.name, hasKey: text.includes("YOUR-SAHAB-KEY") }).toMatchObject({ hasKey: true });
    expect(text).not.toContain("/home/");
  }
  const codex = programs.find(({ name }) => name === "codex");
  expect(codex?.files).toMatchObject([{ path: "~/.codex/config.toml" }]);
  expect(codex?.files[0]?.blocks[0]?.text).toContain("model_context_window = 65432");
});

test("the address is what the request calls this server, and shells differ", async () => {
  const here = await sahab.adminJson<Connect>("/connect?platform=win32&model=chat");
  expect(here.address).toBe(sahab.address);
  const sdk = here.programs.find(({ name }) => name === "openai-sdk");
  expect(sdk?.shell).toContain(`$env:OPENAI_BASE_URL = '${sahab.address}/v1'`);
  const refused = await Promise.all(
    ["model=none", "address=javascript:alert(1)", "platform=amiga"].map(async (query) => {
      const { status } = await sahab.admin(`/connect?${query}`);
      return status;
    }),
  );
  expect(refused).toEqual([404, 400, 400]);
});
