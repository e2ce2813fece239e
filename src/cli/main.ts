import { CommanderError } from "commander";
import { EnvironmentError } from "../base/environment.ts";
import { CommandError } from "./client.ts";
import { createProgram } from "./program.ts";

// Exit status: 0 done, 1 failed, 2 wrong usage.
try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its message; asking for help or the version is not an error.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof EnvironmentError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  } else if (error instanceof CommandError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  } else {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  }
}
