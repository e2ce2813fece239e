import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { cores, start, type Running } from "./machine.ts";
import { makeOutFolder } from "./out-folder.ts";
import { answerMarker, apiPaths, payload } from "./payloads.ts";
import type { Peer, PeerPlace } from "./peers/index.ts";
import { say } from "./report.ts";
import type { Subject } from "./subjects.ts";

/** LiteLLM compiles itself at its first start, which takes more than a minute on a busy core. */
const startMs = 240_000;

/** Starts a peer in front of the upstream. Undefined, with a line that says why, if it does not come to answer a request. */
export async function startPeer(
  peer: Peer,
  program: string,
  upstream: Pick<PeerPlace, "upstreamOrigin" | "caFile">,
): Promise<Subject | undefined> {
  const folder = makeOutFolder("peer");
  const place: PeerPlace = { ...upstream, folder: folder.path, port: await freePort(), metricsPort: await freePort() };
  const configFile = join(folder.path, "config");
  if (peer.config) writeFileSync(configFile, peer.config(place));
  const running = start(peer.command(program, place, configFile), {
    core: cores.proxy,
    env: peer.env?.(place) ?? {},
    cwd: folder.path,
  });
  const subject: Subject = {
    name: peer.name,
    port: place.port,
    pid: running.pid,
    ...peer.client(place),
    stop: async () => {
      await running.stop();
      folder.remove();
    },
  };
  try {
    await answersOnce(subject, running);
    return subject;
  } catch (error) {
    say(`${peer.name} ${peer.version} is left out: ${error instanceof Error ? error.message : String(error)}`);
    await subject.stop();
    return undefined;
  }
}

/** Resolves when a request gets its answer, which no port or health check promises. */
async function answersOnce(subject: Subject, running: Running): Promise<void> {
  const endMs = performance.now() + startMs;
  let hasEnded = false;
  void running.ended.then(() => (hasEnded = true));
  let last = "none";
  while (performance.now() < endMs && !hasEnded) {
    last = await fetch(`http://127.0.0.1:${subject.port}${apiPaths.chat}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...subject.headers },
      body: payload("small", subject.model),
      signal: AbortSignal.timeout(5_000),
    }).then(
      async (response) => `${response.status} ${await response.text()}`,
      (error: unknown) => String(error),
    );
    if (last.startsWith("200 ") && last.includes(answerMarker)) return;
    await Bun.sleep(100);
  }
  if (hasEnded) throw new Error(`it ended; its last output: ${(await running.ended).slice(-300)}`);
  throw new Error(`no proper answer within ${startMs / 1000} s; the last: ${last.slice(0, 300)}`);
}
