import { describe, expect, test } from "bun:test";
import { defaultChatTemplate } from "../../testing/gguf/random-tokenizer.ts";
import { openChatTemplate } from "./chat-template.ts";
import { compileTemplate } from "./compile.ts";
import type { History, Turn } from "./history.ts";
import { inspectTemplate } from "./inspect-template.ts";
import { templateCharsMax, TooManyValues, valuesMaxFor } from "./render-cost.ts";

describe("a template that does too much", () => {
  const turns: History["turns"] = [{ role: "user", content: "Hi" }];
  const render = (template: string) =>
    openChatTemplate(template, { begin: "", end: "" }).render(
      { turns, tools: [], argumentsAs: "object", contentAs: "text" },
      {
        always: [],
        variables: { long: "x".repeat(50_000), many: Array.from({ length: 10_000 }, (_, at) => at) },
        protect: (text) => text,
      },
    );
  const endless: Record<string, string> = {
    "loops in loops": "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
    "loops that are filtered": "{% for a in range(9999) %}{% for b in range(9999) if b < 0 %}{% endfor %}{% endfor %}",
    "many ranges": "{% for a in range(9999) %}{% set x = range(99999) %}{% endfor %}",
    "a text doubled": "{% set n = namespace(s='x') %}{% for a in range(64) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
    "a text doubled by a format":
      "{% set n = namespace(s='x') %}{% for a in range(64) %}{% set n.s = '%s%s' % (n.s, n.s) %}{% endfor %}",
    "a text doubled by a join":
      "{% set n = namespace(s='x') %}{% for a in range(64) %}{% set n.s = [n.s, n.s] | join %}{% endfor %}",
    "a text replaced by itself":
      "{% set n = namespace(s='xx') %}{% for a in range(64) %}{% set n.s = n.s | replace('x', n.s) %}{% endfor %}",
    "a text put between letters": "{{ long | replace('', long) }}",
    "a glue between letters": "{{ long.join(long) }}{{ long | list | join(long) }}",
    "an indent of lines": "{{ (long | replace('x', '\\n')) | indent(long) }}",
    "an indent of JSON": "{{ many | tojson(indent=long) }}",
    "a list of itself printed":
      "{% set n = namespace(l=['x']) %}{% for a in range(64) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l }}",
    "a list of itself as JSON":
      "{% set n = namespace(l=['x']) %}{% for a in range(64) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l | tojson }}",
    "a list of itself compared":
      "{% set n = namespace(l=['x'], m=['x']) %}{% for a in range(64) %}{% set n.l = [n.l, n.l] %}{% set n.m = [n.m, n.m] %}{% endfor %}{{ n.l == n.m }}",
    "a list that extends itself": "{% set l = ['x'] %}{% for a in range(64) %}{% set _ = l.extend(l) %}{% endfor %}",
    "a list added to itself":
      "{% set n = namespace(l=['x']) %}{% for a in range(64) %}{% set n.l = n.l + n.l %}{% endfor %}",
    "a macro that calls itself twice":
      "{% macro f(n) %}{% if n > 0 %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    "a macro that calls itself without end": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "a search in each round":
      "{% for a in many %}{{ 'y' in long }}{{ long.find('y') }}{{ long == long ~ '' }}{% endfor %}",
    "a letter in each round": "{% for a in many %}{% if long[a] == 'y' %}{% endif %}{% endfor %}",
    "a list in each round": "{% for a in many %}{{ a in many }}{{ many | sort | first }}{% endfor %}",
    "unlike values": "{{ many | unique | length }}",
    "groups of one":
      "{% set texts = many | map('string') | map('list') %}{% for a in many %}{{ texts | groupby('0') | length }}{% endfor %}",
    "wide texts": "{% for a in many %}{{ 'x' | center(1000000000) }}{{ 'x'.ljust(1000000000) }}{% endfor %}",
    "tags without an end": "{% for a in many %}{{ ('<' * 10000) | striptags }}{% endfor %}",
  };
  test.each(Object.entries(endless))("%s is ended", (name, template) => {
    expect(() => render(template)).toThrow(/rendering takes more than \d+ steps|nest deeper than 250/);
    // Such a model is not loaded, or loaded with a warning.
    const whole = `{{ messages[0].content }}{% set long = 'x' * 50000 %}{% set many = range(10000) %}${template}`;
    const inspect = () => inspectTemplate(whole, { begin: "", end: "" }).warnings.join();
    const warning = name === "a macro that calls itself without end" ? /nest deeper/ : undefined;
    if (warning) expect(inspect()).toMatch(warning);
    else expect(inspect).toThrow("rendering takes more than");
  });

  const repeated = (open: string, count: number, close = "") => `{{ ${open.repeat(count)}1${close.repeat(count)} }}`;
  const holding = "{% set n = namespace() %}{% set m = namespace() %}{% set n.a = n %}{% set m.a = m %}";
  const nested =
    "{% set n = namespace(a=[], b=[]) %}{% for i in range(20000) %}{% set n.a = [n.a] %}{% set n.b = [n.b] %}{% endfor %}";
  const deep: Record<string, string> = {
    "a value that holds itself, printed": `${holding}{{ n }}`,
    "… in a list": `${holding}{{ [n] | join }}`,
    "… in a format": `${holding}{{ '%r' % [n] }}`,
    "… as JSON": `${holding}{{ n | tojson }}`,
    "… compared": `${holding}{{ n == m }}`,
    "… looked for": `${holding}{{ [n] | unique | length }}{{ m in [n] }}`,
    "lists in lists, printed": `${nested}{{ n.a }}`,
    "… written as JSON": `${nested}{{ n.a | tojson(indent=1) }}`,
    "… compared with each other": `${nested}{{ n.a == n.b }}`,
    "… ordered": `${nested}{{ [n.a, n.b] | sort }}`,
    sums: `{{ 1${"+1".repeat(20_000)} }}`,
    filters: `{{ 1${"|abs".repeat(20_000)} }}`,
    members: `{{ a${".b".repeat(20_000)} }}`,
    conditions: `{{ 1${" and 1".repeat(20_000)} }}`,
    negations: repeated("not ", 20_000),
    signs: repeated("- ", 20_000),
    brackets: repeated("(", 20_000, ")"),
    lists: repeated("[", 1_700, "]"),
    "conditions within conditions": repeated("1 if 0 else ", 20_000),
    "a macro in lists": `{% macro f() %}{{ ${"[".repeat(400)}f()${"]".repeat(400)} }}{% endmacro %}{{ f() }}`,
  };
  test.each(Object.entries(deep))("or nests too deep is ended: %s", (_, template) => {
    expect(() => render(template)).toThrow(/nests? (?:deeper than 1500 levels|too deep to be read)/);
  });

  test("and what nests as deep as templates do is read", () => {
    expect(render(`{{ 1${"+1".repeat(1_000)} }}`).text).toBe("1001");
    expect(render(repeated("[", 200, "]")).text).toHaveLength(401);
    expect(render(`${nested.replace("20000", "1000")}{{ n.a == n.b }}`).text).toBe("True");
  });

  test("or an endless sum in place of a name is not repeated", () => {
    expect(() => render(`{% set 1${"+1".repeat(60_000)} = 2 %}`)).toThrow(/^cannot assign to BinaryExpression$/);
  });

  test("or whose source is endless is not read", () => {
    for (const source of [
      "{{".repeat(120_000),
      "{% raw %}".repeat(25_000),
      " ".repeat(250_000),
      "{% if x %}".repeat(20_000),
      "(".repeat(200_000),
      `{{ ${"(".repeat(100_000)}`,
      `{{ ${"a is b(".repeat(20_000)}`,
      "x".repeat(300_000),
    ])
      expect(() => {
        compileTemplate(source);
        throw source.length <= templateCharsMax ? new SyntaxError("read") : new Error("too long");
      }).toThrow(/\D/);
    expect(() => compileTemplate("x".repeat(300_000))).toThrow("at most 262144");
  });

  test("costs in proportion to its turns", () => {
    const stepsBeyond = 2_000;
    for (const count of [10, 10_000]) {
      const many = Array.from({ length: count }, (_, at): Turn => ({
        role: at % 2 === 0 ? "user" : "assistant",
        content: "Hello",
      }));
      const made = openChatTemplate(defaultChatTemplate, { begin: "", end: "" }).render(
        { turns: many, tools: [], argumentsAs: "object", contentAs: "text" },
        { always: [], variables: {}, protect: (text) => text, stepsMax: stepsBeyond },
      );
      expect(made.text.split("Hello")).toHaveLength(count + 1);
    }
  });

  test("and one that long conversations need is not refused", () => {
    const many = Array.from({ length: 10_000 }, (_, at): Turn => ({
      role: at % 2 === 0 ? "user" : "assistant",
      content: "Hello, how are you?",
    }));
    const tools = Array.from({ length: 1_000 }, (_, at) => ({
      name: `tool_${at}`,
      description: "x".repeat(500),
      parameters: {
        type: "object",
        properties: Object.fromEntries(
          Array.from({ length: 40 }, (_, index) => [`p${index}`, { type: "string", description: "what it is" }]),
        ),
      },
    }));
    const { text } = openChatTemplate(defaultChatTemplate, { begin: "", end: "" }).render(
      { turns: many, tools, argumentsAs: "object", contentAs: "text" },
      { always: [], variables: {}, protect: (text) => text },
    );
    expect(text).toContain("tool_999");
  });
});

