// Writes docs/dialects, what becomes of each request between two dialects, docs/agents.md and docs/errors.md. `npm run docs`.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeAgentPage } from "./agent-page/agent-page.ts";
import { makeErrorPage } from "./error-page/error-page.ts";
import { makePages } from "./dialect-pages/pages.ts";

const folder = join(import.meta.dir, "..", "docs", "dialects");
mkdirSync(folder, { recursive: true });
for (const [name, text] of makePages()) writeFileSync(join(folder, name), text);
writeFileSync(join(folder, "..", "agents.md"), makeAgentPage());
writeFileSync(join(folder, "..", "errors.md"), makeErrorPage());
