/** The address of a link in an answer, where it leads to the web or is one of mail; else none. */
export function safeUrl(url: string): string {
  try {
    const { protocol, href } = new URL(url);
    return ["https:", "http:", "mailto:"].includes(protocol) ? href : "";
  } catch {
    // Without a scheme it would lead into the console.
    return "";
  }
}
