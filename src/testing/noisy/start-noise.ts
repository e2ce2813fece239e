import { join } from "node:path";
import type { NoiseMessage, NoiseOrder } from "./noise-main.ts";
import type { NoiseTally } from "./noise.ts";

/** A neighbour in a process of its own, with a vendor of its own. */
export interface NoisyNeighbour {
  /** The base address of its vendor. */
  vendorUrl: string;
  /** One that answers well. */
  sinkUrl: string;
  /** Does everything at once for so long. */
  makeNoise(order: NoiseOrder): Promise<NoiseTally>;
  stop(): Promise<void>;
}

export async function startNoisyNeighbour(): Promise<NoisyNeighbour> {
  const vendors = Promise.withResolvers<{ vendorUrl: string; sinkUrl: string }>();
  const tally = Promise.withResolvers<NoiseTally>();
  // It is reported to the caller of `makeNoise`, not as an unhandled rejection.
  tally.promise.catch(() => undefined);
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "noise-main.ts")], {
    stdio: ["ignore", "inherit", "inherit"],
    serialization: "json",
    ipc(message: NoiseMessage) {
      if ("vendorUrl" in message) vendors.resolve(message);
      else tally.resolve(message.tally);
    },
    onExit() {
      const ended = new Error("the noisy neighbour ended by itself");
      vendors.reject(ended);
      tally.reject(ended);
    },
  });
  return {
    ...(await vendors.promise),
    makeNoise(order) {
      child.send(order);
      return tally.promise;
    },
    async stop() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}
