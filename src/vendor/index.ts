export { vendorNames, vendors } from "./catalog.ts";
export { Provider } from "./provider.ts";
export { apiNames } from "./vendor.ts";
