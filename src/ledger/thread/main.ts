import { lowerPriority } from "../../base/lower-priority.ts";
import { serveStore } from "./serve-store.ts";
import { port } from "./thread-port.ts";

// The thread of the store: see store-thread.ts.

// Requests come before reports; a drain that keeps up with a serving thread needs less than half of this one's share.
lowerPriority();

const receive = serveStore((message, handedOver) => port.postMessage(message, handedOver));
port.addEventListener("message", ({ data }) => receive(data));
