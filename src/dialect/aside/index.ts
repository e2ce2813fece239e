export { BodyThread } from "./body-thread.ts";
export { openRequest } from "./large-request.ts";
