import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { signIn } from "../src/testing/browser-session.ts";
import { makeCertificate, type Certificate } from "./certificate.ts";
import type { ConsoleWindowResult } from "./console-window.ts";
import { fillUsage } from "./fill-usage.ts";
import { benchDir, runJson } from "./machine.ts";
import { dialectClientsOf } from "./measure-dialects.ts";
import { anthropicClientOf } from "./measure-translated.ts";
import { answerMarker, addressOf, clientModelTls, payload } from "./payloads.ts";
import { startSahab, type SahabSubject } from "./sahab.ts";
import { startUpstream, type Subject, type Upstream } from "./subjects.ts";

let certificate: Certificate | undefined;
let upstream: Upstream;
let sahab: SahabSubject;
beforeAll(async () => {
  certificate = makeCertificate();
  upstream = await startUpstream(certificate);
  sahab = await startSahab("Sahab", join(benchDir, ".."), upstream);
}, 60_000);
afterAll(async () => {
  await sahab.stop();
  await upstream.stop();
  certificate?.remove();
});

async function ask({ port, api = "chat", model, headers }: Subject): Promise<string> {
  const body = payload("1 KB", model, api);
  const { path } = addressOf(api, model, false);
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", headers, body });
  return `${answer.status} ${await answer.text()}`;
}

test("each way that the benchmark calls Sahab gets the upstream's answer", async () => {
  const ways = [
    sahab,
    ...dialectClientsOf(sahab),
    anthropicClientOf(sahab),
    ...(upstream.tls ? [{ ...sahab, model: clientModelTls }] : []),
  ];
  for (const way of ways) expect(await ask(way)).toMatch(new RegExp(`^200 .*${answerMarker}`, "s"));
});

test("a window of the console gets all that it asks for", async () => {
  const origin = `http://127.0.0.1:${sahab.port}`;
  const adminKey = readFileSync(join(sahab.data, "admin.key"), "utf8").trim();
  const { cookie } = await signIn({ address: origin, adminKey, fetchTls: {} });
  const window = { origin, cookie, durationMs: 1_000 };
  const result = await runJson<ConsoleWindowResult>("console-window.ts", window, 20_000);
  expect(result.firstError).toBeNull();
  expect(result.events).toBeGreaterThan(0);
  expect(result.calls.filter(({ count }) => count > 0)).toHaveLength(11);
}, 30_000);

test("a restart keeps key and data, and filled records are reported", async () => {
  const before = await sahab.recordedRequests();
  expect(before).toBeGreaterThan(0);
  sahab = await sahab.restart(() => fillUsage(sahab.data, 2_500));
  expect(await sahab.recordedRequests()).toBe(before + 2_500);
  expect(await ask(sahab)).toStartWith("200 ");
}, 60_000);
