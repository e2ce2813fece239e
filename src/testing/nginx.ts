import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { findFreePort } from "./free-port.ts";
import type { Certificate } from "./self-signed.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "./temporary-folder.ts";

const program = ["/usr/sbin/nginx", "/usr/bin/nginx"].find((path) => existsSync(path));

/** Whether nginx is installed, or has to be: in CI. */
export const hasNginx = program !== undefined || Boolean(process.env["CI"]);

/** nginx in front of several machines, as docs/fleet.md says: a request that a machine has not begun goes to the next. With TLS at `localhost`. */
export async function startNginx(
  ports: readonly number[],
  tls?: Certificate,
): Promise<{ address: string; stop(): Promise<void> }> {
  const port = await findFreePort();
  const keys = makeTemporaryFolder();
  if (tls !== undefined) writeFileSync(join(keys, "tls.key"), tls.key, { mode: 0o600 });
  const ssl =
    tls === undefined ? "" : ` ssl;\n    ssl_certificate ${tls.file};\n    ssl_certificate_key ${keys}/tls.key`;
  const servers = ports.map((to) => `server 127.0.0.1:${to} max_fails=0;`).join("\n    ");
  const address = tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`;
  const nginx = await runNginx(
    `upstream sahab {
    least_conn;
    ${servers}
    keepalive 64;
  }
  server {
    listen 127.0.0.1:${port}${ssl};
    client_max_body_size 0;
    location / {
      proxy_pass http://sahab;
      proxy_http_version 1.1;
      proxy_set_header connection "";
      proxy_set_header host $http_host;
      proxy_set_header x-forwarded-proto $scheme;
      proxy_set_header x-forwarded-for $remote_addr;
      proxy_request_buffering on;
      proxy_buffering off;
      proxy_read_timeout 600s;
      proxy_next_upstream error http_503 non_idempotent;
      proxy_next_upstream_tries 3;
    }
  }`,
    address,
    tls && { ca: tls.cert },
  );
  return {
    address,
    async stop() {
      await nginx.stop();
      removeTemporaryFolder(keys);
    },
  };
}

/** nginx with these directives of its `http` block; resolves when something answers at the address. */
export async function runNginx(
  directives: string,
  address: string,
  tls?: { ca: string },
): Promise<{ stop(): Promise<void> }> {
  if (program === undefined) throw new Error("nginx is not installed; on Debian: apt-get install nginx-light");
  const folder = makeTemporaryFolder();
  for (const name of ["body", "proxy", "fastcgi", "uwsgi", "scgi"]) mkdirSync(join(folder, name));
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ${directives}
}
`,
  );
  const child = Bun.spawn([program, "-p", folder, "-c", join(folder, "nginx.conf")], {
    stdout: "ignore",
    stderr: "inherit",
  });
  await eventually("nginx", () =>
    fetch(address, tls && { tls }).then(
      () => true,
      () => false,
    ),
  );
  return {
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
      removeTemporaryFolder(folder);
    },
  };
}
