#!/usr/bin/env node
import { join } from "node:path";
import { ensureInstalled } from "./install.mjs";
import { root, runBun, userFolder } from "./launch.mjs";

ensureInstalled({ dev: false });
process.exitCode = await runBun([join(root, "src", "cli", "main.ts"), ...process.argv.slice(2)], {
  ...process.env,
  SAHAB_LAUNCHED_IN: userFolder(),
});
