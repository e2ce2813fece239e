import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { openLog } from "../base/log.ts";
import type { SahabError } from "../base/errors.ts";
import type { Tenant } from "../base/shares.ts";
import type { HttpRequest } from "../http/index.ts";
import { openStoreThread } from "../ledger/index.ts";
import { eventually } from "../testing/eventually.ts";
import { keptChat } from "../testing/kept-chat.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { BackgroundQueue, type BackgroundJob } from "./background-queue.ts";
import { QueuedRequest } from "./queued-request.ts";
import { failUnfinished, StoredAnswers } from "./stored-answers.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

const log = openLog({ level: "silent", pretty: false });
const terms = { days: 30, bytes: 1e9 };
const owner = { project: "default", dialect: keptChat };
const tenant = { project: "default", keyId: "key_1" };
const client = {
  method: "POST",
  target: "/kept",
  path: "/kept",
  address: { text: "127.0.0.1", project: "127.0.0.1", keyId: "127.0.0.1" },
  headers: { get: () => null, entries: () => [], host: "" },
} as unknown as HttpRequest;

/** A process with a queue whose requests never end by themselves. */
async function open(name: string, process = "0") {
  const store = await openStoreThread({ log }, { path: join(folder, name), masterKey: "the master key of the tests" });
  const answers = new StoredAnswers({ store, log, clock: systemClock }, { process });
  const cancelled: string[] = [];
  const served: string[] = [];
  const serve = (job: BackgroundJob) => {
    served.push(job.id);
    job.request.watch({
      cancel(reason: SahabError) {
        cancelled.push(job.id);
        job.request.answer(reason.status, undefined, "{}");
      },
    });
    return job.request.answered.then(() => undefined);
  };
  const queue = new BackgroundQueue({ answers, log, serve });
  const add = async (id: string, { project, keyId }: Tenant = tenant, bytes = 2) => {
    const request = new QueuedRequest(client, Buffer.from("{}".padEnd(bytes)));
    const own = { ...owner, project };
    queue.take({ project, keyId }, request.bodyBytes);
    await answers.keep(own, {
      id,
      status: "queued",
      model: "m",
      request: "{}",
      answer: undefined,
      previousId: undefined,
      terms,
    });
    queue.add({ owner: own, id, operation: "chat", tenant: { project, keyId }, request, terms });
  };
  const statusOf = async (id: string, project = owner.project) =>
    (await answers.find({ ...owner, project }, id))?.status;
  return { store, answers, queue, add, statusOf, cancelled, served };
}

test("what another process cancels or deletes is given up here", async () => {
  const one = await open("two.db");
  const two = await open("two.db", "1");
  await one.add("a");
  await one.add("b");
  await eventually("both begin", async () => (await two.statusOf("b")) === "in_progress");
  expect(await two.answers.cancel(owner, "a")).toBeTrue();
  expect(await two.answers.delete(owner, "b")).toBeTrue();
  await eventually("both are given up", () => Promise.resolve(one.cancelled.length === 2));
  expect(await one.statusOf("a")).toBe("cancelled");
  expect(await one.statusOf("b")).toBeUndefined();
  await one.queue.stopped();
  await one.store.close();
  await two.store.close();
});

test("a stop cancels what waits and what is being served; a crash leaves it failed", async () => {
  const { store, queue, add, statusOf } = await open("stop.db");
  const ids = Array.from({ length: 70 }, (_, index) => `id_${index}`);
  for (const id of ids) await add(id);
  await eventually("some are served", async () => (await statusOf("id_20")) === "in_progress");
  expect(await statusOf("id_69")).toBe("queued");
  // As the next start would find it after a crash.
  expect(await failUnfinished(store, "1")).toBe(0);
  await queue.stop();
  expect(() => queue.take(tenant, 1)).toThrow("shutting down");
  expect(await statusOf("id_69")).toBe("cancelled");
  for (const id of ids) queue.end(owner, id);
  await queue.stopped();
  expect(new Set(await Promise.all(ids.map((id) => statusOf(id))))).toEqual(new Set(["cancelled"]));
  await store.close();

  const crashed = await open("crash.db");
  await crashed.add("a");
  await eventually("it begins", async () => (await crashed.statusOf("a")) === "in_progress");
  await crashed.store.close();
  const next = await open("crash.db");
  expect(await failUnfinished(next.store, "0")).toBe(1);
  expect(await next.answers.find(owner, "a")).toMatchObject({ status: "failed", answer: undefined });
  await next.store.close();
});

