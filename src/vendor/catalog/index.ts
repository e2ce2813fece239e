export { Catalog, findModel, modelsOf } from "./catalog.ts";
export { catalogFileBytesMax, formatCatalogFile } from "./catalog-file.ts";
export { pricesOf, type CatalogModel, type StoredPart } from "./catalog-model.ts";
export { mergeUpdate, type CatalogChange } from "./merge-update.ts";
export { describeCost } from "./models-dev/describe-cost.ts";
export { readModelsDev } from "./models-dev/read-models-dev.ts";
