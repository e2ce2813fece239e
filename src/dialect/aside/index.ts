export { BodyThread } from "./body-thread.ts";
export { continueBody, findNamedParts } from "./continue-large.ts";
export { largeBytesMin, openLarge } from "./large-request.ts";
