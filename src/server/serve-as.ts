import type { Admit } from "../admin/index.ts";
import { SahabError } from "../base/errors.ts";
import { showText } from "../base/printable.ts";
import type { Snapshot } from "../config/index.ts";
import { ActingRequest, type Gateway } from "../gateway/index.ts";
import type { HttpRequest } from "../http/index.ts";
import { consoleCaller } from "../ledger/index.ts";

/** A project, and behind it any path of a dialect. */
const form = /^\/admin\/v1\/as\/([^/]+)(\/.*)$/;

export function isServedAs(path: string): boolean {
  return form.test(path);
}

/**
 * Serves an admin's call of a model that a project pays for, as `/admin/v1/as/{project}` and a dialect's path ask for it. Who may use the
 * admin API may; from there on it is a request like all others. Rejects before anything is answered.
 */
export async function serveAs(
  deps: { admit: Admit; gateway: Pick<Gateway, "handle">; snapshot: () => Pick<Snapshot, "projects"> },
  request: HttpRequest,
): Promise<void> {
  const { method, headers, address } = request;
  await deps.admit({ method, headers, address: address.text });
  const [, name = "", path = ""] = form.exec(request.path) ?? [];
  const project = decodeName(name);
  const { projects } = deps.snapshot();
  if (project === undefined || !projects.has(project))
    throw new SahabError(
      "not_found",
      `There is no project ${showText(project ?? name)}; there are: ${[...projects.keys()].join(", ")}`,
    );
  const acting = new ActingRequest(request, { caller: consoleCaller(project), path });
  if (!deps.gateway.handle(acting))
    throw new SahabError(
      "not_found",
      `${method} ${path.slice(0, 200)} is not served for a project: it is the path of no model, or, as files and batches do, needs a key`,
    );
}

/** Undefined for a broken escape. */
function decodeName(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
