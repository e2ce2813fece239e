// Writes docs/dialects, what becomes of each request between two dialects, docs/agents.md, docs/errors.md, docs/metrics.md and docs/mistakes.md,
// outputs in docs/plan, and the types by which the console knows the admin API. `npm run docs`.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeAdminTypes } from "./admin-types/admin-types.ts";
import { makeAgentPage } from "./agent-page/agent-page.ts";
import { makeErrorPage } from "./error-page/error-page.ts";
import { makeMistakes, mistakesPage } from "./mistakes-page/mistakes-page.ts";
import { makePages } from "./dialect-pages/pages.ts";
import { makeMetricsPage } from "./metrics-page/metrics-page.ts";
import { fillOutputs, planPages } from "./plan-pages/plan-pages.ts";

const folder = join(import.meta.dir, "..", "docs", "dialects");
mkdirSync(folder, { recursive: true });
for (const [name, text] of makePages()) writeFileSync(join(folder, name), text);
writeFileSync(join(folder, "..", "agents.md"), makeAgentPage());
writeFileSync(join(folder, "..", "errors.md"), makeErrorPage());
writeFileSync(join(folder, "..", "metrics.md"), makeMetricsPage());
writeFileSync(join(folder, "..", "mistakes.md"), mistakesPage(await makeMistakes()));
for (const page of planPages) writeFileSync(page, await fillOutputs(page));
writeFileSync(join(folder, "..", "..", "console", "src", "api", "schema.d.ts"), await makeAdminTypes());
