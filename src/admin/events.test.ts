import { afterAll, beforeAll, expect, test } from "bun:test";
import { signIn } from "../testing/browser-session.ts";
import { chat, errorAnswer, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

let vendor: FakeVendor;
let sahab: TestSahab;

beforeAll(async () => {
  vendor = startFakeVendor({ m: chat(["ok"]), broken: () => errorAnswer(500, { message: "no" }) });
  const provider = { name: "fake", vendor: "compatible", base_url: vendor.url, api_key: "vendor-secret" };
  const model = (name: string, target: string, input: number) => ({
    name,
    targets: [{ provider: "fake", model: target }],
    price: { currency: "USD", input, output: 2 },
  });
  sahab = await runSahab({
    config: {
      providers: [provider],
      models: [model("chat", "m", 1), model("dear", "m", 1_000), model("broken", "broken", 1)],
      projects: [{ name: "default" }, { name: "team", organisation: "acme" }],
      organisations: [{ name: "acme", currency: "USD" }],
    },
  });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const ask = async (key: string, model = "chat") => {
  const messages = [{ role: "user", content: "Hi" }];
  const response = await sahab.call("/v1/chat/completions", { model, messages }, { key });
  await response.text();
  return response.headers.get("x-request-id") ?? "";
};

interface Told {
  event: string;
  data: Record<string, unknown>;
}

/** Reads events of a stream until one is as wanted; rejects when it ends before. */
function listen(response: Response) {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const told: Told[] = [];
  const next = async (): Promise<Told | undefined> => {
    for (;;) {
      const end = text.indexOf("\n\n");
      if (end >= 0) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        const fields = new Map(
          block.split("\n").map((line) => [line.split(": ")[0], line.slice(line.indexOf(":") + 2)]),
        );
        if (!fields.has("event")) continue;
        const one = { event: fields.get("event") ?? "", data: JSON.parse(fields.get("data") ?? "") as Told["data"] };
        told.push(one);
        return one;
      }
      const { done, value } = await reader.read();
      if (done) return undefined;
      text += value;
    }
  };
  const until = async (isWanted: (one: Told) => boolean): Promise<Told> => {
    for (;;) {
      const one = await next();
      if (!one) throw new Error(`the stream ended after ${JSON.stringify(told)}`);
      if (isWanted(one)) return one;
    }
  };
  return { told, until, end: async () => void (await until(() => false).catch(() => undefined)) };
}

test("those who listen hear each request once when it has ended, whose budgets moved, and of changes", async () => {
  const before = await sahab.createKey();
  await ask(before.key);
  const leave = new AbortController();
  const response = await sahab.admin("/events", { signal: leave.signal });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const live = listen(response);
  expect((await live.until(() => true)).event).toBe("ready");
  const { id: keyId, key } = await sahab.createKey({ project: "team", name: "ci" });
  expect(typeof (await live.until(({ event }) => event === "changed")).data["version"]).toBe("number");
  const ids = [await ask(key), await ask(key, "broken")];
  for (const id of ids) await live.until(({ event, data }) => event === "request" && data["id"] === id);
  const accounts = ["project:team", `key:${keyId}`, "organisation:acme"];
  expect((await live.until(({ event }) => event === "budget")).data["accounts"]).toEqual(accounts);
  await ask(key);
  await live.until(({ event }) => event === "request");
  const requests = live.told.filter(({ event }) => event === "request").map(({ data }) => data);
  expect(requests.map(({ project, key_name: name, status }) => [project, name, status])).toEqual([
    ["team", "ci", 200],
    ["team", "ci", 502],
    ["team", "ci", 200],
  ]);
  leave.abort();
});

test("a listener whose key is revoked hears no more", async () => {
  const { id, key } = await sahab.createKey({ role: "admin" });
  const live = listen(await sahab.admin("/events", { headers: { authorization: `Bearer ${key}` } }));
  await live.until(({ event }) => event === "ready");
  await sahab.admin(`/keys/${id}`, { method: "DELETE" });
  await live.end();
  expect((await sahab.admin("/events", { headers: { authorization: `Bearer ${key}` } })).status).toBe(401);
});

test("a listener whose session ended hears of nothing that happens after", async () => {
  const session = await signIn(sahab);
  const { key } = await sahab.createKey();
  const live = listen(await session.call("/admin/v1/events"));
  await live.until(({ event }) => event === "ready");
  await ask(key);
  await live.until(({ event }) => event === "request");
  await session.call("/admin/v1/session", { method: "DELETE" });
  const heard = live.told.length;
  await ask(key);
  const startedMs = performance.now();
  await live.end();
  expect(performance.now() - startedMs).toBeLessThan(5_000);
  expect(live.told.slice(heard).filter(({ event }) => event === "request")).toEqual([]);
});

test("usage over time has a point for each span, and nothing is lost between them", async () => {
  const { key } = await sahab.createKey({ name: "series" });
  await ask(key);
  await ask(key, "dear");
  const since = new Date(Date.now() - 3 * 3_600_000).toISOString();
  interface Row {
    groups: string[];
    cost: string;
    requests: number;
  }
  interface Report {
    rows: Row[];
    more: number;
    points: { since: string; until: string; rows: Row[]; rest: Row[] }[];
  }
  const report = await sahab.adminJson<Report>(`/usage?key=series&since=${since}&interval=hour&group_by=model&limit=1`);
  expect([report.rows.map(({ groups }) => groups), report.more]).toEqual([[["dear"]], 1]);
  expect(report.points.length).toBeWithin(3, 6);
  const [first] = report.points;
  expect(first).toMatchObject({ since, rows: [], rest: [] });
  for (const [place, { since: start }] of report.points.entries())
    if (place > 0) expect(start).toBe(report.points[place - 1]?.until ?? "");
  const sumOf = (rows: Row[]) => rows.reduce((sum, { requests }) => sum + requests, 0);
  expect(report.points.map(({ rows }) => sumOf(rows)).reduce((sum, count) => sum + count)).toBe(1);
  expect(report.points.map(({ rest }) => sumOf(rest)).reduce((sum, count) => sum + count)).toBe(1);
  for (const [query, message] of [
    ["interval=day", /since: expected a time, since interval is given/],
    [`interval=hour&since=2020-01-01T00:00:00Z`, /interval: .*more than 750 times one hour/],
    [`interval=day&tz=Mars/Base&since=${since}`, /tz: expected the IANA name/],
    [`interval=minute&since=${since}`, /interval/],
  ] as const) {
    const refused = await sahab.admin(`/usage?${query}`);
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringMatching(message)]);
  }
});

