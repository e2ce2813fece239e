/** What a first call needs. */
export interface FirstCall {
  /** Of this server, without a path. */
  origin: string;
  model: string;
  /** The key itself, or a word in its place. */
  key: string;
  question: string;
}

export const callLanguages = ["curl", "python", "typescript"] as const;
export type CallLanguage = (typeof callLanguages)[number];

/** Lines to paste that make the first call. */
export function callLines(language: CallLanguage, { origin, model, key, question }: FirstCall): string {
  const text = JSON.stringify(question);
  if (language === "curl") {
    const body = JSON.stringify({ model, messages: [{ role: "user", content: question }] });
    return [
      `curl ${origin}/v1/chat/completions \\`,
      `  -H "Authorization: Bearer ${key}" \\`,
      `  -H "Content-Type: application/json" \\`,
      // A quote ends the shell's text, stands alone, and begins it again.
      `  -d '${body.replaceAll("'", `'\\''`)}'`,
    ].join("\n");
  }
  if (language === "python")
    return [
      "from openai import OpenAI",
      "",
      `client = OpenAI(base_url="${origin}/v1", api_key="${key}")`,
      "answer = client.chat.completions.create(",
      `    model=${JSON.stringify(model)},`,
      `    messages=[{"role": "user", "content": ${text}}],`,
      ")",
      "print(answer.choices[0].message.content)",
    ].join("\n");
  return [
    `import OpenAI from "openai";`,
    "",
    `const client = new OpenAI({ baseURL: "${origin}/v1", apiKey: "${key}" });`,
    "const answer = await client.chat.completions.create({",
    `  model: ${JSON.stringify(model)},`,
    `  messages: [{ role: "user", content: ${text} }],`,
    "});",
    "console.log(answer.choices[0].message.content);",
  ].join("\n");
}
