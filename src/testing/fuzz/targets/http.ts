import type { Socket } from "bun";
import { AddressRanges } from "../../../base/address-ranges.ts";
import { Refusals } from "../../../base/refusals.ts";
import { ClientConnection } from "../../../http/client-connection.ts";
import { Crowd } from "../../../http/crowd.ts";
import { FailedKeys } from "../../../http/failed-keys.ts";
import type { HttpRequest } from "../../../http/index.ts";
import { noHeaders } from "../../../http/index.ts";
import { cut, same, type Target } from "../target.ts";

const limits = {
  headBytesMax: 32 * 1024,
  headMs: 1e9,
  bodyMs: 1e9,
  idleMs: 1e9,
  stallMs: 1e9,
  lingerMs: 1e9,
  lingerBytesMax: 1e9,
  connectionsMax: 10,
  aheadBytesTotalMax: 1e9,
  uploadBytesTotalMax: 1e9,
};
const address = { text: "192.0.2.1", project: "192.0.2.1", keyId: "192.0.2.1" };

/** A connection of clients reads the same requests, or refuses them all the same, wherever the network cuts its bytes. */
export const http: Target = {
  name: "http",
  seeds: [
    "GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /v1/chat/completions HTTP/1.1\r\nHost: a:1\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhelloGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nT: 1\r\n\r\n\r\nHEAD /x?y HTTP/1.0\r\n\r\n",
    "POST http://a/b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
    "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 0\r\nA:b\r\n\r\n",
  ],
  words: [
    ..."\r\n|\n|\r|\r\n\r\n| |\t|:|,|;|0\r\n\r\n|chunked|Transfer-Encoding: chunked\r\n|Content-Length: 3\r\n|Host: b\r\n".split(
      "|",
    ),
    ..."GET / HTTP/1.1\r\nHost: a\r\n\r\n|HTTP/1.0|HTTP/2.0|identity|close|Connection: close\r\n| folded\r\n".split(
      "|",
    ),
  ],
  async run(input, random) {
    const whole = await read([Buffer.from(input)]);
    const cutUp = await read(cut(input, random));
    same("the requests", cutUp.requests, whole.requests);
    same("the refusal", cutUp.refusal, whole.refusal);
  },
};

interface Told {
  method: string;
  target: string;
  headers: [string, string][];
  body?: string;
  fault?: string;
}

async function read(pieces: readonly Buffer[]): Promise<{ requests: Told[]; refusal: string | undefined }> {
  const requests: Told[] = [];
  let refusal: string | undefined;
  let isClosed = false;
  let isPaused = false;
  const socket = {
    write: (_bytes: Uint8Array, from = 0, length?: number) => length ?? _bytes.length - from,
    pause: () => (isPaused = true),
    resume: () => (isPaused = false),
    shutdown: () => undefined,
    end: () => (isClosed = true),
    terminate: () => (isClosed = true),
  };
  const handle = async (request: HttpRequest) => {
    const { method, target, headers } = request;
    const told: Told = { method, target, headers: [...headers.entries()] };
    requests.push(told);
    try {
      const body = request.readBody(1024 * 1024);
      told.body = (body instanceof Promise ? await body : body).toString("latin1");
    } catch (error) {
      told.fault = (error as { code?: string }).code ?? "none of ours";
    }
    request.answer(200, noHeaders, "");
  };
  const refusals = new Refusals({ warn: () => undefined });
  const crowd = new Crowd({ refusals }, limits);
  const connection = new ClientConnection(socket as unknown as Socket<ClientConnection>, address, {
    handle: (request) => void handle(request),
    refuse: ({ status, message }) => ((refusal = `${status} ${message}`), "{}"),
    limits,
    crowd,
    failedKeys: new FailedKeys({ refusals }),
    refusals,
    trustedProxies: new AddressRanges(),
    onClosed: () => undefined,
  });
  crowd.admit(connection);
  for (const piece of pieces) {
    if (isClosed) break;
    connection.onData(piece);
    // A body that was waited for is answered in a later turn.
    for (let turns = 0; turns < 4; turns++) await Promise.resolve();
    // So are requests that were sent together, but for the first.
    while (isPaused && !isClosed) await new Promise(setImmediate);
  }
  connection.onClose();
  for (let turns = 0; turns < 4; turns++) await Promise.resolve();
  for (const told of requests) if (told.fault === "none of ours") throw new Error("a body's error is none of ours");
  return { requests, refusal };
}
