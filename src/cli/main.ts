import { CommanderError } from "commander";
import { EnvironmentError } from "../base/environment.ts";
import { asCalled } from "../base/called-as.ts";
import { CommandError, UsageError } from "./command-error.ts";
import { refuseLostOptions } from "./lost-options.ts";
import { readNpmLine } from "./npm-line.ts";
import { understand } from "./other-words.ts";
import { printError, tolerateClosedOutput } from "./print.ts";
import { createProgram } from "./program.ts";

// Exit status: 0 done, 1 failed, 2 wrong usage.
tolerateClosedOutput();
try {
  const program = createProgram();
  const handedOn = process.argv.slice(2);
  const args = understand(program, handedOn);
  refuseLostOptions(program, args, process.env, readNpmLine(handedOn, process.env));
  await program.parseAsync(args, { from: "user" });
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its message; asking for help or the version is not an error.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof EnvironmentError || error instanceof UsageError) {
    printError(asCalled(error.message));
    process.exitCode = 2;
  } else if (error instanceof CommandError) {
    printError(asCalled(error.message));
    process.exitCode = 1;
  } else {
    printError(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 1;
  }
}
