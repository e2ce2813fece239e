#!/usr/bin/env node
import { join } from "node:path";
import { ensureInstalled, root, runBun } from "./launch.mjs";

ensureInstalled({ dev: false });
// By default Bun allows 256 outgoing requests at once; a gateway has thousands of streams.
const env = { BUN_CONFIG_MAX_HTTP_REQUESTS: "65535", ...process.env };
process.exitCode = await runBun([join(root, "src", "cli", "main.ts"), ...process.argv.slice(2)], env);
