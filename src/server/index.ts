export { StartError } from "./data-folder.ts";
export { startSahab } from "./primary.ts";
export { version } from "./version.ts";
