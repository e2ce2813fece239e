import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "bun:test";
import { AddressRanges } from "../base/address-ranges.ts";
import { SahabError } from "../base/errors.ts";
import { openLog } from "../base/log.ts";
import { Refusals } from "../base/refusals.ts";
import { eventually } from "../testing/eventually.ts";
import { headerLine, noHeaders } from "./header-lines.ts";
import type { HttpRequest } from "./http-request.ts";
import { listenHttp, type HttpServer, type HttpServerLimits } from "./http-server.ts";

// Clients at several addresses of this machine, one of which wants all there is.

let server: HttpServer;
let refusals: Refusals;
let sockets: Socket[] = [];
let held: HttpRequest[] = [];
/** Where the requests came from, in the order in which they were served. */
let served: string[] = [];

function listen(limits: Partial<HttpServerLimits>, trusted = ""): void {
  refusals = new Refusals(openLog({ level: "silent", pretty: false }));
  const trustedProxies = new AddressRanges();
  trustedProxies.add(trusted);
  const handle = (request: HttpRequest) => {
    served.push(request.address.text);
    if (request.path === "/held") held.push(request);
    else if (request.path === "/wrong") request.answer(401, noHeaders, "no");
    else request.answer(200, headerLine("x-client", request.address.text), "fine");
  };
  const refuse = (error: Error) => JSON.stringify({ code: error instanceof SahabError ? error.code : "bad" });
  server = listenHttp(
    { handle, refuse, refusals },
    { host: "127.0.0.1", port: 0, reusePort: false, limits, trustedProxies },
  );
}

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  held = [];
  served = [];
  server.close();
});

interface Client {
  socket: Socket;
  text: string;
  isClosed: boolean;
}

/** A client at an address of this machine that sends these bytes. */
function open(localAddress: string, bytes = ""): Promise<Client> {
  return new Promise((resolve) => {
    const socket = connect({ port: server.port, host: "127.0.0.1", localAddress });
    const client = { socket, text: "", isClosed: false };
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.on("data", (data) => (client.text += data.toString("latin1")));
    socket.on("close", () => {
      client.isClosed = true;
      resolve(client);
    });
    socket.on("connect", () => {
      if (bytes !== "") socket.write(bytes);
      resolve(client);
    });
  });
}
const openMany = (address: string, count: number, bytes?: string) =>
  Promise.all(Array.from({ length: count }, () => open(address, bytes)));
const get = (path: string, headers = "") => `GET ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`;
const half = "GET / HTTP/1.1\r\nhost: x\r\nx-a: b";
const isOpen = ({ isClosed }: Client) => !isClosed;

/** The status of a request over a new connection; 0 where that was closed. */
async function ask(address: string, path = "/", headers = ""): Promise<number> {
  const client = await open(address, get(path, headers));
  await eventually("an answer", () => client.isClosed || client.text.includes("\r\n\r\n"));
  client.socket.destroy();
  return Number(client.text.slice(9, 12));
}

test("half-open heads of one address leave room for others, and those that wait longest make room", async () => {
  listen({ connectionsMax: 40 });
  const halves = await openMany("127.0.0.2", 100, half);
  await eventually("the refusals", () => refusals.count("connection_address") >= 60);
  await eventually("their end", () => halves.filter(isOpen).length <= 30);
  expect(halves.filter(isOpen).length).toBeGreaterThan(20);
  for (let i = 0; i < 30; i++) expect(await ask("127.0.0.3")).toBe(200);
  // More of others than the rest of the room: the half-open ones, which have waited a while, go.
  await Bun.sleep(1_700);
  const kept = await openMany("127.0.0.3", 25, get("/held"));
  await eventually("the requests", () => held.length === 25);
  expect(kept.every(isOpen)).toBe(true);
  // The clients hear of their end later than of the requests.
  await eventually("the end of the half-open ones", () => halves.filter(isOpen).length <= 15);
  // And their own address gets answers again.
  expect(await ask("127.0.0.2")).toBe(200);
});

test("connections between requests make room, requests under way do not", async () => {
  listen({ connectionsMax: 40 });
  const busy = await openMany("127.0.0.2", 10, get("/held"));
  const idle = await openMany("127.0.0.2", 16, get("/"));
  await eventually("their answers", () => idle.every(({ text }) => text.includes("fine")) && held.length === 10);
  await Bun.sleep(1_100);
  const more = await openMany("127.0.0.2", 15, get("/held"));
  await eventually("the requests", () => held.length === 25);
  expect([...busy, ...more].every(isOpen)).toBe(true);
  expect(idle.filter(isOpen).length).toBeLessThan(16);
  // Nothing else can go: its share is full of requests, which are served, and another address still has its own.
  await openMany("127.0.0.2", 20, get("/held"));
  const shareOfOne = held.length;
  expect(shareOfOne).toBeLessThanOrEqual(30);
  expect(await ask("127.0.0.3")).toBe(200);
  for (const request of held) request.answer(200, noHeaders, "at last");
  await eventually("the answers", () => [...busy, ...more].every(({ text }) => text.includes("at last")));
});

