import { expect, test } from "bun:test";
import { dialects } from "../dialect/registry.ts";
import { createRouteTable } from "./match-route.ts";

const routes = createRouteTable(dialects);

test.each([
  ["//v1/chat/completions", "/v1/chat/completions"],
  ["/v1//chat/completions//", "/v1/chat/completions"],
  ["/v1/v1/v1/chat/completions", "/v1/chat/completions"],
  ["/embeddings/", "/embeddings"],
  ["/v1/chat/completions/chat/completions", "/chat/completions"],
  ["/v1/chat/completions/v1/chat/completions", "/v1/chat/completions"],
  ["/v1/chat/completions/models", "/models"],
  ["/v1/messages/v1/messages", "/v1/messages"],
  ["/v1/messages/v1/messages/count_tokens", "/v1/messages/count_tokens"],
  ["/v1/v1/messages", "/v1/messages"],
  ["/messages", "/v1/messages"],
  ["/anthropic/v1/v1/messages", "/anthropic/v1/messages"],
  ["/anthropic/v1/messages/", "/anthropic/v1/messages"],
  ["/anthropic/messages", "/v1/messages"],
  ["/v1/v1/models/a/b", "/v1/models/a/b"],
  ["/models/a", "/v1/models/a"],
])("%s is understood as %s", (path, meant) => {
  expect(routes.match("POST", path, new Headers())).toBeUndefined();
  expect(routes.mend(path)).toBe(meant);
});

test.each([
  "/",
  "//",
  "/v1",
  "/v1/",
  "/v2/chat/completions",
  "/x/v1/chat/completions",
  "/v1/x/chat/completions",
  "/v1/chat",
  "/v1/chat/completions2",
  "/admin/v1/models",
  "/admin/v1/chat/completions",
  "/healthz",
  "/v1/chat/completions/x",
])("%s is not guessed at", (path) => expect(routes.mend(path)).toBeUndefined());
