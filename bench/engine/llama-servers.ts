import { say } from "../report.ts";
import { startLlamaServer } from "./llama-server.ts";
import { askForTokens, type EngineSubject, type Setup } from "./subject.ts";

const probeTokens = 12;
const probeStreams = 4;

/**
 * One llama-server for each number of threads that the cores allow. One that a first look finds less than half as fast as another
 * is left out: on a busy machine threads that spin for each other take minutes where one takes seconds.
 */
export async function startLlamaServers(program: string, setup: Setup): Promise<EngineSubject[]> {
  const servers: { subject: EngineSubject; seconds: number }[] = [];
  try {
    for (let threads = 1; threads <= setup.cores; threads++) {
      const subject = await startLlamaServer(program, { ...setup, threads });
      servers.push({ subject, seconds: Number.NaN });
    }
    if (servers.length > 1) for (const server of servers) server.seconds = await probe(server.subject);
    const least = Math.min(...servers.map(({ seconds }) => seconds));
    const slow = servers.filter(({ seconds }) => seconds > least * 2);
    for (const { subject, seconds } of slow) {
      say(`${subject.name} is left out: ${(seconds / least).toFixed(1)} times as slow in a first look`);
      await subject.stop();
    }
    return servers.filter((server) => !slow.includes(server)).map(({ subject }) => subject);
  } catch (error) {
    for (const { subject } of servers) await subject.stop();
    throw error;
  }
}

async function probe(subject: EngineSubject): Promise<number> {
  await askForTokens(subject, 20, 2);
  const startMs = performance.now();
  await Promise.all(Array.from({ length: probeStreams }, () => askForTokens(subject, 20, probeTokens)));
  return (performance.now() - startMs) / 1000;
}
