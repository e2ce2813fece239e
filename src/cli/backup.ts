import type { Command } from "commander";
import { readFileSync } from "node:fs";
import type { Environment } from "../base/environment.ts";
import { asCalled, callName } from "../base/called-as.ts";
import { resolveUserPath } from "../base/user-path.ts";
import type { BackupKey, BackupLock, Manifest } from "../server/backup/index.ts";
import { cannotRead } from "./cannot-read.ts";
import { CommandError } from "./client.ts";
import { commandHere } from "./command-here.ts";
import { formatBytes, print, printJson } from "./print.ts";
import { readSecret } from "./read-secret.ts";
import { showMoment } from "./show-time.ts";

const passphraseVariable = "SAHAB_BACKUP_PASSPHRASE";

interface BackupFlags {
  passphraseFile?: string;
  recipient?: string[];
  models?: boolean;
  json?: boolean;
}

interface RestoreFlags {
  passphraseFile?: string;
  identityFile?: string;
  json?: boolean;
}

export function addBackup(program: Command, environment: () => Environment): void {
  program
    .command("backup")
    .description("write an encrypted backup of the data folder, while Sahab runs or not")
    .argument("<file>", "where it goes; must not exist yet")
    .option("--passphrase-file <file>", `a file with the passphrase (also ${passphraseVariable}; asked for otherwise)`)
    .option("--recipient <key...>", "public keys (age1…) of those who may open it, instead of a passphrase")
    .option("--models", "put the files of the models into it, too")
    .option("--json", "print what is in it as JSON")
    .addHelpText(
      "after",
      `
Where SAHAB_DATABASE_URL names a database of PostgreSQL, only its keys and configuration are in it: back it up with pg_dump, too. Otherwise
in it are the database with all usage records, keys and configuration, the journal, an update of the catalogue, and the admin and master key.
Make it on the machine of the data folder. The file is in the format of age, around a tar archive.
Bring it back with: SAHAB_DATA=NEW-FOLDER ${callName()} restore FILE`,
    )
    .action(async (named: string, flags: BackupFlags) => {
      const file = resolveUserPath(named);
      const settings = environment();
      const { writeBackup, passphraseCharsMin } = await import("../server/backup/index.ts");
      const { masterKeyPlace } = await import("../server/master-key.ts");
      const lock = await chooseLock(flags, passphraseCharsMin);
      const manifest = await explained(() =>
        writeBackup({
          dataDir: settings.dataDir,
          file,
          lock,
          withModels: flags.models === true,
          masterKey: masterKeyPlace(settings, settings.dataDir),
          database: settings.database,
          adminKey: settings.adminKey,
          onBytes: flags.json ? undefined : showBytes,
        }),
      );
      if (flags.json) printJson({ file, ...manifest });
      else print(`${clearLine()}${file} holds ${describe(manifest)}.${describeRest(manifest)}`);
    });

  program
    .command("restore")
    .description("make a data folder of a backup; the folder is SAHAB_DATA, and must be new or empty")
    .argument("<file>", "the backup")
    .option("--passphrase-file <file>", `a file with the passphrase (also ${passphraseVariable}; asked for otherwise)`)
    .option(
      "--identity-file <file>",
      "a file with the secret key (AGE-SECRET-KEY-…) for a backup made with --recipient",
    )
    .option("--json", "print what was in it as JSON")
    .action(async (named: string, flags: RestoreFlags) => {
      const file = resolveUserPath(named);
      const settings = environment();
      const { dataDir } = settings;
      const { restoreBackup } = await import("../server/backup/index.ts");
      const key = await chooseKey(flags);
      const manifest = await explained(() =>
        restoreBackup({ file, dataDir, key, onBytes: flags.json ? undefined : showBytes }),
      );
      if (flags.json) {
        printJson({ folder: dataDir, ...manifest });
        return;
      }
      // The folder is often named for this one command; without its name the next ones would go to another Sahab.
      const here = commandHere(settings);
      print(
        `${clearLine()}${dataDir} has ${describe(manifest)}, as of ${showMoment(manifest.createdAt, "second")} UTC. ${asCalled("Start it with: sahab up", here)}`,
      );
      if (manifest.sharedDatabase !== undefined)
        print(
          `All else was in ${manifest.sharedDatabase}. Bring that back with pg_restore and start with SAHAB_DATABASE_URL; without it, this folder starts with SQLite, without usage records and balances.`,
        );
      print(
        asCalled(
          "Its keys are those of that time: rotate or revoke again what leaked since (sahab rotate admin, or sahab key revoke NAME).",
          here,
        ),
      );
      // The built-in one is placed by the next start.
      const { builtInFile } = await import("../fleet/index.ts");
      const missing = manifest.hasModels ? [] : manifest.models.filter(({ file: name }) => name !== builtInFile);
      if (missing.length > 0)
        print(
          `Files of models are not in the backup; bring them to ${dataDir}/models, or pull them again: ${missing.map(({ file: name }) => name).join(", ")}`,
        );
    });
}

async function explained<T>(work: () => Promise<T>): Promise<T> {
  const { StartError } = await import("../server/index.ts");
  try {
    return await work();
  } catch (error) {
    if (error instanceof StartError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}

async function chooseLock(flags: BackupFlags, charsMin: number): Promise<BackupLock> {
  if (flags.recipient) return { recipients: flags.recipient };
  const given = givenPassphrase(flags.passphraseFile);
  const passphrase = given ?? (await askFor("Passphrase for the backup: "));
  if (passphrase.length < charsMin)
    throw new CommandError(`The passphrase has ${passphrase.length} characters; at least ${charsMin} are needed`);
  if (given === undefined && (await askFor("The same again: ")) !== passphrase)
    throw new CommandError("The two passphrases differ; nothing was written");
  return { passphrase };
}

async function chooseKey(flags: RestoreFlags): Promise<BackupKey> {
  if (flags.identityFile !== undefined) {
    const lines = readText(flags.identityFile).split("\n");
    const identities = lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
    return { identities };
  }
  return { passphrase: givenPassphrase(flags.passphraseFile) ?? (await askFor("Passphrase of the backup: ")) };
}

function givenPassphrase(file: string | undefined): string | undefined {
  return file === undefined ? process.env[passphraseVariable] || undefined : readText(file).replace(/\r?\n$/, "");
}

function readText(file: string): string {
  try {
    return readFileSync(resolveUserPath(file), "utf8");
  } catch (cause) {
    throw cannotRead(file, cause);
  }
}

async function askFor(question: string): Promise<string> {
  const typed = await readSecret(question);
  if (typed !== undefined) return typed;
  throw new CommandError(
    `There is no terminal to type at; give the passphrase with --passphrase-file or ${passphraseVariable}`,
  );
}

/** What a backup lacks that machines share. */
function describeRest({ sharedDatabase }: Manifest): string {
  if (sharedDatabase === undefined) return "";
  return ` Usage records, budgets, balances, files and what is kept between requests are not in it: back up ${sharedDatabase} with pg_dump --format=custom, and the folder files of each machine.`;
}

function describe({ usageRecords, keys, resources, journalFiles, models, hasModels }: Manifest): string {
  const bytes = models.reduce((sum, model) => sum + model.bytes, 0);
  const files = hasModels ? `, ${models.length} models of ${formatBytes(bytes)}` : "";
  return `${usageRecords} usage records, ${keys} keys, ${resources} resources of the configuration, ${journalFiles} files of the journal${files}`;
}

function showBytes(bytes: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${formatBytes(bytes)}\u001b[K`);
}

const clearLine = () => (process.stderr.isTTY && process.stdout.isTTY ? "\r\u001b[K" : "");
