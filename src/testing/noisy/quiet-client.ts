/** What a well-behaved client saw. */
export interface QuietTally {
  /** Milliseconds from the request to the end of its answer, by what was asked for. */
  latenciesMs: Record<string, number[]>;
  failures: string[];
}

export interface QuietTarget {
  address: string;
  key: string;
  model: string;
}

/** What is asked for in turn. */
export interface Question {
  name: string;
  path: string;
  stream: boolean;
  maxTokens: number;
}

/** One request at a time with a pause between them, until the signal. A failure is told and the next is tried. */
export async function askQuietly(
  { address, key, model }: QuietTarget,
  questions: readonly Question[],
  options: { pauseMs: number; signal: AbortSignal },
): Promise<QuietTally> {
  const tally: QuietTally = { latenciesMs: {}, failures: [] };
  for (let turn = 0; !options.signal.aborted; turn++) {
    const question = questions[turn % questions.length];
    if (!question) break;
    const { name, path, stream, maxTokens } = question;
    const startMs = performance.now();
    try {
      const response = await fetch(address + path, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: JSON.stringify({ model, stream, max_tokens: maxTokens, messages: [{ role: "user", content: "Hi" }] }),
      });
      const text = await response.text();
      const end = path.endsWith("messages") ? "message_stop" : "[DONE]";
      if (!response.ok || text.includes('"error"') || (stream && !text.includes(end)))
        tally.failures.push(`${name}: ${response.status} ${text.slice(-300)}`);
      else (tally.latenciesMs[name] ??= []).push(performance.now() - startMs);
    } catch (error) {
      tally.failures.push(`${name}: ${String(error)}`);
    }
    await Bun.sleep(options.pauseMs);
  }
  return tally;
}
