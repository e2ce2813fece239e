import { join, relative } from "node:path";
import { ensureInstalled } from "./install.mjs";
import { root, runBun, userFolder } from "./launch.mjs";

await ensureInstalled({ dev: false });
process.exitCode = await runBun([join(root, "src", "cli", "main.ts"), ...process.argv.slice(2)], {
  ...process.env,
  SAHAB_LAUNCHED_IN: userFolder(),
  ...(process.argv[1]?.endsWith(".mjs") && {
    SAHAB_CALLED_AS: `node ${relative(userFolder(), process.argv[1]) || process.argv[1]}`,
  }),
});
