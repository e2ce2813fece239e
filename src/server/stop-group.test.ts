import { afterEach, expect, test } from "bun:test";
import { eventually } from "../testing/eventually.ts";
import { findFreePort } from "../testing/free-port.ts";
import { isRunning, runSahab, type TestSahab } from "../testing/run-sahab.ts";

// systemd sends SIGTERM to every process of a service at once.

let sahab: TestSahab;
afterEach(() => sahab?.close());

for (const workers of [1, 2]) {
  test(`SIGTERM to the whole group lets local answers finish (workers: ${workers})`, async () => {
    sahab = await runSahab({
      // The launched process becomes the leader of a group of its own.
      prefix: ["setsid"],
      env: workers === 1 ? {} : { SAHAB_WORKERS: String(workers), SAHAB_PORT: String(await findFreePort()) },
    });
    const children = sahab.children();
    expect(children).toHaveLength(workers === 1 ? 1 : workers + 1);
    const response = await sahab.call("/v1/chat/completions", {
      model: "nano",
      stream: true,
      n: 2,
      max_tokens: 250,
      // The same token again and again: without an end, the answers take seconds.
      logit_bias: { "300": 100 },
      messages: [{ role: "user", content: "What is Sahab?" }],
    });
    let text = "";
    let signalled = false;
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (!signalled) process.kill(-sahab.pid, "SIGTERM");
      signalled = true;
    }
    expect(text).toEndWith("data: [DONE]\n\n");
    expect(text).not.toContain('"error"');
    expect(text.match(/"finish_reason":"[^"]*"/g)?.join(" ")).toBe('"finish_reason":"length" "finish_reason":"length"');
    expect(await sahab.ended()).toBe(0);
    expect(children.filter(isRunning)).toEqual([]);
  });
}

test("SIGKILL of the parent ends the engine and the workers by themselves", async () => {
  sahab = await runSahab({ env: { SAHAB_WORKERS: "2", SAHAB_PORT: String(await findFreePort()) } });
  const children = sahab.children();
  expect(children).toHaveLength(3);
  await sahab.kill("SIGKILL");
  await eventually("the children's end", () => !children.some(isRunning));
});
