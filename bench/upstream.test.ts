import { afterAll, beforeAll, expect, test } from "bun:test";
import { makeCertificate, type Certificate } from "./certificate.ts";
import { answerMarker, apiPaths, payload, upstreamModel } from "./payloads.ts";
import { startUpstream, type Upstream } from "./subjects.ts";

let certificate: Certificate | undefined;
let upstream: Upstream;
beforeAll(async () => {
  certificate = makeCertificate();
  upstream = await startUpstream(certificate);
});
afterAll(async () => {
  await upstream.stop();
  certificate?.remove();
});

const post = (body: string, path = apiPaths.chat) => fetch(upstream.origin + path, { method: "POST", body });

test("a whole request for the right model is answered, also where a router wrote it anew", async () => {
  const { model, messages, ...rest } = JSON.parse(payload("large", upstreamModel)) as Record<string, unknown>;
  for (const body of [payload("small", upstreamModel), JSON.stringify({ messages, model, ...rest })]) {
    const answer = await post(body);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain(answerMarker);
  }
});

test("a cut request, another model and another path are refused", async () => {
  const whole = payload("16 KB", upstreamModel);
  expect((await post(whole.slice(0, -600))).status).toBe(400);
  expect((await post(payload("16 KB", "bench"))).status).toBe(400);
  expect((await post(whole, apiPaths.messages)).status).toBe(400);
});

test("what routers ask for first is answered, and what is not there is not made up", async () => {
  expect((await fetch(`${upstream.origin}/health`)).status).toBe(200);
  expect(await (await fetch(`${upstream.origin}/v1/models`)).json()).toMatchObject({ data: [{ id: upstreamModel }] });
  expect((await fetch(`${upstream.origin}/server_info`)).status).toBe(404);
});

test.skipIf(Bun.which("openssl") === null)("the TLS port's certificate holds for its authority only", async () => {
  if (!upstream.tls) throw new Error("no certificate was made");
  const call = (ca: string[]) => fetch(`${upstream.tls?.origin}/health`, { tls: { ca } });
  expect((await call([await Bun.file(upstream.tls.caFile).text()])).status).toBe(200);
  const withoutIt = await call([]).then(
    () => "trusted",
    () => "refused",
  );
  expect(withoutIt).toBe("refused");
});
