import { describe, expect, test } from "bun:test";
import type { ToolDefinition } from "../../call/index.ts";
import { openChatTemplate } from "./chat-template.ts";
import type { Call, Turn } from "./history.ts";
import { inspectTemplate } from "./inspect-template.ts";

// Shapes that chat templates of public models have, written small.
const takesTurns = `{{- bos_token }}
{%- if messages[0]['role'] == 'system' %}{{ raise_exception('no system turn here') }}{%- endif %}
{%- for message in messages %}
{%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('user and assistant must take turns') }}{%- endif %}
{{- '[' + message['role'] + '] ' + message['content'] | trim + '\\n' }}
{%- endfor %}`;

const shortIds = `{%- if messages[0].role == "system" %}{%- set first = messages[0].content %}{%- set rest = messages[1:] %}{%- else %}{%- set rest = messages %}{%- endif %}
{%- set ns = namespace(turn=0) %}
{%- for m in rest %}{%- if m.role != "tool" and m.tool_calls is not defined %}{%- if (m.role == "user") != (ns.turn % 2 == 0) %}{{- raise_exception("after the system turn, user and assistant must take turns") }}{%- endif %}{%- set ns.turn = ns.turn + 1 %}{%- endif %}{%- endfor %}
{%- for m in rest %}
{%- if m.role == "user" %}{{- "[U]" + ((first + "\\n\\n") if loop.last and first is defined else "") + m.content + "[/U]" }}
{%- elif m.tool_calls is defined %}{%- for call in m.tool_calls %}{%- if call.id | length != 9 %}{{- raise_exception("ids of calls have nine letters") }}{%- endif %}{{- "[C]" + (call.function | tojson) + call.id }}{%- endfor %}
{%- elif m.role == "assistant" %}{{- m.content + eos_token }}
{%- elif m.role == "tool" %}{{- "[R]" + m.content + "=" + m.tool_call_id }}
{%- else %}{{- raise_exception("only user, assistant and tool turns are known") }}{%- endif %}
{%- endfor %}`;

const readsItems = `{%- for m in messages %}{%- if m.tool_calls %}{%- for c in m.tool_calls %}{{- '<function=' + c.function.name + '>' }}{%- for k, v in c.function.arguments|items %}{{- k ~ '=' ~ v ~ ';' }}{%- endfor %}{%- endfor %}{%- else %}{{- m.content }}{%- endif %}{%- endfor %}`;

const addsArguments = `{%- for m in messages %}{%- if m.tool_calls %}{%- for c in m.tool_calls %}{{- c.function.name + '(' + c.function.arguments + ')' }}{%- endfor %}{%- else %}{{- m.role + ': ' + m.content + ' ' }}{%- endif %}{%- endfor %}`;

const onlyParts = `{%- for m in messages %}{%- for part in m.content %}{{- m.role + ': ' + part.text + ' ' }}{%- endfor %}{%- endfor %}`;

function render(source: string, turns: readonly Turn[], tools: readonly ToolDefinition[] = []): string {
  const { template, form, always } = inspectTemplate(source, { begin: "<s>", end: "</s>" });
  return template.render({ turns, tools, ...form }, { always, variables: {}, protect: (text) => text }).text;
}

const turn = (role: string, content: string): Turn => ({ role, content });
const [user, assistant, system] = ["user", "assistant", "system"].map((role) => (text: string) => turn(role, text)) as [
  (text: string) => Turn,
  (text: string) => Turn,
  (text: string) => Turn,
];
const call = (args: string, id = "call_0123456789"): Turn[] => [
  { role: "assistant", content: "", calls: [{ id, name: "now", arguments: args }] },
  { role: "tool", content: "12:00", toolCallId: id },
];

