import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { say } from "./report.ts";
import { benchDir, cores, start, type Running } from "./machine.ts";

export const portkeyVersion = "1.15.2";
const folder = join(benchDir, "..", "node_modules", ".cache", "sahab-bench");
const program = join(folder, "node_modules", "@portkey-ai", "gateway", "build", "start-server.js");

/** Installs Portkey's gateway once, outside of what git and npm track. False if that is not possible. */
export function installPortkey(): boolean {
  if (Bun.which("node") === null) return false;
  if (existsSync(program)) return true;
  say(`Installing @portkey-ai/gateway@${portkeyVersion} into ${folder}; once, a few seconds …`);
  const done = Bun.spawnSync(
    [
      "npm",
      "install",
      "--prefix",
      folder,
      "--no-save",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
      `@portkey-ai/gateway@${portkeyVersion}`,
    ],
    { stdout: "ignore", stderr: "inherit" },
  );
  return done.success && existsSync(program);
}

/** Starts Portkey's gateway on Node as its own README does, without its web page. */
export async function startPortkey(): Promise<{ running: Running; port: number }> {
  const port = await freePort();
  const running = start(["node", program, `--port=${port}`, "--headless"], {
    core: cores.proxy,
    // Portkey refuses requests to private addresses; this setting of its own allows the upstream.
    env: { NODE_ENV: "production", TRUSTED_CUSTOM_HOSTS: "127.0.0.1" },
  });
  await running.waitFor(/Ready for connections/, 30_000);
  return { running, port };
}

/** Portkey takes its options from a header of every request. `override_params` renames the model. */
export function portkeyHeaders(upstreamOrigin: string, model: string): Record<string, string> {
  const config = {
    provider: "openai",
    api_key: "sk-upstream",
    custom_host: `${upstreamOrigin}/v1`,
    override_params: { model },
  };
  return { "x-portkey-config": JSON.stringify(config) };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