describe("more than a prompt could hold is refused before it is read", () => {
  const words = (count: number) => Array.from({ length: count }, (_, at) => [`p${at}`, { type: "string" }] as const);
  const turns = (turn: Partial<Turn>): History["turns"] => [{ role: "assistant", content: "", ...turn }];
  const given: Record<string, { turns?: History["turns"]; tools?: History["tools"]; variables?: object }> = {
    "arguments of the template": { variables: Object.fromEntries(words(100_000)) },
    tools: { tools: [{ name: "f", parametersJson: JSON.stringify(Object.fromEntries(words(100_000))) }] },
    "tools in their parsed form": { tools: [{ name: "f", parameters: Object.fromEntries(words(100_000)) }] },
    "arguments of a call": {
      turns: turns({ calls: [{ id: "a", name: "f", arguments: `{"a":[${"0,".repeat(200_000)}0]}` }] }),
    },
    "no arguments of a call": { turns: turns({ calls: [{ id: "a", name: "f", arguments: "{".repeat(8_000_000) }] }) },
    "an earlier reasoning": { turns: turns({ reasoning: "x<".repeat(4_000_000) }) },
    "an earlier answer": { turns: turns({ content: "</think>".repeat(1_000_000) }) },
  };
  test.each(Object.entries(given))("%s", (_, { variables = {}, ...history }) => {
    let protectedChars = 0;
    const render = () =>
      openChatTemplate(defaultChatTemplate, { begin: "", end: "" }).render(
        { turns: turns({}), tools: [], argumentsAs: "object", contentAs: "text", ...history },
        {
          always: [],
          variables: { ...variables },
          protect(text) {
            protectedChars += text.length;
            return text;
          },
          given: { valuesMax: valuesMaxFor(1024) },
        },
      );
    expect(render).toThrow(TooManyValues);
    expect(protectedChars).toBeLessThan(1_000_000);
  });
});

test("a template reaches nothing of the process", () => {
  const outside = [
    "''.constructor",
    "''['constructor']",
    "range.constructor",
    "range['constructor']",
    "[].__proto__",
    "{}.__proto__",
    "messages.__class__",
    "''.__class__.__mro__",
    "namespace().constructor",
    "strftime_now.constructor",
    "raise_exception.name",
    "self",
    "process",
    "globalThis",
    "require",
    "Bun",
    "cycler",
    "lipsum",
    "joiner",
    "loop",
    "''.at",
    "[].map",
    "{}.get.constructor",
    "range.call",
    "dict.prototype",
  ];
  for (const name of outside)
    expect([name, compileTemplate(`{{ (${name}) is defined }}`).render(new Map())]).toEqual([name, "False"]);
  for (const name of outside)
    expect(() => compileTemplate(`{{ (${name})('return process')() }}`).render(new Map())).toThrow("cannot be called");
  expect(() => compileTemplate("{% include '/etc/passwd' %}").render(new Map())).toThrow();
  expect(() => compileTemplate("{% import 'os' as os %}").render(new Map())).toThrow();
});
