import type { GatewayPart } from "../part.ts";

/** Where a peer runs. */
export interface PeerPlace {
  port: number;
  /** A second free port, for programs that insist on serving their metrics elsewhere. */
  metricsPort: number;
  /** Without a path; https if a certificate file is given, with the name localhost. */
  upstreamOrigin: string;
  /** The authority that signed the upstream's certificate, in PEM. */
  caFile: string | undefined;
  /** A folder of its own. */
  folder: string;
}

/** Another gateway to compare with, on the proxies' core with one worker. To add one, write a file like its neighbours and name it in `index.ts`. */
export interface Peer {
  /** In tables; `--peers` takes it in any case. */
  name: string;
  version: string;
  /** The parts of the benchmark that it takes part in. */
  parts: readonly GatewayPart[];
  /** The path of its program, which this installs if need be; undefined if it cannot be had on this machine. */
  install(): string | undefined;
  /** The text of its configuration file, where it has one. */
  config?(place: PeerPlace): string;
  command(program: string, place: PeerPlace, configFile: string): string[];
  env?(place: PeerPlace): Record<string, string>;
  /** How a client calls it. */
  client(place: PeerPlace): { headers: Record<string, string>; model: string };
}
