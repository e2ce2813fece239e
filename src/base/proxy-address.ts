/** An HTTP proxy on the way to the outside. */
export interface ProxyAddress {
  /** Name or address, IPv6 without brackets. */
  host: string;
  port: number;
  /** The value of `Proxy-Authorization`; secret. */
  authorization: string | undefined;
  /** What no answer and no log may repeat: the password, and how it is sent. */
  secrets: readonly string[];
}

/** Which proxy to use by default, as the environment says it. */
export interface ProxySettings {
  /** For https addresses. */
  https: ProxyAddress | undefined;
  /** For http addresses. */
  http: ProxyAddress | undefined;
  /** Hosts that are reached without a proxy, as NO_PROXY lists them. */
  none: string;
  /** What is wrong with a variable, without its password: an error for what needs a proxy, and nothing to what is reached without one. */
  wrong?: { https?: string; http?: string };
}

/** `proxy.example:3128`, or `[fd00::1]:3128`. */
export function authorityOf({ host, port }: ProxyAddress): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Parses `http://user:password@host:port`; the scheme may be left out. Throws an Error that says what is allowed, without the password. */
export function parseProxyAddress(text: string): ProxyAddress {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "http")
    throw new Error(
      `expected an http:// address; ${scheme}:// proxies are not supported (an http proxy carries TLS to the provider unread)`,
    );
  const address = scheme === undefined ? `http://${text}` : text;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || url.hostname === "" || url.pathname !== "/" || url.search !== "" || url.hash !== "")
    throw new Error("expected an address such as http://proxy:3128 or http://user:password@proxy:3128");
  const [user, password] = [decode(url.username), decode(url.password)];
  const isAnonymous = user === "" && password === "";
  const encoded = Buffer.from(`${user}:${password}`).toString("base64");
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port) || 80,
    authorization: isAnonymous ? undefined : `Basic ${encoded}`,
    secrets: isAnonymous ? [] : [password, encoded],
  };
}

/** A proxy's address without user and password, as it may be shown. */
export function withoutCredentials(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, "$1");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
