import { Command } from "commander";
import { escapeUnprintableLines } from "../base/printable.ts";
import { asCalled } from "../base/called-as.ts";
import { parseEnvironment } from "../base/environment.ts";
import { version } from "../server/version.ts";
import { addAdjust } from "./adjust.ts";
import { addApply } from "./apply.ts";
import { addBackup } from "./backup.ts";
import { addBalance } from "./balance.ts";
import { addCatalog } from "./catalog.ts";
import { addChat } from "./chat.ts";
import { openClient, type Client } from "./client.ts";
import { addCompletion } from "./completion.ts";
import { addConnect } from "./connect.ts";
import { addConsole } from "./console.ts";
import { addDoctor } from "./doctor.ts";
import { addExport } from "./export.ts";
import { addImport } from "./import.ts";
import { addKey } from "./key.ts";
import { addLogin } from "./login.ts";
import { addModels } from "./models.ts";
import { addPlan } from "./plan.ts";
import { addProvider } from "./provider.ts";
import { addPs } from "./ps.ts";
import { addPull } from "./pull.ts";
import { addRequests } from "./requests.ts";
import { addRotate } from "./rotate.ts";
import { addRm } from "./rm.ts";
import { addStatus } from "./status.ts";
import { addStop } from "./stop.ts";
import { addTopUp } from "./top-up.ts";
import { addUp } from "./up.ts";
import { addUsage } from "./usage.ts";

/** The command line, ready to parse. */
export function createProgram(): Command {
  const program = new Command("sahab")
    .description("An AI cloud that you own: one address for every model, keys and an exact bill.")
    .version(version)
    .configureOutput({
      // Help is read to be typed.
      writeOut: (text) => process.stdout.write(asCalled(text)),
      writeErr: (text) => process.stderr.write(escapeUnprintableLines(text)),
    })
    .showHelpAfterError("(add --help for what is allowed)")
    .exitOverride();

  program.addHelpText(
    "after",
    `
Environment:
  SAHAB_URL               address of a Sahab elsewhere, https too, for all commands but "up"; "login" remembers one
  SAHAB_HOST, SAHAB_PORT  address of this machine's (127.0.0.1, 8787)
  SAHAB_DATA              folder of all state (~/.sahab)
  SAHAB_ADMIN_KEY         admin key, instead of the one in the data folder
  SAHAB_ADMIN_ADDRESSES   addresses (CIDR) that keys of role admin are good from (anywhere)
  SAHAB_MASTER_KEY        key that encrypts vendors' secrets, instead of the one in the data folder
  SAHAB_MASTER_KEY_OLD    the one before, for the start that changes it
  SAHAB_DATABASE_URL      postgres://..., to share state between machines, instead of a file in the data folder
  SAHAB_ADMIN_KEY_FILE ...
                          each of these four may be in a file that the variable with _FILE names
  SAHAB_BACKUP_PASSPHRASE for "backup" and "restore": the passphrase, instead of a question
  SAHAB_CONFIG            a cloud.yaml that "up" applies at start
  SAHAB_MODEL_FOLDERS     folders whose files the admin API may name as models, separated as in PATH
  SAHAB_MEDIA_HOSTS       hosts of private networks that images in requests may be fetched from, as NO_PROXY lists hosts
  SAHAB_PULL_HOSTS        hosts of private networks that "pull" may fetch from, as NO_PROXY lists hosts
  HUGGING_FACE_HUB_TOKEN, HF_ENDPOINT
                          for "pull" from Hugging Face: a token for gated models (HF_TOKEN is one, too), and a mirror
  MODELSCOPE_API_TOKEN, MODELSCOPE_DOMAIN
                          the same for ModelScope
  OPENAI_API_KEY, ANTHROPIC_API_KEY, DEEPSEEK_API_KEY, DASHSCOPE_API_KEY, GEMINI_API_KEY ...
                          keys of vendors: for "up", whose models are then there, as openai/gpt-5.4 and gpt-5.4
  SAHAB_SECRET_ENV, SAHAB_SECRET_FILES, SAHAB_SECRET_COMMANDS, SAHAB_SECRET_HOSTS
                          what providers' secrets may refer to (env:, file:, exec:), and where those may be sent
  SAHAB_TLS_CERT, SAHAB_TLS_KEY, SAHAB_TLS_CLIENT_CA
                          files: TLS in the server itself, and whose clients may come in
  SAHAB_CLIENT_CERT, SAHAB_CLIENT_KEY
                          files: this command's certificate, where the server asks for one
  SAHAB_WORKERS           processes that share the port (1)
  SAHAB_ENGINE_SANDBOX    auto | require | off: whether local models run in a sandbox
  SAHAB_TRUSTED_PROXIES   addresses (CIDR) whose x-forwarded-for names the client
  SAHAB_ALLOWED_HOSTS     names that /, /admin and /metrics answer to, beside loopback names (SAHAB_HOST)
  SAHAB_LOG               trace | debug | info | warn | error | fatal | silent
  SAHAB_LOG_FORMAT        json | pretty (pretty on a terminal, else json)
  SAHAB_REQUEST_LOG       off: no line for each request
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS
                          the way out, as everywhere

Start here:  sahab up      then, in another terminal:  sahab chat nano`,
  );

  const environment = () => parseEnvironment(process.env);
  const client = (): Client => openClient(environment());

  addUp(program, environment);
  addStatus(program, environment);
  addStop(program, environment);
  addApply(program, client);
  addExport(program, client);
  addImport(program);
  addKey(program, client);
  addBalance(program, client);
  addTopUp(program, client);
  addAdjust(program, client);
  addPull(program, client);
  addProvider(program, client);
  addModels(program, client);
  addCatalog(program, client, environment);
  addPs(program, client);
  addRm(program, client);
  addChat(program, client, environment);
  addConnect(program, environment);
  addConsole(program, client);
  addRequests(program, client);
  addUsage(program, client);
  addPlan(program);
  addBackup(program, environment);
  addRotate(program, client, environment);
  addLogin(program, environment);
  addDoctor(program, environment);
  addCompletion(program);
  showUsageOfArguments(program);
  return program;
}

/** What is wrong with a command's arguments is told with the line that would be right. */
function showUsageOfArguments(command: Command, before: readonly string[] = []): void {
  const words = [...before, command.name()];
  const usage = `${asCalled(words.join(" "))} ${command.usage()}`;
  const { outputError } = command.configureOutput();
  command.configureOutput({
    outputError(text, write) {
      outputError?.(
        /^error: (?:missing required|too many) argument/.test(text) ? `${text}Usage: ${usage}\n` : text,
        write,
      );
    },
  });
  for (const child of command.commands) showUsageOfArguments(child, words);
}
