/** Hosts that stand for all addresses of the machine, and what a browser on it calls one of them. */
const everywhere: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "[::]": "[::1]" };

/** Where a browser signs in by a link's token. Behind the `#` it reaches no server and no log on the way. */
export function signInAddress(address: string, token: string): string {
  const url = new URL(address);
  url.hostname = everywhere[url.hostname] ?? url.hostname;
  return `${url.origin}/#link=${token}`;
}
