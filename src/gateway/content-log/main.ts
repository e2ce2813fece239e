import { lowerPriority } from "../../base/lower-priority.ts";
import type { FromContentThread, ToContentThread } from "./messages.ts";
import { createContentServer } from "./serve-content.ts";

// The thread that writes the text of requests: see content-log.ts.

lowerPriority();

/** The thread's end of its link, which the runtime's types give to the main thread only. */
const port = globalThis as unknown as {
  postMessage(message: FromContentThread): void;
  addEventListener(type: "message", listener: (event: { data: ToContentThread }) => void): void;
};

const serve = createContentServer();
port.addEventListener("message", ({ data }) => {
  const answer = serve(data);
  if (answer) port.postMessage(answer);
});
