export { vendorNames, vendors } from "./catalog.ts";
export { Provider } from "./provider.ts";
export { ProviderTarget } from "./provider-target.ts";
