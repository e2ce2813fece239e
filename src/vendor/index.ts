export { callProvider } from "./call-provider.ts";
export { openProvider, type Provider } from "./provider.ts";
export type { Operation } from "./vendor.ts";
