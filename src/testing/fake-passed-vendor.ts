/** A call that the vendor received. */
export interface PassedCall {
  path: string;
  headers: Headers;
  /** The body as it came. */
  bytes: Buffer;
  /** Texts of a form, by name; those of names that come again are joined by a comma. Of a JSON body, its fields. */
  fields: Record<string, unknown>;
  files: { name: string; fileName: string; bytes: Buffer }[];
  /** The caller has cut the call. */
  isAborted: boolean;
}

type PassedScript = (call: PassedCall) => Response | Promise<Response>;

/** A vendor of images, sounds and moderations as a real HTTP server, which reads forms by the platform's own parser. The model chooses the script. */
export function startFakePassedVendor(scripts: Record<string, PassedScript>) {
  const calls: PassedCall[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    maxRequestBodySize: 64 * 1024 * 1024,
    async fetch(request) {
      const bytes = Buffer.from(await request.arrayBuffer());
      const call: PassedCall = {
        path: new URL(request.url).pathname,
        headers: request.headers,
        bytes,
        fields: {},
        files: [],
        isAborted: false,
      };
      request.signal.addEventListener("abort", () => (call.isAborted = true));
      await readFields(call);
      calls.push(call);
      const script = scripts[String(call.fields["model"])];
      return script ? script(call) : Response.json({ error: { message: "no script" } }, { status: 404 });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    calls,
    last: () => calls.at(-1) as PassedCall,
    stop: () => server.stop(true),
  };
}

async function readFields(call: PassedCall): Promise<void> {
  const contentType = call.headers.get("content-type") ?? "";
  if (!contentType.startsWith("multipart/")) {
    call.fields = JSON.parse(call.bytes.toString()) as Record<string, unknown>;
    return;
  }
  const form = await new Response(call.bytes, { headers: { "content-type": contentType } }).formData();
  for (const [name, value] of form) {
    if (typeof value === "string")
      call.fields[name] = name in call.fields ? `${String(call.fields[name])},${value}` : value;
    else call.files.push({ name, fileName: value.name, bytes: Buffer.from(await value.arrayBuffer()) });
  }
}

/** A body that comes in these pieces, each when the one before has left. `end` cuts the connection or keeps it open. */
export function pieces(
  list: readonly (string | Uint8Array)[],
  type: string,
  end: "close" | "cut" | "hang" = "close",
): PassedScript {
  return (call) => {
    let next = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const piece = list[next++];
        await Bun.sleep(next > 1 ? 10 : 0);
        if (call.isAborted) return;
        if (piece !== undefined) controller.enqueue(typeof piece === "string" ? Buffer.from(piece) : piece);
        else if (end === "cut") controller.error(new Error("cut"));
        else if (end === "hang") await new Promise(() => undefined);
        else controller.close();
      },
    });
    return new Response(body, { headers: { "content-type": type } });
  };
}
