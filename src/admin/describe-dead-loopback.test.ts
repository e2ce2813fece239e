import { afterAll, expect, test } from "bun:test";
import { describeDeadLoopback } from "./describe-dead-loopback.ts";

const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("ok") });
const gone = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("ok") });
const deadPort = gone.port;
await gone.stop(true);
afterAll(() => server.stop(true));

const provider = (name: string, host: string) =>
  ({ name, vendor: "compatible", base_url: `http://${host}/v1` }) as const;
const providers = [
  provider("alive", `127.0.0.1:${server.port}`),
  provider("dead", `localhost:${deadPort}`),
  provider("elsewhere", "models.invalid:11434"),
  { name: "vendor", vendor: "openai" } as const,
];

test("in a container, an address of the container where nothing listens is told, and no other", async () => {
  expect(await describeDeadLoopback({ providers }, true)).toEqual([
    expect.stringMatching(
      new RegExp(`^provider dead: nothing listens at localhost:${deadPort} in the container.*host\\.docker\\.internal`),
    ),
  ]);
});

test("outside of containers nothing is told", async () => {
  expect(await describeDeadLoopback({ providers }, false)).toEqual([]);
});
