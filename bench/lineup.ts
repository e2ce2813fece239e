import { makeCertificate } from "./certificate.ts";
import type { BenchOptions } from "./options.ts";
import type { GatewayPart } from "./part.ts";
import { peers, type Peer, type PeerPlace } from "./peers/index.ts";
import { say, type Finding } from "./report.ts";
import { Answers } from "./rounds.ts";
import { startSahab, type SahabSubject } from "./sahab.ts";
import { startPeer } from "./start-peer.ts";
import { startFloor, startUpstream, type Subject, type Upstream } from "./subjects.ts";

/** What a part of the benchmark found: every value, and the lines of the summary. */
export interface Measured {
  raw: unknown;
  findings: Finding[];
}

export interface RunningPeer {
  peer: Peer;
  program: string;
  subject: Subject;
}

/** All that runs while the gateway's parts are measured, and how much of it is wanted. */
export interface Lineup extends Omit<BenchOptions, "peers"> {
  upstream: Upstream;
  floor: Subject;
  sahabs: SahabSubject[];
  peers: RunningPeer[];
  answers: Answers;
}

/** The subjects of a part, in the order of their rows: first the upstream alone. */
export function everyone({ upstream, floor, sahabs, peers }: Lineup, part: GatewayPart): Subject[] {
  const others = peers.filter(({ peer }) => peer.parts.includes(part)).map(({ subject }) => subject);
  return [upstream, floor, ...sahabs, ...others];
}

/** Installs the peers that the parts need, starts everything, runs `measure`, and ends what was started. */
export async function withLineup<T>(options: BenchOptions, measure: (lineup: Lineup) => Promise<T>): Promise<T> {
  const wanted = peers.filter(
    (peer) => options.peers.has(peer.name) && peer.parts.some((part) => options.only.has(part)),
  );
  const installed = wanted.flatMap((peer) => {
    const program = peer.install();
    if (program === undefined) say(`${peer.name} ${peer.version} cannot be had on this machine; it is left out`);
    return program === undefined ? [] : [{ peer, program }];
  });
  const certificate = makeCertificate();
  const running: Subject[] = [];
  const started = async <T extends Subject>(starting: Promise<T>): Promise<T> => {
    const subject = await starting;
    running.push(subject);
    return subject;
  };
  try {
    const upstream = await started(startUpstream(certificate));
    const floor = await started(startFloor(upstream));
    const sahabs = [await started(startSahab("Sahab", options.tree, upstream))];
    if (options.compare !== undefined) sahabs.push(await started(startSahab("Sahab B", options.compare, upstream)));
    const runningPeers = await startPeers(installed, { upstreamOrigin: upstream.origin, caFile: undefined });
    running.push(...runningPeers.map(({ subject }) => subject));
    return await measure({ ...options, upstream, floor, sahabs, peers: runningPeers, answers: new Answers() });
  } finally {
    for (const subject of running.toReversed()) await subject.stop();
    certificate?.remove();
  }
}

/** Starts peers one after the other. Those that do not come to answer are left out, each with a line that says why. */
export async function startPeers(
  installed: Pick<RunningPeer, "peer" | "program">[],
  upstream: Pick<PeerPlace, "upstreamOrigin" | "caFile">,
): Promise<RunningPeer[]> {
  const started: RunningPeer[] = [];
  for (const { peer, program } of installed) {
    const subject = await startPeer(peer, program, upstream);
    if (subject) started.push({ peer, program, subject });
  }
  return started;
}
