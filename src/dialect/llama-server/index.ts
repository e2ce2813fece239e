export { openTextRequest } from "./open-request.ts";