describe("a template that wants user and assistant in turn", () => {
  const cases: [string, Turn[], string][] = [
    ["takes turns as they are", [user("a"), assistant("b"), user("c")], "[user] a\n[assistant] b\n[user] c\n"],
    ["gets a system turn in the user's", [system("A"), user("Hi")], "[user] A\n\nHi\n"],
    ["gets several", [system("A"), system("B"), user("Hi")], "[user] A\n\nB\n\nHi\n"],
    [
      "gets one from the middle",
      [user("a"), assistant("Hi"), system("Be brief"), user("b")],
      "[user] a\n[assistant] Hi\n[user] Be brief\n\nb\n",
    ],
    ["gets one from the end", [user("a"), assistant("Hi"), system("S")], "[user] a\n[assistant] Hi\n[user] S\n"],
    ["gets only a system turn", [system("A")], "[user] A\n"],
    [
      "gets neighbours as one",
      [user("a"), user("b"), assistant("c"), assistant("d")],
      "[user] a\n\nb\n[assistant] c\n\nd\n",
    ],
    ["gets a user's turn before the assistant's", [assistant("Hi"), user("b")], "[user]\n[assistant] Hi\n[user] b\n"],
    [
      "gets calls and results as text",
      [user("t"), ...call('{"a":1}'), user("thanks")],
      '[user] t\n[assistant] <tool_call>\n{"name": "now", "arguments": {"a":1}}\n</tool_call>\n[user] <tool_response>\n12:00\n</tool_response>\n\nthanks\n',
    ],
  ];
  test.each(cases)("%s", (_name, turns, text) => {
    expect(render(takesTurns, turns).replace("<s>", "").replaceAll("] \n", "]\n")).toBe(text);
  });
});

describe("a template with ids of nine letters", () => {
  test("keeps a system turn that leads", () => {
    expect(render(shortIds, [system("A"), user("Hi")])).toBe("[U]A\n\nHi[/U]");
  });
  test("gets a later one in the user's turn", () => {
    expect(render(shortIds, [system("S"), user("a"), assistant("b"), system("Be brief"), user("c")])).toBe(
      "[U]a[/U]b</s>[U]S\n\n<system-reminder>\nBe brief\n</system-reminder>\n\nc[/U]",
    );
  });
  test("gets ids of other vendors in its form, the same for a call and its result", () => {
    const text = render(shortIds, [user("t"), ...call("{}"), ...call("{}", "toolu_2")]);
    const ids = /\}([a-z0-9]{9})\[R\]12:00=(\w+)\[C\].*\}([a-z0-9]{9})\[R\]12:00=(\w+)$/.exec(text);
    expect(ids?.[1]).toBe(ids?.[2] ?? "");
    expect(ids?.[3]).toBe(ids?.[4] ?? "");
    expect(ids?.[1]).not.toBe(ids?.[3] ?? "");
  });
  test("keeps ids that have it", () => {
    expect(render(shortIds, [user("t"), ...call("{}", "aBcDeF123")])).toContain("}aBcDeF123[R]12:00=aBcDeF123");
  });
});

describe("a template that reads the items of arguments", () => {
  test.each(['{"a":1,"b":"x"}', ' {"a":1,"b":"x"}'])("gets %p as they are", (args) => {
    expect(render(readsItems, call(args))).toBe("<function=now>a=1;b=x;12:00");
  });
  test.each(['{"a": 1', "ls -la", "[1]", "5", '"x"'])("gets the broken %p as an object", (args) => {
    expect(render(readsItems, call(args))).toBe(`<function=now>invalid_arguments=${args};12:00`);
  });
  test("keeps digits and the order of keys", () => {
    expect(render(readsItems, call('{"z":4611686018427387905,"10":1.0,"2":1e5}'))).toBe(
      "<function=now>z=4611686018427387905;10=1.0;2=1e5;12:00",
    );
  });
});

test("a template that adds arguments to a text gets them as text, as they were written", () => {
  expect(render(addsArguments, [user("t"), ...call('{"b": 1.0, "1": 2}')])).toBe(
    'user: t now({"b": 1.0, "1": 2})tool: 12:00 ',
  );
});

