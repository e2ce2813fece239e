import { setPriority } from "node:os";
import { chat, startFakeVendor } from "../fake-vendor.ts";
import { startHostileVendor } from "./hostile-vendor.ts";
import { makeNoise, type NoiseTarget, type NoiseTally } from "./noise.ts";

// A process of its own, so that the noise does not slow down whoever measures. It says where its vendor is, is told where to
// go and for how long, and ends with what it saw.

export interface NoiseOrder {
  target: NoiseTarget;
  durationMs: number;
}

export type NoiseMessage = { vendorUrl: string; sinkUrl: string } | { tally: NoiseTally };

// It plays the part of other machines, which would not use the server's processor.
setPriority(10);
const send = (message: NoiseMessage) => process.send?.(message);
const vendor = await startHostileVendor();
process.on("message", (order: NoiseOrder) => {
  void makeNoise(order.target, order.durationMs).then((tally) => send({ tally }));
});
process.on("disconnect", () => process.exit(0));
// It takes the hostile bodies, so that the others' vendor is not kept busy with them.
const sink = startFakeVendor({ sink: chat(["a "]) });
send({ vendorUrl: vendor.url, sinkUrl: sink.url });