test("parts of heads have their bound in bytes, whatever they are sent as", async () => {
  listen({ aheadBytesTotalMax: 100_000, headBytesMax: 30_000 });
  const part = `${half}${"x".repeat(20_000)}`;
  const clients = await openMany("127.0.0.2", 12, part);
  await eventually("the refusals", () => clients.filter(isOpen).length <= 5);
  expect(refusals.count("head_bytes")).toBeGreaterThan(0);
  const other = await open("127.0.0.3", part.slice(0, 10_000));
  await Bun.sleep(50);
  other.socket.write("\r\n\r\n");
  await eventually("the other's answer", () => other.text.includes("fine"));
  // What has been given up is given back.
  for (const { socket } of clients) socket.destroy();
  await eventually("their end", () => server.connectionCount === 1);
  const again = await openMany("127.0.0.2", 3, part);
  await Bun.sleep(100);
  for (const { socket } of again) socket.write("\r\n\r\n");
  await eventually("their answers", () => again.every(({ text }) => text.includes("fine")));
});

test("behind a trusted proxy the client that it names has the share, and the proxy's connections are not those of one client", async () => {
  listen({ connectionsMax: 40 }, "127.0.0.2");
  const through = (client: string) => `x-forwarded-for: 6.6.6.6, ${client}\r\n`;
  const one = await openMany("127.0.0.2", 35, get("/held", through("203.0.113.1")));
  await eventually("the refusals", () => one.filter(({ text }) => text !== "").length + held.length === 35);
  const refused = one.filter(({ text }) => text !== "");
  expect(refused.length).toBeGreaterThan(0);
  for (const { text } of refused) {
    expect(text).toStartWith("HTTP/1.1 429 ");
    expect(text).toContain("retry-after: 1");
    expect(text).toEndWith('{"code":"rate_limit_exceeded"}');
  }
  expect(refusals.count("requests_address")).toBe(refused.length);
  const { length } = held;
  expect(await ask("127.0.0.2", "/", through("203.0.113.2"))).toBe(200);
  // The proxy itself has no share, and who is no proxy names nobody.
  expect(await ask("127.0.0.2", "/")).toBe(200);
  const liar = await open("127.0.0.3", get("/", through("203.0.113.1")));
  await eventually("its answer", () => liar.text.includes("x-client: 127.0.0.3"));
  for (const request of held.splice(0)) request.answer(200, noHeaders, "at last");
  await eventually("the end of all", () => one.filter(({ text }) => text.includes("at last")).length === length);
  expect(await ask("127.0.0.2", "/", through("203.0.113.1"))).toBe(200);
});

test("answers to wrong keys wait where an address has had many; other answers to it, and to others, do not", async () => {
  listen({});
  const startedMs = performance.now();
  const wrong = Array.from({ length: 40 }, () => ask("127.0.0.2", "/wrong"));
  await eventually("the failures", () => refusals.count("unauthenticated") === 40);
  for (const address of ["127.0.0.2", "127.0.0.3"]) expect(await ask(address)).toBe(200);
  expect(await ask("127.0.0.3", "/wrong")).toBe(401);
  let given = 0;
  for (const answer of wrong) void answer.then(() => given++);
  await Bun.sleep(0);
  if (performance.now() - startedMs < 900) expect(given).toBeLessThanOrEqual(10);
  expect(await Promise.all(wrong)).toEqual(Array.from({ length: 40 }, () => 401));
  expect(performance.now() - startedMs).toBeGreaterThan(900);
});

test("requests that were sent together hold up no other connection until they are all served", async () => {
  listen({});
  const many = 10_000;
  const greedy = await open("127.0.0.2");
  const other = await open("127.0.0.3");
  greedy.socket.write(get("/").repeat(many));
  other.socket.write(get("/"));
  await eventually("all answers", () => served.length === many + 1);
  await eventually("the last of them", () => greedy.text.split("fine").length === many + 1);
  expect(served.indexOf("127.0.0.3")).toBeLessThan(many / 4);
});

test("of many connections that send requests together, one at a time is served further", async () => {
  listen({});
  const greedy = await openMany("127.0.0.2", 100);
  const other = await open("127.0.0.3");
  for (const { socket } of greedy) socket.write(get("/").repeat(300));
  other.socket.write(get("/"));
  await eventually("all answers", () => served.length === 100 * 300 + 1);
  // As many as there are connections, and those of a few turns. A few dozen of each connection would be 3,200.
  expect(served.indexOf("127.0.0.3")).toBeLessThan(1_600);
});

test("what is sent ahead of an answer counts, too", async () => {
  listen({ aheadBytesTotalMax: 200_000 });
  const clients = await openMany("127.0.0.2", 12, get("/held") + get("/").repeat(1_500));
  await eventually("the refusals", () => clients.filter(isOpen).length <= 5);
  expect(refusals.count("head_bytes")).toBeGreaterThan(0);
  expect(await ask("127.0.0.3")).toBe(200);
  for (const request of held) request.answer(200, noHeaders, "at last");
  const kept = clients.filter(isOpen);
  expect(kept.length).toBeGreaterThan(0);
  await eventually("all answers", () => kept.every(({ text }) => text.split("fine").length === 1_501));
});
