import { litellm } from "./litellm.ts";
import { nginx } from "./nginx.ts";
import type { Peer } from "./peer.ts";
import { portkey } from "./portkey.ts";
import { sglangRouter } from "./sglang-router.ts";
import { vllmRouter } from "./vllm-router.ts";

export type { Peer, PeerPlace } from "./peer.ts";

/** The gateways that Sahab is compared with, in the order of their rows. */
export const peers: readonly Peer[] = [vllmRouter, sglangRouter, nginx, litellm, portkey];
