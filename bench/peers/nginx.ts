import { join } from "node:path";
import { upstreamModel } from "../payloads.ts";
import type { Peer } from "./peer.ts";

/** nginx as a plain reverse proxy, where it is installed: it knows nothing of models, so it is a floor rather than a peer. */
export const nginx: Peer = {
  name: "nginx",
  get version() {
    return installedVersion();
  },
  parts: ["small", "large", "latency", "streams", "tls"],
  install: () => Bun.which("nginx") ?? undefined,
  command: (program, { folder }, configFile) => [program, "-p", folder, "-e", "stderr", "-c", configFile],
  config: ({ port, upstreamOrigin, caFile, folder }) => `daemon off;
# One process: a master would only watch its one worker.
master_process off;
pid ${join(folder, "nginx.pid")};
error_log stderr error;
events { worker_connections 16384; }
http {
  access_log off;
  client_max_body_size 0;
  client_body_buffer_size 1m;
  client_body_temp_path ${join(folder, "body")};
  proxy_temp_path ${join(folder, "proxy")};
  fastcgi_temp_path ${join(folder, "fastcgi")};
  uwsgi_temp_path ${join(folder, "uwsgi")};
  scgi_temp_path ${join(folder, "scgi")};
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  upstream vendor {
    server 127.0.0.1:${new URL(upstreamOrigin).port};
    keepalive 1024;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass ${new URL(upstreamOrigin).protocol}//vendor;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
${caFile === undefined ? "" : `      proxy_ssl_trusted_certificate ${caFile};\n      proxy_ssl_verify on;\n      proxy_ssl_name localhost;\n      proxy_ssl_server_name on;\n`}    }
  }
}
`,
  client: () => ({ headers: {}, model: upstreamModel }),
};

function installedVersion(): string {
  const program = Bun.which("nginx");
  const said = program === null ? "" : Bun.spawnSync([program, "-v"], { stderr: "pipe" }).stderr.toString();
  return /nginx\/(\S+)/.exec(said)?.[1] ?? "not installed";
}
