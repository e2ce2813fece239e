import { canConfirm, confirm } from "../cli/confirm.ts";

// Asks once, as commands that delete do, and prints what came of it.
process.stdout.write(`asked: ${canConfirm()}, confirmed: ${await confirm("Delete 2 models?")}\n`);
