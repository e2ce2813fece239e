import type { FromThread, ToThread } from "./messages.ts";

/** The thread's end of its link, which the runtime's types give to the main thread only. */
export const port = globalThis as unknown as {
  postMessage(message: FromThread, handedOver?: readonly ArrayBuffer[]): void;
  addEventListener(type: "message", listener: (event: { data: ToThread }) => void): void;
};
