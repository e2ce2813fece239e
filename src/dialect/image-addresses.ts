import { fieldName, type ChatRequest, type Part } from "../call/index.ts";

/** An image that a vendor must find in the request itself. */
export interface ImageAddress {
  url: string;
  /** The client's own path of the first part that names it, for errors. */
  path: string;
}

/** The http(s) addresses of images, each once. */
export function findImageAddresses(request: ChatRequest): ImageAddress[] {
  const found = new Map<string, ImageAddress>();
  for (const [index, { content }] of request.messages.entries())
    for (const [position, part] of content.entries())
      if (isAtAddress(part) && !found.has(part.url))
        found.set(part.url, { url: part.url, path: fieldName(request, `messages[${index}].content[${position}]`) });
  return [...found.values()];
}

/** The request with data URLs in the place of these addresses. */
export function putImagesIn(request: ChatRequest, dataUrls: ReadonlyMap<string, string>): ChatRequest {
  const put = (part: Part): Part =>
    part.type === "image" ? { ...part, url: dataUrls.get(part.url) ?? part.url } : part;
  return {
    ...request,
    messages: request.messages.map((message) =>
      message.content.some(isAtAddress) ? { ...message, content: message.content.map(put) } : message,
    ),
  };
}

function isAtAddress(part: Part): part is Extract<Part, { type: "image" }> {
  return part.type === "image" && /^https?:/i.test(part.url);
}
