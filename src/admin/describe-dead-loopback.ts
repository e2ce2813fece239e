import { existsSync } from "node:fs";
import { connect } from "node:net";
import { isLoopback } from "../base/address-ranges.ts";
import type { CloudConfig } from "../config/index.ts";

/** What container engines leave in a container. */
const marks = ["/.dockerenv", "/run/.containerenv", "/var/run/secrets/kubernetes.io"];
const connectMs = 300;
const providersMax = 50;
/** Model servers of one's own listen above: below, only root may. */
const portMin = 1_024;

/**
 * Providers at an address of this machine where nothing listens, while Sahab runs in a container: one line each. There `localhost` is the
 * container itself, which people mean as the machine around it.
 */
export async function describeDeadLoopback(
  { providers }: Pick<CloudConfig, "providers">,
  isContainer = marks.some((path) => existsSync(path)),
): Promise<string[]> {
  if (!isContainer) return [];
  const lines = await Promise.all(
    providers.slice(0, providersMax).map(async ({ name, base_url: address }) => {
      if (address === undefined) return [];
      const { hostname, port, protocol, host } = new URL(address);
      const at = hostname.replace(/^\[|\]$/g, "");
      const wanted = Number(port) || (protocol === "https:" ? 443 : 80);
      if (!isLoopback(at) || wanted < portMin || !(await isRefused(at, wanted))) return [];
      return [
        `provider ${name}: nothing listens at ${host} in the container that Sahab runs in; the machine around it is host.docker.internal with Docker (on Linux started with --add-host=host.docker.internal:host-gateway), host.containers.internal with Podman`,
      ];
    }),
  );
  return lines.flat();
}

function isRefused(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: connectMs });
    const end = (refused: boolean) => {
      socket.destroy();
      resolve(refused);
    };
    socket.on("connect", () => end(false));
    socket.on("timeout", () => end(false));
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code === "ECONNREFUSED"));
  });
}
