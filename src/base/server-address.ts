/**
 * Parses the address of a Sahab, such as https://ai.example.com or http://127.0.0.1:8787/sahab, into its normal form without a
 * slash at its end. Throws an Error that says what is allowed, without what was given: it may contain a password.
 */
export function parseServerAddress(text: string): string {
  if (/^[\w.-]+(?::\d+)?(?:\/|$)/.test(text))
    throw new Error("has no scheme; one such as https://ai.example.com or http://127.0.0.1:8787 is allowed");
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !["http:", "https:"].includes(url.protocol) || url.hostname === "")
    throw new Error("is not an address; one such as https://ai.example.com is allowed");
  if (url.username !== "" || url.password !== "")
    throw new Error("contains a user or password; the key is given by `sahab login` or SAHAB_ADMIN_KEY instead");
  if (url.search !== "" || url.hash !== "")
    throw new Error("contains a query or fragment; only a scheme, a host, a port and a path are allowed");
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
