import { CommanderError } from "commander";
import { EnvironmentError } from "../base/environment.ts";
import { asCalled } from "./called-as.ts";
import { CommandError } from "./client.ts";
import { printError, tolerateClosedOutput } from "./print.ts";
import { createProgram } from "./program.ts";

// Exit status: 0 done, 1 failed, 2 wrong usage.
tolerateClosedOutput();
try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its message; asking for help or the version is not an error.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof EnvironmentError) {
    printError(error.message);
    process.exitCode = 2;
  } else if (error instanceof CommandError) {
    printError(asCalled(error.message));
    process.exitCode = 1;
  } else {
    printError(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 1;
  }
}
