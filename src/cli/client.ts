import type { Environment } from "../base/environment.ts";
import { dataFolder, readSecretFile, StartError } from "../server/data-folder.ts";

/** A failure whose message is printed for the user; the command ends with status 1. */
export class CommandError extends Error {}

/** Calls a running Sahab with the admin key. */
export interface Client {
  address: string;
  request(
    path: string,
    init?: { method?: string; body?: unknown; text?: string; contentType?: string; signal?: AbortSignal },
  ): Promise<Response>;
  json<T>(path: string, init?: { method?: string; body?: unknown; text?: string; contentType?: string }): Promise<T>;
}

export function openClient(environment: Environment): Client {
  const wildcard = environment.host === "0.0.0.0" || environment.host === "::";
  const host = wildcard ? "127.0.0.1" : environment.host.includes(":") ? `[${environment.host}]` : environment.host;
  const address = `http://${host}:${environment.port}`;
  const key = environment.adminKey ?? readAdminKey(environment);

  const request: Client["request"] = async (path, init = {}) => {
    if (key === undefined) {
      throw new CommandError(
        `There is no admin key: ${dataFolder(environment.dataDir).adminKeyFile} does not exist and SAHAB_ADMIN_KEY is not set. Start Sahab once with: npm start`,
      );
    }
    const body = init.text ?? (init.body === undefined ? undefined : JSON.stringify(init.body));
    let response: Response;
    try {
      response = await fetch(address + path, {
        method: init.method ?? (body === undefined ? "GET" : "POST"),
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { "content-type": init.contentType ?? "application/json" }),
        },
        ...(body === undefined ? {} : { body }),
        ...(init.signal ? { signal: init.signal } : {}),
        timeout: false,
        // The runtime would send the admin key through HTTP_PROXY, even to this machine.
        proxy: false,
      } as RequestInit);
    } catch (cause) {
      if (init.signal?.aborted) throw cause;
      throw new CommandError(
        `No Sahab answers at ${address}. Start it with: npm start (or set SAHAB_HOST and SAHAB_PORT to where it runs)`,
        { cause },
      );
    }
    if (response.ok) return response;
    throw new CommandError(await describeFailure(response));
  };

  return {
    address,
    request,
    json: async <T>(path: string, init?: Parameters<Client["json"]>[1]) =>
      (await (await request(path, init)).json()) as T,
  };
}

function readAdminKey(environment: Environment): string | undefined {
  const { adminKeyFile } = dataFolder(environment.dataDir);
  try {
    return readSecretFile(adminKeyFile)?.trim();
  } catch (cause) {
    if (cause instanceof StartError) throw new CommandError(cause.message, { cause });
    throw new CommandError(
      `Cannot read the admin key in ${adminKeyFile}: it belongs to another user. Run this as that user, or set SAHAB_ADMIN_KEY`,
      { cause },
    );
  }
}

async function describeFailure(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { error } = JSON.parse(text) as { error: { message: string; code: string } };
    return `${error.message} (${error.code})`;
  } catch {
    return `The server answered with status ${response.status}`;
  }
}
