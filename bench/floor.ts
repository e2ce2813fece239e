// The floor: the least that a proxy on this runtime can do. Bytes in, bytes out; streams pass through. No authentication,
// no parsing of the body, no usage, no journal, no metrics, no timeouts. `bun bench/floor.ts UPSTREAM_ORIGIN`
const upstream = process.argv[2] ?? "";

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  idleTimeout: 0,
  async fetch(request) {
    const path = request.url.slice(request.url.indexOf("/", 8));
    const response = await fetch(upstream + path, {
      method: request.method,
      headers: { "content-type": "application/json" },
      body: await request.bytes(),
      signal: request.signal,
    });
    const type = response.headers.get("content-type") ?? "application/octet-stream";
    return new Response(type.startsWith("text/event-stream") ? response.body : await response.bytes(), {
      status: response.status,
      headers: { "content-type": type },
    });
  },
});
process.stdout.write(`listens on ${server.port}\n`);
