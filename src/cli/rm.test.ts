import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventually } from "../testing/eventually.ts";
import { cleanEnvironment, sahabProgram } from "../testing/run-command.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

let sahab: TestSahab;
beforeAll(async () => {
  sahab = await runSahab({
    config: {
      providers: [{ name: "fake", vendor: "compatible", base_url: "http://127.0.0.1:1" }],
      models: ["one", "two"].map((name) => ({ name, targets: [{ provider: "fake", model: name }], price: "free" })),
      projects: [{ name: "default" }],
    },
  });
});
afterAll(() => sahab?.close());

const names = async () =>
  (await sahab.adminJson<{ models: { name: string }[] }>("/models")).models.map(({ name }) => name);

test("rm asks at a terminal, and needs --yes where there is none", async () => {
  expect(await sahab.command(["rm", "one"])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("rm one --yes"),
  });
  const answerAtTerminal = async (answer: string) => {
    let shown = "";
    const child = Bun.spawn([process.execPath, sahabProgram, "rm", "one"], {
      env: cleanEnvironment(sahab.commandEnvironment()),
      terminal: { cols: 200, rows: 24, data: (_terminal, bytes) => void (shown += new TextDecoder().decode(bytes)) },
    });
    await eventually("the question", () => shown.includes("Remove the model one? [y/N]"));
    child.terminal?.write(answer);
    return child.exited;
  };
  for (const no of ["\r", "n\r", "\u0003", "\u0004"])
    expect({ no, status: await answerAtTerminal(no) }).toEqual({ no, status: 1 });
  expect(await names()).toEqual(["one", "two"]);
  expect(await answerAtTerminal("y\r")).toBe(0);
  expect(await names()).toEqual(["two"]);
  expect((await sahab.command(["rm", "two", "--yes"])).stdout).toBe("Removed two.\n");
});
