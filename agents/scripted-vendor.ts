import type { Asked } from "../src/testing/wire/asked.ts";
import { Broken, object, type Json } from "../src/testing/wire/json.ts";
import { Proofs, type Kit, type Script, type VendorRequest } from "../src/testing/wire/kit.ts";
import { nothingSaid, type Said, type SaidUsage } from "../src/testing/wire/said.ts";
import { usualFaults, type Agent } from "./agent.ts";
import { firstValue } from "./first-value.ts";
import { refusal, refusalPrompt, secondPrompt, taskFiles, type TaskFile } from "./task.ts";

/** A request that the vendor got, and what became of it. */
export interface VendorRequestSeen {
  /** The model's turn in the task; undefined for what an agent asks besides: titles, whom to ask. */
  turn: number | undefined;
  outcome: "answered" | "busy" | "cut" | "told to refuse" | "refused" | "unknown path";
  /** Why it was refused. */
  problem?: string;
  usage?: SaidUsage;
  path: string;
  body: Json;
}

/** A vendor of one dialect as a real HTTP server, which does the task by the agent's own way of writing files. */
export interface ScriptedVendor {
  /** A provider's `base_url`. */
  url: string;
  requests: VendorRequestSeen[];
  /** What came back otherwise than it was said: thoughts and calls. */
  changed: string[];
  stop(): Promise<void>;
}

export function startScriptedVendor(kit: Kit, agent: Agent, workFolder: string): ScriptedVendor {
  const play = new Play(kit, agent, workFolder);
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(incoming) {
      const url = new URL(incoming.url);
      const text = await incoming.text();
      return play.answer({
        path: url.pathname,
        query: url.searchParams,
        headers: incoming.headers,
        body: text === "" ? {} : object(JSON.parse(text)),
        text,
      });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    requests: play.requests,
    changed: play.changed,
    stop: () => server.stop(true),
  };
}

/** One run of the task. */
class Play {
  readonly requests: VendorRequestSeen[] = [];
  readonly changed: string[] = [];
  readonly #kit: Kit;
  readonly #agent: Agent;
  readonly #workFolder: string;
  readonly #script: Script;
  /** What is still to go wrong before each turn. */
  readonly #faults: string[][];
  /** What was said in each turn. */
  readonly #said = new Map<number, Said>();
  #count = 0;

  constructor(kit: Kit, agent: Agent, workFolder: string) {
    this.#kit = kit;
    this.#agent = agent;
    this.#workFolder = workFolder;
    this.#script = { answers: [], thinks: true, proofs: new Proofs() };
    this.#faults = (agent.faults ?? usualFaults).map((faults) => [...faults]);
  }

  answer(request: VendorRequest): Response {
    const { path, body } = request;
    const seen: VendorRequestSeen = { turn: undefined, outcome: "unknown path", path, body };
    this.requests.push(seen);
    const { vendor } = this.#kit;
    const route = vendor.route(request);
    if (!route) return Response.json(vendor.error(404, `no such path: ${path}`), { status: 404 });
    let asked: Asked;
    try {
      asked = vendor.read(request, this.#script);
    } catch (error) {
      seen.outcome = "refused";
      seen.problem = error instanceof Broken ? error.message : String(error);
      return Response.json(vendor.error(400, seen.problem), { status: 400 });
    }
    if (userWords(asked).includes(refusalPrompt)) {
      seen.outcome = "told to refuse";
      return Response.json(vendor.error(400, refusal), { status: 400 });
    }
    seen.turn = this.#turnOf(asked);
    if (seen.turn !== undefined) this.#compare(asked, seen.turn);
    const fault = seen.turn === undefined ? undefined : this.#faults[seen.turn]?.shift();
    if (fault === "busy" || (fault === "cut" && !route.stream)) {
      seen.outcome = "busy";
      return Response.json(vendor.error(503, "The scripted vendor is busy"), { status: 503 });
    }
    const headers = { "content-type": "text/event-stream" };
    if (fault === "cut") {
      seen.outcome = "cut";
      return new Response("", { headers });
    }
    const said = seen.turn === undefined ? this.#besides(asked) : this.#inTurn(seen.turn);
    seen.outcome = "answered";
    seen.usage = said.usage;
    const { proofs } = this.#script;
    const text = route.stream
      ? vendor.stream(said, request, proofs).join("")
      : JSON.stringify(vendor.whole(said, proofs, request));
    // As with real vendors, no two answers have one id.
    const own = text.replaceAll(/"(chatcmpl-|msg_|rs_|resp_)?kit"/g, `"$1kit${this.#count}"`);
    return new Response(own, { headers: route.stream ? headers : { "content-type": "application/json" } });
  }

  /** Undefined where the agent can't write: then it asks something else. */
  #turnOf({ turns, tools }: Asked): number | undefined {
    const { writes } = this.#agent;
    if (writes.by === "tool")
      return tools.some(({ name }) => name === writes.tool)
        ? turns.flatMap((turn) => (turn.role === "tool" ? turn.results : [])).length
        : undefined;
    const words = turns.flatMap((turn) => (turn.role === "assistant" ? turn.parts : []));
    return taskFiles.filter(({ text }) => words.some((part) => part.type === "text" && part.text.includes(text)))
      .length;
  }

