export { BodyThread } from "./body-thread.ts";
export { largeBytesMin, openLarge } from "./large-request.ts";
