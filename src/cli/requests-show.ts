import type { Command } from "commander";
import type { Client } from "./client.ts";
import type { Account } from "./describe-account.ts";
import { CommandError } from "./command-error.ts";
import { print, printJson } from "./print.ts";
import { describeContent, readContent } from "./request-content.ts";
import { describeRequest, type RequestStory } from "./describe-request.ts";

export function addShowRequest(requests: Command, client: () => Client): void {
  requests
    .command("show")
    .description("the story of one request: who asked for what, each attempt, why it failed, how the cost came about")
    .argument("<id>", "the request's id, as in x-request-id; a beginning that no other has is enough")
    .option(
      "--content",
      "its prompt and answer, too, where the project keeps them (content_log); who reads is noted in the log",
    )
    .option("--json", "print it as JSON")
    .action(async (text: string, options: { content?: boolean; json?: boolean }) => {
      // As a table shows it where there is no room.
      const id = text.replace(/(?:…|\.\.\.)$/, "");
      if (id === "") throw new CommandError("There is no id; list requests with: sahab requests");
      const story = await client().json<RequestStory>(`/admin/v1/requests/${encodeURIComponent(id)}`);
      const content = options.content ? await readContent(client(), story.id) : undefined;
      if (options.json) {
        printJson({ ...story, ...(content && { content }) });
        return;
      }
      print(describeRequest(story, await readAccounts(client(), story)));
      if (content) print(`\n${describeContent(content)}`);
    });
}

/** None where the key is not there any more. */
async function readAccounts(client: Client, { key, key_name: name }: RequestStory): Promise<Account[]> {
  if (name === null) return [];
  return (await client.json<{ accounts: Account[] }>(`/admin/v1/keys/${encodeURIComponent(key)}`)).accounts;
}
