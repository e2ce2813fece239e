export * from "./store.ts";
export * from "./kept-store.ts";
