import type { Admit } from "../admin/index.ts";
import { SahabError } from "../base/errors.ts";
import { showText } from "../base/printable.ts";
import { showList } from "../base/show-list.ts";
import type { Snapshot } from "../config/index.ts";
import { ActingRequest, type Gateway } from "../gateway/index.ts";
import { headerLine, joinHeaders, type HttpRequest } from "../http/index.ts";
import { consoleCaller, isInScope } from "../ledger/index.ts";

/** A project, and behind it any path of a dialect. */
const form = /^\/admin\/v1\/as\/([^/]+)(\/.*)$/;

export function isServedAs(path: string): boolean {
  return form.test(path);
}

/**
 * Serves an admin's call of a model that a project pays for, as `/admin/v1/as/{project}` and a dialect's path ask for it. Who may use the
 * admin API may, for the projects that it may see; from there on it is a request like all others, which is recorded as that of a user of the
 * admin's name unless it names one. Rejects before anything is answered.
 */
export async function serveAs(
  deps: { admit: Admit; gateway: Pick<Gateway, "handle">; snapshot: () => Pick<Snapshot, "projects"> },
  request: HttpRequest,
): Promise<void> {
  const { method, headers, address } = request;
  // Answers of vendors, their errors too, come from the origin of the console's pages.
  request.addHeaders(ownOrigin);
  const { actor } = await deps.admit({ method, headers, address: address.text });
  const [, name = "", path = ""] = form.exec(request.path) ?? [];
  const project = decodeName(name);
  const projects = [...deps.snapshot().projects.keys()].filter((one) => isInScope(actor.scope, one));
  if (project === undefined || !projects.includes(project))
    throw new SahabError(
      "not_found",
      `There is no project ${showText(project ?? name)}; there are: ${showList(projects)}`,
    );
  const acting = new ActingRequest(request, { caller: consoleCaller(project, actor.name), path });
  if (!deps.gateway.handle(acting))
    throw new SahabError(
      "not_found",
      `${method} ${path.slice(0, 200)} is not served for a project: it is the path of no model, or, as files and batches do, needs a key`,
    );
}

const ownOrigin = joinHeaders(headerLine("x-content-type-options", "nosniff"), headerLine("cache-control", "no-store"));

/** Undefined for a broken escape. */
function decodeName(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
