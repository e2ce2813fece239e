import type { Refusals } from "../base/refusals.ts";
import { listenHttp, type HttpRequest, type HttpServer, type ServerTls } from "../http/index.ts";
import { StartError } from "./data-folder.ts";
import { encodeRefusal } from "./encode-refusal.ts";
import type { ServingOptions } from "./serving-options.ts";

/** Opens the port, or throws a StartError that says why not. */
export function listen(
  deps: { handle(request: HttpRequest): void; refusals: Refusals },
  options: Pick<ServingOptions, "host" | "port" | "reusePort" | "trustedProxies"> & { tls?: ServerTls | undefined },
): HttpServer {
  try {
    return listenHttp({ ...deps, refuse: encodeRefusal }, options);
  } catch (cause) {
    const code = (cause as { code?: string }).code;
    if (code === "EADDRINUSE")
      throw new StartError(
        `Port ${options.port} on ${options.host} is in use; stop what listens there, or name another with SAHAB_PORT`,
        { cause },
      );
    throw new StartError(
      `Cannot listen on ${options.host}:${options.port} (${code ?? String(cause)}); look at SAHAB_HOST and SAHAB_PORT`,
      { cause },
    );
  }
}
