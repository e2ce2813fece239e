export {
  BatchCalls,
  BatchDraft,
  batchFormOf,
  isFinal,
  lineOf,
  type RawAnswer,
  type RawResult,
  type VendorBatchError,
  type VendorBatchState,
} from "./batch/index.ts";
export { baseAddressOf, describeMissingAddress, missingVariables } from "./base-address.ts";
export {
  Catalog,
  catalogFileBytesMax,
  describeCost,
  findModel,
  formatCatalogFile,
  mergeUpdate,
  modelsOf,
  pricesOf,
  readModelsDev,
  type CatalogChange,
  type CatalogModel,
  type StoredPart,
} from "./catalog/index.ts";
export {
  checkAccess,
  createModelFinder,
  describeFault,
  isCutThought,
  mayChat,
  stepNames,
  workOf,
  worstOf,
  type Access,
  type KeyReport,
  type ListedModels,
  type Origin,
  type ProviderReport,
  type Step,
  type TokenAnswer,
} from "./check/index.ts";
export { catalogPartOf, catalogPartsOf, regionAt } from "./catalog-part.ts";
export { cacheTagNames, cacheTagPath } from "./cache-tag.ts";
export { mayBeOfEnvironment, signsOf, withoutVendorKeys } from "./key-variables.ts";
export { vendorMeant } from "./vendor-meant.ts";
export { vendorTitles } from "./vendor-titles.ts";
export { vendorNames, vendors, vendorsWith } from "./registry.ts";
export { ImageFetcher } from "./image-fetcher.ts";
export { Provider, providerId, type Network, type ProviderOptions } from "./provider.ts";
export { ProviderTarget, type Batching } from "./provider-target.ts";