test("usage and requests come as CSV, of which a spreadsheet runs nothing", async () => {
  const { key } = await sahab.createKey({ name: '=1+1, "x"' });
  const ids = [await ask(key), await ask(key, "dear"), await ask(key, "broken")];
  const name = encodeURIComponent('=1+1, "x"');
  const usage = await sahab.admin(`/usage?key=${name}&group_by=key,model&format=csv`);
  expect(usage.headers.get("content-type")).toBe("text/csv; charset=utf-8");
  const lines = (await usage.text()).split("\r\n");
  expect(lines[0]).toStartWith("key,key_name,model,requests,input_tokens,");
  expect(lines.slice(1)).toEqual([
    expect.stringMatching(/^key_\w+,"'=1\+1, ""x""",broken,1,/),
    expect.stringMatching(/^key_\w+,"'=1\+1, ""x""",chat,1,/),
    expect.stringMatching(/^key_\w+,"'=1\+1, ""x""",dear,1,/),
    "",
  ]);
  const since = new Date(Date.now() - 60_000).toISOString();
  const points = await sahab.admin(`/usage?key=${name}&since=${since}&interval=day&tz=Asia/Kolkata`, {
    headers: { accept: "text/csv" },
  });
  expect((await points.text()).split("\r\n").slice(0, 2)).toEqual([
    expect.stringMatching(/^since,model,requests,/),
    expect.stringMatching(/^20\S+Z,broken,1,/),
  ]);
  const requests = await sahab.admin(`/requests?key=${name}&format=csv&limit=2`);
  expect(requests.headers.get("content-disposition")).toBe('attachment; filename="sahab-requests.csv"');
  const rows = (await requests.text()).split("\r\n");
  expect(rows[0]).toStartWith("id,time,project,key,key_name,");
  expect(rows.slice(1).map((row) => row.split(",")[0])).toEqual([ids[2]!, ids[1]!, ""]);
  // Excel reads UTF-8 as such after a byte order mark alone; programs stumble over it.
  for (const path of ["/usage", "/requests"]) {
    const begins = async (format: string) => {
      const bytes = await (await sahab.admin(`${path}?format=${format}`)).bytes();
      return [...bytes.subarray(0, 3)];
    };
    expect(await begins("spreadsheet")).toEqual([0xef, 0xbb, 0xbf]);
    expect(await begins("csv")).not.toEqual([0xef, 0xbb, 0xbf]);
  }
});

test("requests are found by several models and statuses, and by what they cost and took", async () => {
  const { key } = await sahab.createKey({ name: "filters" });
  const [, dear, broken] = [await ask(key), await ask(key, "dear"), await ask(key, "broken")];
  const found = async (query: string) => {
    const { requests } = await sahab.adminJson<{ requests: { id: string }[] }>(`/requests?key=filters&${query}`);
    return requests.map(({ id }) => id);
  };
  expect(await found("model=dear&model=broken")).toEqual([broken, dear]);
  expect(await found("status=4xx&status=502")).toEqual([broken]);
  expect(await found("min_cost=0.01")).toEqual([dear]);
  expect(await found("min_latency_ms=86400000")).toEqual([]);
  expect((await sahab.admin("/requests?min_cost=many")).status).toBe(400);
  expect((await sahab.admin("/requests?limit=1001")).status).toBe(400);
});