test("a template that knows parts only gets parts", () => {
  expect(render(onlyParts, [user("a"), assistant("b")])).toBe("user: a assistant: b ");
});

test("tools without a description have an empty one where the template adds it to a text", () => {
  const source = `{%- for m in messages %}{{- m.content }}{%- endfor %}{%- for t in tools or [] %}{{- '|' + t.function.name + ': ' + t.function.description }}{%- endfor %}`;
  const text = render(source, [user("a"), user("b")], [{ name: "f" }, { name: "g", description: "G" }]);
  expect(text).toBe("ab|f: |g: G");
});

describe("what a template leaves out without a word", () => {
  const clock: ToolDefinition = { name: "clock", parametersJson: '{"type":"object","properties":{"z":{},"1":{}}}' };
  // It knows neither tools nor calls, as many do.
  const textOnly = `{%- for m in messages %}{{- '[' + m.role + '] ' + m.content + '\\n' }}{%- endfor %}`;
  const oneCall = `{%- for m in messages %}{{- m.role + ': ' + m.content }}{%- if m.tool_calls %}{%- set c = m.tool_calls[0].function %}{{- c.name + (c.arguments | tojson) }}{%- endif %}{{- ';' }}{%- endfor %}`;
  const callsOfEmptyTurns = `{%- for m in messages %}{%- if m.content is none %}{%- for c in m.tool_calls %}{{- c.function.name + c.function.arguments }}{%- endfor %}{%- else %}{{- m.role + ': ' + m.content + ';' }}{%- endif %}{%- endfor %}`;
  const firstSystem = `{%- if messages[0].role == 'system' %}{{- messages[0].content + ';' }}{%- endif %}{%- for m in messages %}{%- if m.role != 'system' %}{{- m.role + ': ' + m.content + ';' }}{%- endif %}{%- endfor %}`;
  const lastSystem = `{%- set ns = namespace(s='') %}{%- for m in messages %}{%- if m.role == 'system' %}{%- set ns.s = m.content %}{%- endif %}{%- endfor %}{{- ns.s + ';' }}{%- for m in messages %}{%- if m.role != 'system' %}{{- m.role + ': ' + m.content + ';' }}{%- endif %}{%- endfor %}`;
  const systemBesideUser = `{%- set rest = messages[1:] if messages[0].role == 'system' else messages %}{%- for m in rest %}{{- m.role + ': ' + ((messages[0].content + ' ') if loop.first and messages[0].role == 'system' else '') + m.content + ';' }}{%- endfor %}`;

  test("tools are told in the system turn, calls and results as text", () => {
    const text = render(textOnly, [system("S"), user("t"), ...call('{"a":1}')], [clock]);
    expect(text).toContain('{"name": "clock", "parameters": {"type":"object","properties":{"z":{},"1":{}}}}');
    expect(text).toMatch(/^\[system\] S\n\n# Tools\n[^]*<\/tool_call> tags[^]*\[user\] t\n\[assistant\] <tool_call>/);
    expect(text).toMatch(
      /"arguments": \{"a":1\}\}\n<\/tool_call>\n\[user\] <tool_response>\n12:00\n<\/tool_response>\n$/,
    );
  });
  test("nothing is added for a request without tools", () => {
    expect(render(textOnly, [user("t")])).toBe("[user] t\n");
  });
  test("calls at the same time come one after the other, each with its results", () => {
    const [first, second, third] = ["c1", "c2", "c3"].map((id) => ({ id, name: id, arguments: "{}" })) as [
      Call,
      Call,
      Call,
    ];
    const calls: Turn = { role: "assistant", content: "Well", calls: [first, second, third] };
    const result = (id: string): Turn => ({ role: "tool", content: `of ${id}`, toolCallId: id });
    expect(render(oneCall, [user("t"), calls, result("c2"), result("c1"), result("c9"), user("u")])).toBe(
      "user: t;assistant: Wellc1{};tool: of c1;assistant: c2{};tool: of c2;assistant: c3{};tool: of c9;user: u;",
    );
  });
  test("calls that are written only where a turn has no content", () => {
    expect(render(callsOfEmptyTurns, [user("t"), ...call('{"a":1}')])).toContain('"arguments": {"a":1}');
  });
  test.each([
    [firstSystem, "A\n\nB;user: a;assistant: b;user: <system-reminder>\nC\n</system-reminder>\n\nc;"],
    [lastSystem, "A\n\nB;user: a;assistant: b;user: <system-reminder>\nC\n</system-reminder>\n\nc;"],
  ])("later system turns: %#", (source, text) => {
    const turns = [system("A"), system("B"), user("a"), assistant("b"), system("C"), user("c")];
    expect(render(source, turns)).toBe(text);
    expect(render(source, [system("A"), user("a"), user("b")])).toBe("A;user: a;user: b;");
  });
  test("a system turn alone", () => {
    expect(render(systemBesideUser, [system("A")])).toBe("user: A;");
    expect(render(systemBesideUser, [system("A"), user("b")])).toBe("user: A b;");
  });
  test("a call without a result does not turn all other calls into text", () => {
    expect(render(shortIds, [user("t"), ...call("{}", "aBcDeF123")])).toContain("aBcDeF123[R]12:00");
    expect(render(shortIds, [user("t"), ...call("{}").slice(0, 1), user("u")])).toContain('"name": "now"');
  });
});

