import type { Command } from "commander";
import { signInAddress } from "../base/sign-in-address.ts";
import type { Client } from "./client.ts";
import { print, printJson } from "./print.ts";

export function addConsole(program: Command, client: () => Client): void {
  program
    .command("console")
    .description("print a link that opens the console in a browser and signs in: once, within ten minutes")
    .option("--json", "print JSON: url and expires_at")
    .action(async ({ json }: { json?: true }) => {
      const { address, json: call } = client();
      const { link, expires_at } = await call<{ link: string; expires_at: string }>("/admin/v1/sign-in-links", {
        method: "POST",
      });
      const url = signInAddress(address, link);
      if (json) printJson({ url, expires_at });
      else print(url);
    });
}
