export { createPassedReader } from "./create-reader.ts";
export { isPassedForm, openPassed } from "./open-request.ts";
export { passedPaths } from "./paths.ts";
