export const jsonType = "application/json";
export const eventStreamType = "text/event-stream; charset=utf-8";

/** A type of bytes as a client may see it: none that a browser would run. */
export function plainType(contentType: string | null): string {
  const type = contentType ?? "";
  return /^(?:audio|video)\/[\w.+-]{1,60}(?:; ?[\w-]{1,20}=[\w.-]{1,40}){0,3}$/.test(type) ||
    /^text\/(?:plain|vtt)(?:; ?charset=[\w-]{1,20})?$/i.test(type)
    ? type
    : "application/octet-stream";
}
