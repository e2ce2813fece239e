import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { runInTerminal } from "../testing/run-in-terminal.ts";
import { asAnotherClient, runSahab, trustsTests, type TestSahab } from "../testing/run-sahab.ts";
import { postSignIn, signIn, type BrowserSession } from "../testing/browser-session.ts";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { findFreePort } from "../testing/free-port.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { openScriptClock } from "../testing/settable-clock.ts";

// Two processes share the port, and every call may come to either of them.

const folder = makeTemporaryFolder();
const clock = openScriptClock(folder);
let vendor: FakeVendor;
let sahab: TestSahab;

beforeAll(async () => {
  vendor = startFakeVendor({ chat: chat(["fine"]) });
  sahab = await runSahab({
    env: { SAHAB_WORKERS: "2", SAHAB_PORT: String(await findFreePort()), ...trustsTests, ...clock.env },
    config: {
      providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url, api_key: "vendor-key" }],
      models: [
        {
          name: "chat",
          targets: [{ provider: "fake", model: "chat" }],
          price: { currency: "USD", input: 1, output: 2 },
        },
      ],
      projects: [{ name: "default" }, { name: "team/search", budget: { amount: "0.01", period: "month" } }],
    },
  });
});
afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
  removeTemporaryFolder(folder);
});

const statusOf = async (response: Promise<Response>) => {
  const { status, body } = await response;
  await body?.cancel();
  return status;
};
const codeOf = async (response: Promise<Response>) => {
  const answer = await response;
  const { error } = (await answer.json()) as { error?: { code: string; message: string } };
  return `${answer.status} ${error?.code}`;
};
/** Both processes: each call has a connection of its own. */
const statuses = async (session: BrowserSession, path = "/admin/v1/session") =>
  [
    ...new Set(
      await Promise.all(
        Array.from({ length: 8 }, () => statusOf(session.call(path, { headers: { connection: "close" } }))),
      ),
    ),
  ].join();
const makeLink = async () =>
  (await sahab.adminJson<{ link: string; expires_at: string }>("/sign-in-links", { method: "POST" })).link;
/** Made by a session. */
const linkOf = async (session: BrowserSession) =>
  ((await (await session.call("/admin/v1/sign-in-links", { method: "POST" })).json()) as { link: string }).link;

