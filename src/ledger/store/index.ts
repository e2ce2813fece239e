export * from "./store.ts";
export * from "./kept-store.ts";
export * from "./batch-store.ts";
export * from "./file-store.ts";
export * from "./account-store.ts";
export * from "./alert-store.ts";
export * from "./retention-store.ts";
export * from "./scope.ts";
