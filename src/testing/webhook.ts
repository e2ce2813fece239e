import { createHmac } from "node:crypto";

export interface HookCall {
  body: Record<string, unknown> & { id: string };
  text: string;
  headers: Headers;
}

/** A receiver of alerts over real HTTP, which answers each call with what `answer` says; 204 by default. */
export function startWebhook(answer: (call: number) => Response | Promise<Response> = taken) {
  const calls: HookCall[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const text = await request.text();
      calls.push({ text, body: JSON.parse(text) as HookCall["body"], headers: request.headers });
      return answer(calls.length);
    },
  });
  const port = server.port ?? 0;
  return { url: `http://127.0.0.1:${port}/hook?token=in-the-address`, port, calls, stop: () => server.stop(true) };
}

const taken = () => new Response(null, { status: 204 });

/** Whether a call is signed with the secret, as the documentation describes it. */
export function isSigned({ headers, text }: HookCall, secret: string): boolean {
  const [, seconds = "", found] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers.get("x-sahab-signature") ?? "") ?? [];
  const isOfNow = Math.abs(Number(seconds) - Date.now() / 1000) < 60;
  return isOfNow && found === createHmac("sha256", secret).update(`${seconds}.${text}`).digest("hex");
}
