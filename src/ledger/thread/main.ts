import type { FromThread, ToThread } from "./messages.ts";
import { serveStore } from "./serve-store.ts";

// The thread of the store: see open-store-thread.ts.
const port = globalThis as unknown as {
  postMessage(message: FromThread): void;
  addEventListener(type: "message", listener: (event: { data: ToThread }) => void): void;
};

const receive = serveStore((message) => port.postMessage(message));
port.addEventListener("message", ({ data }) => receive(data));
