export { vendorNames, vendors } from "./catalog.ts";
export { Provider } from "./provider.ts";
export { apiNames } from "./vendor.ts";
export { ProviderTarget } from "./provider-target.ts";
