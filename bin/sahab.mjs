#!/usr/bin/env node
import { join } from "node:path";
import { ensureInstalled, root, runBun } from "./launch.mjs";

ensureInstalled({ dev: false });
process.exitCode = await runBun([join(root, "src", "cli", "main.ts"), ...process.argv.slice(2)]);
