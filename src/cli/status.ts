import type { Command } from "commander";
import { asCalled } from "../base/called-as.ts";
import type { Environment } from "../base/environment.ts";
import { dataFolder, isLocked } from "../server/data-folder.ts";
import { findRunningProcess } from "../server/running-process.ts";
import { isAnswered, openClient, type Client } from "./client.ts";
import { CommandError } from "./command-error.ts";
import { findServer, isOwnServer, type Server } from "./find-server.ts";
import { print, printJson } from "./print.ts";
import { showDuration, showMoment } from "./show-time.ts";

/** As the admin API gives it. */
interface Told {
  version: string;
  started_at: string;
  uptime_seconds: number;
  workers: number;
  data_folder: string;
  database: string;
  models: { name: string; kind: string; state: string; detail: string | null }[];
  providers: {
    name: string;
    vendor: string;
    state: string;
    detail: string | null;
    models: number;
    offered: number;
  }[];
  today: { since: string; requests: number; costs: { currency: string; cost: string }[] };
}

/** A server that takes longer to say that it is alive is not well. */
const probeMsMax = 5_000;
/** The rest waits for what the journal still holds. */
const statusMsMax = 30_000;
const shownMax = 20;

export function addStatus(program: Command, environment: () => Environment): void {
  program
    .command("status")
    .description("whether Sahab runs and is well, its models and providers, and what was used today; status 1 if not")
    .option("--json", "print it as JSON")
    .action(async (options: { json?: boolean }) => {
      const settings = environment();
      const server = findServer(settings);
      const { address } = server;
      const client = openClient(settings, server);
      const alive = await probe(client, "/healthz");
      if (alive.fault !== undefined) {
        const fault = describeSilence(settings, server, alive.fault, alive.isAnswered);
        if (options.json) printJson({ address, alive: false, ready: false, fault });
        else printFault(address, fault);
        process.exitCode = 1;
        return;
      }
      const ready = await probe(client, "/readyz");
      const told = server.key === undefined ? undefined : await ask(client);
      const fault = ready.fault ?? (told instanceof CommandError ? told.message : undefined);
      if (fault !== undefined) process.exitCode = 1;
      const known = told instanceof CommandError ? undefined : told;
      if (options.json) {
        printJson({ address, alive: true, ready: ready.fault === undefined, fault: fault ?? null, ...known });
        return;
      }
      print(`Sahab ${known ? `${known.version} ` : ""}answers at ${address}`);
      print(ready.fault === undefined ? "ready      yes" : `ready      NO: ${ready.fault}`);
      if (known) printStatus(known);
      else
        print(
          asCalled(`More is told with an admin key: ${told instanceof CommandError ? told.message : server.keyHint}`),
        );
    });
}

/** Without a key: `/healthz` and `/readyz` answer to anybody. */
async function probe(client: Client, path: string): Promise<{ fault?: string; isAnswered: boolean }> {
  try {
    const answer = await client.request(path, { isOpen: true, signal: AbortSignal.timeout(probeMsMax) });
    const text = (await answer.text()).trim().slice(0, 200);
    if (answer.ok && text === "ok") return { isAnswered: true };
    const isWords = answer.headers.get("content-type")?.startsWith("text/plain") === true;
    const fault = isWords ? text : `what answers there is no Sahab: ${path} has status ${answer.status}`;
    return { fault, isAnswered: true };
  } catch (cause) {
    if (cause instanceof CommandError) return { fault: cause.message, isAnswered: isAnswered(cause) };
    return { fault: `${client.address}${path} has not answered within ${probeMsMax / 1000} s`, isAnswered: false };
  }
}

async function ask(client: Client): Promise<Told | CommandError> {
  try {
    return await client.json<Told>("/admin/v1/status", { signal: AbortSignal.timeout(statusMsMax) });
  } catch (cause) {
    if (cause instanceof CommandError) return cause;
    return new CommandError(`It has not told its state within ${statusMsMax / 1000} s`);
  }
}

/** What is known of a server of this machine that does not answer as it should, and what to do. */
function describeSilence(settings: Environment, { address }: Server, fault: string, answers: boolean): string {
  if (!isOwnServer(settings, address)) return fault;
  const folder = dataFolder(settings.dataDir);
  if (!isLocked(folder)) return `${fault}\nNothing runs on the data folder ${folder.path} either.`;
  const pid = findRunningProcess(folder.path);
  const which = pid === undefined ? "A process that is not known here" : `Process ${pid}`;
  if (answers)
    return `${fault}\n${which} holds the data folder ${folder.path}. If it is what answers there, give this command the server's own SAHAB_TLS_CERT and SAHAB_TLS_KEY, and where clients need a certificate SAHAB_CLIENT_CERT and SAHAB_CLIENT_KEY`;
  return `${fault}\n${which} holds the data folder ${folder.path}: it is starting, listens on another port (SAHAB_PORT), or hangs. Its log says which; end it: sahab stop`;
}

function printFault(address: string, fault: string): void {
  print(`Sahab does not answer at ${address}`);
  print(asCalled(fault));
}

function printStatus({ started_at: started, uptime_seconds: uptimeS, workers, ...told }: Told): void {
  print(
    `up         ${showDuration(Math.max(1, uptimeS) * 1_000)}, since ${showMoment(started, "second")} UTC${workers > 1 ? `, ${workers} workers` : ""}`,
  );
  print(`data       ${told.data_folder}`);
  if (!told.database.startsWith(told.data_folder)) print(`database   ${told.database}`);
  const costs = told.today.costs.map(({ cost, currency }) => `${cost} ${currency}`).join(", ");
  print(
    `today      ${told.today.requests === 1 ? "1 request" : `${told.today.requests} requests`}${costs === "" ? "" : `, ${costs}`} (since midnight in UTC)`,
  );
  printList(
    "models",
    told.models.map(
      ({ name, kind, state, detail }) => `${name} (${kind}): ${state}${detail === null ? "" : `; ${detail}`}`,
    ),
    asCalled("none. Add one: sahab pull FILE-OR-URL, or sahab apply -f cloud.yaml"),
  );
  printList(
    "providers",
    told.providers.map(({ name, state, detail, models, offered }) => {
      const more = offered > 0 ? `, ${offered} more offered` : "";
      return `${name}: ${state}${detail === null ? "" : `; ${detail}`} (${models === 1 ? "1 model" : `${models} models`}${more})`;
    }),
    "none",
  );
}

function printList(title: string, rows: readonly string[], none: string): void {
  const shown = rows.length === 0 ? [none] : rows.slice(0, shownMax);
  const more =
    rows.length > shownMax
      ? [asCalled(`and ${rows.length - shownMax} more: sahab ${title === "models" ? "models" : "provider list"}`)]
      : [];
  for (const [at, row] of [...shown, ...more].entries()) print(`${(at === 0 ? title : "").padEnd(11)}${row}`);
}
