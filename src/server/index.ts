export { StartError } from "./data-folder.ts";
export { forgetSecrets } from "./forget-secrets.ts";
export { startSahab } from "./primary.ts";
export { openServerLog } from "./server-log.ts";
export { version } from "./version.ts";
