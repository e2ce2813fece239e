import type { TestSahab } from "../run-sahab.ts";

const question = "Compare two ways to cache answers of our search, and show the quickest one in TypeScript.";
const text = `Both keep an answer for a few minutes; they differ in who shares it.

| Way | Shared by | Typical read | Survives a restart |
|---|---|---:|:---:|
| A map in the process | one process | 0.001 ms | no |
| Redis | all servers | 0.4 ms | yes |

The map is the quickest, and enough for one server:

\`\`\`ts
const answers = new Map<string, { answer: Answer; untilMs: number }>();

export async function search(query: string): Promise<Answer> {
  const kept = answers.get(query);
  if (kept && kept.untilMs > Date.now()) return kept.answer;
  const answer = await ask(query);
  answers.set(query, { answer, untilMs: Date.now() + 300_000 });
  return answer;
}
\`\`\``;

/** Keeps conversations of the person who signs in with the admin key; returns the id of the one with a table and code. */
export async function exampleConversation(sahab: TestSahab): Promise<string> {
  for (const title of ["Names for the new release", "خطة اجتماع يوم الأحد", "把周报翻译成英文"])
    await sahab.adminJson("/conversations", { json: { project: "research", title, models: ["qwen3-max"] } });
  const { id } = await sahab.adminJson<{ id: string }>("/conversations", {
    json: { project: "search", title: "Ways to cache answers", models: ["claude-sonnet"] },
  });
  const message = { status: "complete", parent: null };
  await sahab.adminJson(`/conversations/${id}/messages`, {
    json: {
      messages: [
        { ...message, id: "question", role: "user", content: [{ type: "text", text: question }] },
        {
          ...message,
          id: "answer",
          parent: "question",
          role: "assistant",
          content: [{ type: "text", text }],
          model: "claude-sonnet",
          usage: {
            input_tokens: 41,
            cached_input_tokens: 0,
            output_tokens: 268,
            reasoning_tokens: 0,
            cost: "0.004143",
            currency: "USD",
          },
          timings: { first_token_ms: 412, total_ms: 3_260 },
        },
      ],
    },
  });
  return id;
}