  #inTurn(turn: number): Said {
    const file = taskFiles[turn];
    // Unasked, too, as the models of many vendors do.
    const thought = `I shall do step ${turn} of the task.`;
    const said = this.#say(file ? this.#write(file, turn) : { text: "Both files are there." }, thought);
    if (file) this.#said.set(turn, said);
    return said;
  }

  #write(file: TaskFile, turn: number): Partial<Said> {
    const { writes } = this.#agent;
    if (writes.by === "text") return { text: writes.say(file.name, file.text) };
    const id = `call_${turn}x7Kp2mQ9vL4`;
    const call = { id, name: writes.tool, arguments: writes.arguments(`${this.#workFolder}/${file.name}`, file.text) };
    return { calls: [call], stop: "tool-calls" };
  }

  /** What an agent asks besides the task: an object of its schema, or a few words. */
  #besides(asked: Asked): Said {
    return this.#say({ text: asked.schema ? JSON.stringify(firstValue(asked.schema.schema)) : "Two files" }, "");
  }

  #say(fields: Partial<Said>, reasoning: string): Said {
    const count = this.#count++;
    const usage = { input: 1_000 + 7 * count, cached: 16, output: 40 + count, reasoning: reasoning === "" ? 0 : 8 };
    return { ...nothingSaid(), stop: "stop", ...fields, reasoning, usage };
  }

  /** Whether the turns of the model come back as it said them: thoughts before calls of tools, until the user has spoken again. */
  #compare(asked: Asked, turn: number): void {
    const { turns } = asked;
    const isLater = userWords(asked).includes(secondPrompt);
    const ours = turns.filter(
      (one) => one.role === "assistant" && one.parts.some((part) => part.type === "call" || part.type === "reasoning"),
    );
    for (const [index, said] of this.#said) {
      const parts = ours[index]?.role === "assistant" ? ours[index].parts : [];
      const text = parts.flatMap((part) => (part.type === "reasoning" ? [part.text] : [])).join("");
      const call = parts.flatMap((part) => (part.type === "call" ? [part.call] : []))[0];
      if (text !== said.reasoning && !isLater && this.#agent.writes.by === "tool")
        this.changed.push(`in turn ${turn}, the thoughts of turn ${index} came back as "${text.slice(0, 80)}"`);
      const [made] = said.calls;
      if (made && !Bun.deepEquals(call?.arguments, made.arguments))
        this.changed.push(
          `in turn ${turn}, the call of turn ${index} came back as ${JSON.stringify(call ?? null).slice(0, 200)}`,
        );
    }
  }
}

/** All that the user said, and what was said in the user's name. */
function userWords({ turns }: Asked): string {
  const parts = turns.flatMap((turn) => (turn.role === "user" ? turn.parts : []));
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("\n");
}