test("what no mending helps fails with what the template said of the history itself", () => {
  const source = "{{- raise_exception('no ' ~ messages | length ~ ' turns here') }}";
  expect(() => render(source, [system("A"), user("b")])).toThrow("no 2 turns here");
});

describe("a template is tried when it is opened", () => {
  const warnings = (source: string) => inspectTemplate(source, { begin: "", end: "" }).warnings;

  test.each([takesTurns, shortIds, readsItems, addsArguments, onlyParts])("without a warning: %#", (source) => {
    expect(warnings(source)).toEqual([]);
  });
  test.each(["{% if x %}", "{{ a", "{%- for m in messages %}{{- m.content }}{%- endfr %}", "{{ 'a }}", "{{ 1 + }}"])(
    "%p cannot be read",
    (source) => {
      expect(() => warnings(source)).toThrow();
    },
  );
  test("with warnings that name what is wrong", () => {
    const content = "{%- for m in messages %}{{- m.content }}{%- endfor %}";
    expect(warnings(`${content}{%- if tools %}{{- tools[0].function.kind.upper() }}{%- endif %}`)).toEqual([
      "it cannot render tools: 'upper' is 'Undefined' and cannot be called",
    ]);
    expect(warnings(`${content}{%- if never %}{{ 1 | spin is purple }}{% endif %}`)).toEqual([
      "it uses the test purple, which does not exist here",
      "it uses the filter spin, which does not exist here",
    ]);
    expect(warnings("{{- 'always the same' }}")).toEqual(["it leaves out what the user says"]);
    expect(warnings("{{- raise_exception('languages only') }}")).toContain(
      "it cannot render what the user says: languages only",
    );
  });
});

test("ten thousand turns of one role become one without being copied for each", () => {
  const turns = Array.from({ length: 10_000 }, () => ({ role: "user", content: "x".repeat(2_000) }));
  const alternating =
    "{% if messages | length > 1 %}{{ raise_exception('one turn only') }}{% endif %}{{ messages[0].content }}";
  const before = performance.now();
  const { text } = openChatTemplate(alternating, { begin: "", end: "" }).render(
    { turns, tools: [], argumentsAs: "object", contentAs: "text" },
    { always: [], variables: {}, protect: (text) => text },
  );
  expect(text).toHaveLength(10_000 * 2_002 - 2);
  // Copied for each turn it takes 100 GB.
  expect(performance.now() - before).toBeLessThan(4_000);
});
