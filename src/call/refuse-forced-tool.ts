import { SahabError } from "../base/errors.ts";
import type { ChatRequest } from "./chat.ts";

/** Refuses a request that forces a tool which only the client's own vendor has: without it, the answer would be another one. */
export function refuseForcedHostedTool({ tools, hostedTools, toolChoice }: ChatRequest): void {
  const isForced =
    toolChoice.type === "tool"
      ? !tools.some(({ name }) => name === toolChoice.name)
      : toolChoice.type === "required" && tools.length === 0 && hostedTools.length > 0;
  if (!isForced) return;
  throw new SahabError(
    "unsupported_parameter",
    "tool_choice: the model's vendor does not have the tool that is forced",
    {
      param: "tool_choice",
    },
  );
}