test("who signs in with the key has a session in all processes at once, until it is ended here or everywhere", async () => {
  const here = await signIn(sahab);
  expect(here.cookie).toMatch(new RegExp(`^sahab_session_${new URL(sahab.address).port}=[0-9a-z]{52}$`));
  const shown = (await (await here.call("/admin/v1/session")).json()) as Record<string, unknown>;
  expect(shown).toMatchObject({
    actor: { name: "admin", role: "admin" },
    csrf: here.csrf,
    signed_in_with: "key",
    server: { version: expect.any(String) as string },
  });
  const hours = (Date.parse(String(shown["expires_at"])) - Date.now()) / 3_600_000;
  expect(hours).toBeGreaterThan(11.9);
  expect(hours).toBeLessThanOrEqual(12);
  const there = await signIn(sahab, { link: await makeLink() }, { "user-agent": "another browser" });
  expect([await statuses(here), await statuses(there)]).toEqual(["200", "200"]);
  const { sessions } = (await (await there.call("/admin/v1/sessions")).json()) as { sessions: object[] };
  expect(sessions).toMatchObject([
    { signed_in_with: "link", user_agent: "another browser", is_current: true, actor: { name: "admin" } },
    { signed_in_with: "key", is_current: false },
  ]);
  expect(JSON.stringify(sessions)).not.toContain(there.cookie.split("=")[1] ?? "");
  const out = await here.call("/admin/v1/session", { method: "DELETE" });
  expect(out.headers.get("set-cookie")).toContain("=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
  expect([await statuses(here), await statuses(there)]).toEqual(["401", "200"]);
  expect(await statusOf(there.call("/admin/v1/sessions", { method: "DELETE" }))).toBe(200);
  expect(await statuses(there)).toBe("401");
});

test("signing out everywhere ends one's own sessions and links, and with all those of everybody", async () => {
  const { key } = await sahab.createKey({ name: "eve", role: "admin" });
  const [admin, eve] = [await signIn(sahab), await signIn(sahab, { key })];
  const [own, others] = [await linkOf(eve), await linkOf(admin)];
  expect(await statusOf(eve.call("/admin/v1/sessions", { method: "DELETE" }))).toBe(200);
  expect([await statuses(eve), await statuses(admin)]).toEqual(["401", "200"]);
  expect(await codeOf(postSignIn(sahab, { link: own }, asAnotherClient()))).toBe("401 not_signed_in");
  const byLink = await signIn(sahab, { link: others });
  const last = await linkOf(byLink);
  expect(await statusOf(byLink.call("/admin/v1/sessions?all=1", { method: "DELETE" }))).toBe(200);
  expect([await statuses(byLink), await statuses(admin)]).toEqual(["401", "401"]);
  expect(await codeOf(postSignIn(sahab, { link: last }, asAnotherClient()))).toBe("401 not_signed_in");
});

test("a session by a link of another session lasts no longer than that", async () => {
  const first = await signIn(sahab);
  const dayMs = 24 * 3_600_000;
  try {
    for (let hours = 11; hours < 7 * 24; hours += 11) {
      await clock.set(hours * 3_600_000);
      expect(await statusOf(first.call("/admin/v1/session"))).toBe(200);
      await Bun.sleep(50);
    }
    await clock.set(7 * dayMs - 60_000);
    const second = await signIn(sahab, { link: await linkOf(first) });
    expect(await statuses(second)).toBe("200");
    await clock.set(7 * dayMs + 60_000);
    expect(await statuses(second)).toBe("401");
  } finally {
    await clock.set(0);
  }
});

test("who looks on at live events does not keep a session that nobody uses", async () => {
  const session = await signIn(sahab);
  const leave = new AbortController();
  try {
    const events = await session.call("/admin/v1/events", { signal: leave.signal });
    const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
    const heard = async (event: string) => {
      for (let text = ""; !text.includes(`event: ${event}\n`);) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the events ended before ${event}`);
        text += value;
      }
    };
    await heard("ready");
    await clock.set(11 * 3_600_000);
    // Before it is told whether the session is good is asked.
    await sahab.createKey({ name: "new" });
    await heard("changed");
    await Bun.sleep(100);
    await clock.set(12 * 3_600_000 + 60_000);
    expect(await statuses(session)).toBe("401");
  } finally {
    leave.abort();
    await clock.set(0);
  }
});

test("two servers on one host leave each other's sessions alone", async () => {
  const session = await signIn(sahab);
  const other = session.cookie.replace(/_\d+=.*/, "_1=" + "a".repeat(52));
  const both = (cookie: string) => statusOf(session.call("/admin/v1/session", { headers: { cookie } }));
  expect([await both(`${other}; ${session.cookie}`), await both(other)]).toEqual([200, 401]);
});

test("a stolen cookie changes nothing without the page's proof, and no page of another origin may use it", async () => {
  const session = await signIn(sahab);
  const change = (headers: Record<string, string>) =>
    codeOf(session.call("/admin/v1/keys", { json: { name: "stolen" }, headers }));
  expect(await change({ "x-sahab-csrf": "" })).toBe("403 forbidden");
  expect(await change({ "x-sahab-csrf": session.csrf.replace(/^./, (c) => (c === "0" ? "1" : "0")) })).toBe(
    "403 forbidden",
  );
  const { host, origin } = new URL(sahab.address);
  expect(await change({ "sec-fetch-site": "cross-site" })).toBe("403 forbidden");
  expect(await change({ "sec-fetch-site": "same-site", origin })).toBe("403 forbidden");
  expect(await change({ "sec-fetch-site": "none" })).toBe("403 forbidden");
  expect(await change({ origin: "https://elsewhere.example" })).toBe("403 forbidden");
  expect(await change({ origin: `http://${host}.elsewhere.example` })).toBe("403 forbidden");
  expect(await change({ origin: "null" })).toBe("403 forbidden");
  const read = (site: string) => statusOf(session.call("/admin/v1/keys", { headers: { "sec-fetch-site": site } }));
  expect(await Promise.all(["cross-site", "same-site", "same-origin", "none"].map(read))).toEqual([403, 403, 200, 200]);
  expect(await change({ origin, "sec-fetch-site": "same-origin" })).toBe("200 undefined");
  // Another page must not sign a visitor in either.
  const by = { key: sahab.adminKey };
  expect(await codeOf(postSignIn(sahab, by, { "sec-fetch-site": "cross-site" }))).toBe("403 forbidden");
  expect(await codeOf(postSignIn(sahab, by, { origin: "https://elsewhere.example" }))).toBe("403 forbidden");
  // A key needs none of it.
  const headers = { origin: "https://elsewhere.example", "sec-fetch-site": "cross-site" };
  expect(await statusOf(sahab.admin("/keys", { headers }))).toBe(200);
});

test("a link is good once, for one of two at once, and for ten minutes", async () => {
  const link = await makeLink();
  const both = await Promise.all([postSignIn(sahab, { link }), postSignIn(sahab, { link }, asAnotherClient())]);
  expect(both.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 401]);
  expect(await codeOf(postSignIn(sahab, { link }, asAnotherClient()))).toBe("401 not_signed_in");
  const [late, session] = [await makeLink(), await signIn(sahab)];
  try {
    await clock.set(10 * 60_000 + 1_000);
    expect(await codeOf(postSignIn(sahab, { link: late }, asAnotherClient()))).toBe("401 not_signed_in");
    // The session lives on while it is used, and for 12 hours after.
    await clock.set(11 * 3_600_000);
    expect(await statuses(session)).toBe("200");
    await Bun.sleep(200);
    await clock.set(22 * 3_600_000);
    expect(await statuses(session)).toBe("200");
    await Bun.sleep(200);
    await clock.set(35 * 3_600_000);
    expect(await statuses(session)).toBe("401");
  } finally {
    await clock.set(0);
  }
});

test("a session ends with its key: revoked, expired or rotated without an overlap", async () => {
  const { id, key } = await sahab.createKey({ name: "ann", role: "admin" });
  const ann = await signIn(sahab, { key });
  expect(await (await ann.call("/admin/v1/session")).json()).toMatchObject({ actor: { name: "ann" } });
  expect(await statusOf(sahab.admin(`/keys/${id}`, { method: "DELETE" }))).toBe(200);
  expect(await statuses(ann)).toBe("401");
  expect(await codeOf(postSignIn(sahab, { key }, asAnotherClient()))).toBe("401 revoked_api_key");

  const rotated = await sahab.createKey({ name: "bob", role: "admin" });
  const bob = await signIn(sahab, { key: rotated.key });
  await sahab.adminJson(`/keys/${rotated.id}/rotate`, { json: { overlap_seconds: 60 } });
  expect(await statuses(bob)).toBe("200");
  await sahab.adminJson(`/keys/${rotated.id}`, {
    method: "PATCH",
    json: { expires_at: new Date(Date.now() + 150).toISOString() },
  });
  await Bun.sleep(200);
  expect(await statuses(bob)).toBe("401");

  const { key: user } = await sahab.createKey({ name: "no admin" });
  expect(await codeOf(postSignIn(sahab, { key: user }))).toBe("403 forbidden");

  const admin = await signIn(sahab);
  const next = await sahab.adminJson<{ key: string }>("/rotate/admin", { json: { overlap_seconds: 60 } });
  expect(await statuses(admin)).toBe("200");
  sahab.adminKey = next.key;
  const other = await signIn(sahab);
  const last = await sahab.adminJson<{ key: string }>("/rotate/admin", { json: {} });
  expect(await statuses(other)).toBe("401");
  sahab.adminKey = last.key;
});

test("guesses are slowed for their address alone, and a large body is not read from who is not known", async () => {
  const guesser = asAnotherClient();
  const guess = async (at: number) => {
    const startedMs = performance.now();
    const by = at % 2 === 0 ? { key: `sk-admin-${at}` } : { link: String(at).repeat(20) };
    expect(await statusOf(postSignIn(sahab, by, { ...guesser, connection: "close" }))).toBe(401);
    return performance.now() - startedMs;
  };
  // Each of the two processes forgives ten.
  const tookMs = await Promise.all(Array.from({ length: 60 }, (_, at) => guess(at)));
  expect(tookMs.filter((ms) => ms >= 990).length).toBeGreaterThanOrEqual(40);
  const startedMs = performance.now();
  await signIn(sahab, { key: sahab.adminKey }, asAnotherClient());
  expect(performance.now() - startedMs).toBeLessThan(900);
  expect(await codeOf(postSignIn(sahab, { key: "k".repeat(5_000) }))).toBe("413 body_too_large");
});

test("over TLS, a proxy's too, the cookie is bound to the host and sent over TLS alone", async () => {
  const https = { "x-forwarded-proto": "https" };
  const response = await postSignIn(sahab, { key: sahab.adminKey }, https);
  const cookie = response.headers.get("set-cookie") ?? "";
  expect(cookie).toMatch(
    /^__Host-sahab_session_\d+=[0-9a-z]{52}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800; Secure$/,
  );
  const [pair = ""] = cookie.split(";");
  const read = (headers: Record<string, string>) =>
    statusOf(fetch(`${sahab.address}/admin/v1/session`, { headers: { ...asAnotherClient(), ...headers } }));
  expect(await read({ ...https, cookie: pair })).toBe(200);
  // Behind TLS a cookie that any server of the domain could have set is not looked at.
  expect(await read({ ...https, cookie: pair.replace("__Host-", "") })).toBe(401);
  expect(await read({ cookie: pair })).toBe(401);
  expect(response.headers.get("cache-control")).toBe("no-store");
});

test("models are called through the session for a project, which pays and is bounded", async () => {
  const session = await signIn(sahab);
  const path = "/admin/v1/as/team%2Fsearch/v1/chat/completions";
  const ask = (fields: object = {}, init: RequestInit = {}) =>
    session.call(path, {
      json: { model: "chat", messages: [{ role: "user", content: "Hi" }], max_tokens: 10, ...fields },
      ...init,
    });
  const answer = await ask({ stream: true });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toStartWith("text/event-stream");
  expect(await answer.text()).toContain("fine");
  const id = answer.headers.get("x-request-id");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answer.headers.get("cache-control")).toContain("no-store");
  const record = { key: "console", key_name: "console", project: "team/search" };
  expect(await sahab.record(id)).toMatchObject({ ...record, user: "admin" });
  const named = await ask({ user: "carol" });
  await named.text();
  expect(await sahab.record(named.headers.get("x-request-id"))).toMatchObject({ ...record, user: "carol" });
  const usage = await sahab.adminJson<{ rows: object[] }>("/usage?group_by=key&key=console");
  expect(usage.rows).toMatchObject([{ group: "console", requests: 2 }]);
  const models = await session.call("/admin/v1/as/default/v1/models");
  expect(await models.json()).toMatchObject({ data: [{ id: "chat" }] });
  const messages = await session.call("/admin/v1/as/default/v1/messages", {
    json: { model: "chat", max_tokens: 10, messages: [{ role: "user", content: "Hi" }] },
  });
  expect(await messages.json()).toMatchObject({ type: "message" });
  // The project's budget holds, and says so.
  expect(await codeOf(ask({ max_tokens: 100_000 }))).toBe("402 budget_exceeded");
  // Who may not use the admin API may not call models by it.
  expect(await codeOf(ask({}, { headers: { "x-sahab-csrf": "" } }))).toBe("403 forbidden");
  expect(await codeOf(ask({}, { headers: { cookie: "" } }))).toBe("401 missing_api_key");
  const { key } = await sahab.createKey();
  expect(await codeOf(ask({}, { headers: { authorization: `Bearer ${key}` } }))).toBe("403 forbidden");
  expect(await statusOf(ask({}, { headers: { cookie: "", authorization: `Bearer ${sahab.adminKey}` } }))).toBe(200);
  expect(await codeOf(session.call("/admin/v1/as/none/v1/models"))).toBe("404 not_found");
  expect(await codeOf(session.call("/admin/v1/as/default/v1/files"))).toBe("404 not_found");
  expect(await codeOf(session.call("/admin/v1/as/default/admin/v1/keys"))).toBe("404 not_found");
  // An answer in the background is asked for later, with the same caller.
  const later = await session.call("/admin/v1/as/default/v1/responses", {
    json: { model: "chat", input: "Hi", background: true },
  });
  const queued = (await later.json()) as { id: string; status: string };
  expect(queued.status).toBe("queued");
  const deadlineMs = Date.now() + 5_000;
  let status = queued.status;
  while (status !== "completed" && Date.now() < deadlineMs) {
    await Bun.sleep(50);
    ({ status } = (await (
      await session.call(`/admin/v1/as/default/v1/responses/${queued.id}`)
    ).json()) as typeof queued);
  }
  expect(status).toBe("completed");
});

test("the command line makes a link, and a start on a terminal prints one", async () => {
  const { stdout, status } = await sahab.command(["console", "--json"]);
  expect(status).toBe(0);
  const { url, expires_at } = JSON.parse(stdout) as { url: string; expires_at: string };
  expect(url).toStartWith(`${sahab.address}/#link=`);
  expect(Math.abs(Date.parse(expires_at) - Date.now() - 600_000)).toBeLessThan(60_000);
  await signIn(sahab, { link: new URL(url).hash.slice("#link=".length) });
  const plain = await sahab.command(["console"]);
  expect(plain.stdout.trim()).toMatch(/^http:\S+\/#link=[0-9a-z]{52}$/);
  // Where nobody reads along it would stay in a log.
  expect(sahab.stdout() + sahab.logs()).not.toContain("#link=");
  const env = { SAHAB_DATA: join(folder, "terminal"), SAHAB_PORT: "0", SAHAB_LOG: "silent" };
  const { shown } = await runInTerminal(["up"], [[/\/#link=[0-9a-z]{52}\s[^]*Or talk to it/, "\u0003"]], { env });
  expect(shown.match(/#link=/g)).toHaveLength(1);
});
