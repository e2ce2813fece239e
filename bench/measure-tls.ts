import { everyone, startPeers, type Lineup, type Measured } from "./lineup.ts";
import { clientModelTls } from "./payloads.ts";
import { say, type Finding } from "./report.ts";
import { compareSpeed, printThroughput, roundsOf, roundTimes, runRounds, warmUp } from "./rounds.ts";
import type { Subject } from "./subjects.ts";

const goal = 0.8;

/**
 * Requests per second with an upstream behind TLS beside the same without. Sahab has both upstreams in one process; a
 * peer has a second process.
 */
export async function measureTls(lineup: Lineup): Promise<Measured> {
  const { quick, upstream } = lineup;
  say("\n== Upstream behind TLS, small body, 64 connections");
  if (!upstream.tls) {
    say("Left out: no certificate could be made (OpenSSL 3 is needed)");
    return { raw: [], findings: [] };
  }
  const peers = await startPeers(
    lineup.peers.filter(({ peer }) => peer.parts.includes("tls")),
    { upstreamOrigin: upstream.tls.origin, caFile: upstream.tls.caFile },
  );
  try {
    const overTls = new Map<Subject, Subject>([
      ...lineup.sahabs.map((sahab): [Subject, Subject] => [sahab, { ...sahab, model: clientModelTls }]),
      ...peers.flatMap(({ peer, subject }): [Subject, Subject][] => {
        const plain = lineup.peers.find((other) => other.peer === peer);
        return plain ? [[plain.subject, subject]] : [];
      }),
    ]);
    const subjects = everyone(lineup, "tls").flatMap((plain): Subject[] => {
      const tls = overTls.get(plain);
      return tls ? [plain, { ...tls, name: `${plain.name}, TLS` }] : [plain];
    });
    await warmUp([...overTls.values()], { payload: "small", quick }, lineup.answers);
    const results = await runRounds(
      subjects,
      { payload: "small", connections: 64, ...roundTimes(quick) },
      lineup.answers,
    );
    printThroughput(results);
    const findings = results.flatMap((plain): Finding[] => {
      const tls = roundsOf(results, `${plain.subject}, TLS`);
      if (!tls) return [];
      const what = `${plain.subject}: TLS ÷ plain upstream, small body`;
      return [compareSpeed(what, tls, plain, plain.subject.startsWith("Sahab") ? goal : undefined)];
    });
    return { raw: results, findings };
  } finally {
    for (const { subject } of peers) await subject.stop();
  }
}