test("one that is cancelled while it waits gives back its place and its bytes at once", async () => {
  const { store, answers, queue, add, statusOf, served } = await open("waits.db");
  const large = 60 * 1024 * 1024;
  for (let index = 0; index < 64; index++) await add(`id_${index}`);
  await add("id_large", tenant, large);
  await add("id_last", tenant, large);
  queue.take(tenant, large);
  expect(() => queue.take(tenant, large)).toThrow("share");
  // As another process does it, and as this one.
  await answers.delete(owner, "id_large");
  await eventually("its bytes to be given back", () => {
    try {
      queue.take(tenant, large);
      return true;
    } catch {
      return false;
    }
  });
  await answers.cancel(owner, "id_last");
  queue.end(owner, "id_last");
  expect(() => queue.take(tenant, large)).not.toThrow();
  for (let index = 0; index < 64; index++) queue.end(owner, `id_${index}`);
  await eventually("the first have ended", async () => (await statusOf("id_0")) === "failed");
  expect(await statusOf("id_last")).toBe("cancelled");
  expect(served).not.toContain("id_large");
  expect(served).not.toContain("id_last");
  await queue.stop();
  await queue.stopped();
  await store.close();
});

test("nothing begins after a stop, neither what waits nor what was about to be added", async () => {
  const { store, queue, add, statusOf, served } = await open("stopped.db");
  for (let index = 0; index < 70; index++) await add(`id_${index}`);
  await eventually("some are served", async () => (await statusOf("id_20")) === "in_progress");
  const before = served.length;
  queue.take(tenant, 2);
  const stopping = queue.stop();
  const late = new QueuedRequest(client, Buffer.from("{}"));
  const job = { owner, id: "id_late", operation: "chat", tenant, request: late, terms } as const;
  expect(() => queue.add(job)).toThrow("shutting down");
  for (const id of served) queue.end(owner, id);
  await stopping;
  await queue.stopped();
  expect(served).toHaveLength(before);
  await store.close();
});

test("a project whose requests take long leaves room for those of another", async () => {
  const { store, queue, add, statusOf } = await open("room.db");
  for (let index = 0; index < 100; index++) await add(`id_${index}`);
  await add("id_other", { project: "other", keyId: "key_9" });
  await eventually("the other's is served", async () => (await statusOf("id_other", "other")) === "in_progress");
  expect(await statusOf("id_99")).toBe("queued");
  await queue.stop();
  for (let index = 0; index < 100; index++) queue.end(owner, `id_${index}`);
  queue.end({ ...owner, project: "other" }, "id_other");
  await queue.stopped();
  await store.close();
});

test("a project has a share of the places, and of the bytes", async () => {
  const { store, queue } = await open("shares.db");
  const takeAll = (keyId: string, bytes: number) => {
    let taken = 0;
    try {
      for (; taken < 10_000; taken++) queue.take({ project: "default", keyId }, bytes);
    } catch (error) {
      expect(String(error)).toContain("share of the requests");
    }
    return taken;
  };
  const places = takeAll("key_1", 1) + takeAll("key_2", 1) + takeAll("key_3", 1);
  expect(places).toBeGreaterThan(100);
  expect(places).toBeLessThan(2_000);
  expect(() => queue.take({ project: "other", keyId: "key_9" }, 1)).not.toThrow();
  const large = await open("bytes.db");
  large.queue.take(tenant, 200 * 1024 * 1024);
  expect(() => large.queue.take(tenant, 50 * 1024 * 1024)).toThrow("share");
  expect(() => large.queue.take({ ...tenant, project: "other" }, 50 * 1024 * 1024)).not.toThrow();
  await store.close();
  await large.store.close();
});
