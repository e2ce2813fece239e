import { expect, test } from "bun:test";
import { compileTemplate } from "./compile.ts";
import { strftimeNow } from "./strftime.ts";
import { toValue, type Value } from "./values.ts";

// What Jinja2 3.1.6 renders with the settings of Hugging Face's `apply_chat_template`.
const data: Record<string, unknown> = {
  messages: [
    {
      role: "system",
      content: "Be brief.",
    },
    {
      role: "user",
      content: 'Hello <b> it\'s "x"\n\n',
    },
    {
      role: "assistant",
      content: "<think>\nhm\n</think>\n\nHi",
      tool_calls: [
        {
          id: "c1",
          type: "function",
          function: {
            name: "f",
            arguments: {
              "10": "x",
              a: 1,
              items: [1, 2.5, null, true, "é"],
            },
          },
        },
      ],
    },
    {
      role: "tool",
      content: '{"a": 1}',
      tool_call_id: "c1",
    },
    {
      role: "user",
      content: "Again",
    },
  ],
  tools: [
    {
      type: "function",
      function: {
        name: "f",
        description: "d",
        parameters: {
          type: "object",
          properties: {
            a: {
              type: "integer",
            },
            items: {
              type: "array",
              items: {
                type: "string",
              },
            },
          },
          required: ["a"],
        },
      },
    },
  ],
  add_generation_prompt: true,
  bos_token: "<s>",
  eos_token: "</s>",
  n: 7,
  x: null,
  s: "  Hello World  ",
  empty: [],
  d: {
    b: 1,
    A: 2,
    c: {
      k: [1],
    },
  },
};
const variables = new Map<string, Value>(
  Object.entries(data).map(([name, value]) => [name, toValue(value, (text) => text)]),
);

const rendered: [template: string, output: string][] = [
  [
    "{%- set ns = namespace(n=0) %}{%- for m in messages %}{%- if m.role == 'assistant' %}{% generation %}{{- m.content }}{% endgeneration %}{%- else %}{{- '<|turn|>' + m.role + '\\n' + m.content + '<|end_turn|>\\n' }}{%- endif %}{%- endfor %}{{- '<|turn|>assistant\\n' }}\n",
    '<|turn|>system\nBe brief.<|end_turn|>\n<|turn|>user\nHello <b> it\'s "x"\n\n<|end_turn|>\n<think>\nhm\n</think>\n\nHi<|turn|>tool\n{"a": 1}<|end_turn|>\n<|turn|>user\nAgain<|end_turn|>\n<|turn|>assistant\n',
  ],
  [
    "{{- '<|turn|>system\\nReasoning: ' + (reasoning_effort or 'medium') + '\\n<|end_turn|>\\n' }}\n{%- for m in messages %}{{- '<|turn|>' + m.role + '\\n' + (m.content or '') + '<|end_turn|>\\n' }}{%- endfor %}\n{{- '<|turn|>assistant\\n' }}\n",
    '<|turn|>system\nReasoning: medium\n<|end_turn|>\n<|turn|>system\nBe brief.<|end_turn|>\n<|turn|>user\nHello <b> it\'s "x"\n\n<|end_turn|>\n<|turn|>assistant\n<think>\nhm\n</think>\n\nHi<|end_turn|>\n<|turn|>tool\n{"a": 1}<|end_turn|>\n<|turn|>user\nAgain<|end_turn|>\n<|turn|>assistant\n',
  ],
  [
    "{%- set l = messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | list %}{{- l | join('|') }}{{- messages[-1].content[::-1] }}{{- '%s-%d' % ('a', 3) }}{{- 'x' ~ 1 }}{{- '<|turn|>assistant\\n' }}\n",
    'Hello <b> it\'s "x"\n\n|AgainniagAa-3x1<|turn|>assistant\n',
  ],
  [
    "{%- set rest = messages | rejectattr('role', 'equalto', 'system') | list %}{%- for m in rest %}{{- '<|turn|>' + m.role + '\\n' + m.content + '<|end_turn|>\\n' }}{%- endfor %}{{- '<|turn|>assistant\\n' }}\n",
    '<|turn|>user\nHello <b> it\'s "x"\n\n<|end_turn|>\n<|turn|>assistant\n<think>\nhm\n</think>\n\nHi<|end_turn|>\n<|turn|>tool\n{"a": 1}<|end_turn|>\n<|turn|>user\nAgain<|end_turn|>\n<|turn|>assistant\n',
  ],
  [
    "{%- for m in messages %}{%- if loop.index > 50 %}{% break %}{%- endif %}{%- if m.role == 'system' %}{% continue %}{% endif %}{{- '<|turn|>' + m.role + '\\n' + m.content.split('</think>')[-1].lstrip('\\n') + '<|end_turn|>\\n' }}{%- endfor %}{{- '<|turn|>assistant\\n' }}\n",
    '<|turn|>user\nHello <b> it\'s "x"\n\n<|end_turn|>\n<|turn|>assistant\nHi<|end_turn|>\n<|turn|>tool\n{"a": 1}<|end_turn|>\n<|turn|>user\nAgain<|end_turn|>\n<|turn|>assistant\n',
  ],
  [
    "{%- for k, v in {'b': 1, 'a': 2} | dictsort %}{{- k }}{%- endfor %}{{- [3,1,2] | sort | first }}{{- ' a '.strip() | capitalize }}{{- messages | length }}{{- 'abc'.startswith('a') }}{{- 'abc' is string }}{{- (1 if 'a' in 'abc' else 2) | string }}{{- {'a': 1}.get('b', 5) }}{{- 'x' | upper | indent(2) }}{{- [1,2] | tojson(indent=2) }}{{- messages[0].content | replace('H','J') | e }}{{- '<|turn|>assistant\\n' }}\n",
    "ab1A5TrueTrue15X[\n  1,\n  2\n]Be brief.<|turn|>assistant\n",
  ],
  [
    "{%- macro render(m, n=1) -%}<|turn|>{{ m.role }}\n{{ m.content }}<|end_turn|>\n{% endmacro -%}\n{%- for m in messages -%}{{ render(m) }}{%- endfor -%}<|turn|>assistant\n",
    '<|turn|>system\nBe brief.<|end_turn|>\n<|turn|>user\nHello <b> it\'s "x"\n\n<|end_turn|>\n<|turn|>assistant\n<think>\nhm\n</think>\n\nHi<|end_turn|>\n<|turn|>tool\n{"a": 1}<|end_turn|>\n<|turn|>user\nAgain<|end_turn|>\n<|turn|>assistant',
  ],
  [
    "{%- for m in messages %}{%- if m.content is sequence and m.content is not string %}{{- 'list' }}{%- endif %}{{- '<|turn|>' + m.role + '\\n' + m.content + '<|end_turn|>\\n' }}{%- endfor %}{{- '<|turn|>assistant\\n' }}\n",
    '<|turn|>system\nBe brief.<|end_turn|>\n<|turn|>user\nHello <b> it\'s "x"\n\n<|end_turn|>\n<|turn|>assistant\n<think>\nhm\n</think>\n\nHi<|end_turn|>\n<|turn|>tool\n{"a": 1}<|end_turn|>\n<|turn|>user\nAgain<|end_turn|>\n<|turn|>assistant\n',
  ],
  [
    "{{ 4 is divisibleby(2) }} {{ 'a' is not eq 'b' }} {{ 3 is in [1,2,3] and true }} {{ 3 is divisibleby 2 }}",
    "True True True False",
  ],
  ["{{ [1, 'a', none, 1.0, {'k': true}, \"it's\"] }}", "[1, 'a', None, 1.0, {'k': True}, \"it's\"]"],
  [
    "{{ messages }}",
    "[{'role': 'system', 'content': 'Be brief.'}, {'role': 'user', 'content': 'Hello <b> it\\'s \"x\"\\n\\n'}, {'role': 'assistant', 'content': '<think>\\nhm\\n</think>\\n\\nHi', 'tool_calls': [{'id': 'c1', 'type': 'function', 'function': {'name': 'f', 'arguments': {'10': 'x', 'a': 1, 'items': [1, 2.5, None, True, 'é']}}}]}, {'role': 'tool', 'content': '{\"a\": 1}', 'tool_call_id': 'c1'}, {'role': 'user', 'content': 'Again'}]",
  ],
  ["{% for i in range(5) %}a{% if i == 2 %}b{% continue %}{% endif %}{{ i }}{% endfor %}", "a0a1aba3a4"],
  ["{{ '%05.2f|%-5s|%d|%s|%x' % (3.14159, 'ab', 7, [1], 255) }}", "03.14|ab   |7|[1]|ff"],
  ["{{ \"x{}y{n}{:>5}{:.2f}\".format(1, 'r', 2.5, n='z') }}", "x1yz    r2.50"],
  [
    "{{ '' == 0 }}{{ none == false }}{{ [1] == [1] }}{{ {'a':1} == {'a':1.0} }}{{ 'a' ~ none ~ 1 ~ true }}",
    "FalseFalseTrueTrueaNone1True",
  ],
  ["{% macro f(a, b='q') %}[{{a}}{{b}}]{% endmacro %}{{ f(1) }}{{ f(1, b=2) }}{{ f() }}", "[1q][12][q]"],
  ["{% set x %}a{% endset %}{{ x | upper }}", "A"],
  ["  {%+ if true %}x{% endif %}", "  x"],
  ["a\n  {% if true %}\n  x\n  {% endif %}\nb", "a\n  x\nb"],
  ["a\n  {%- if true -%}\n  x\n  {%- endif +%}\nb", "ax\nb"],
  ["{% raw %}{{ no }}{% endraw %}!", "{{ no }}!"],
  [
    "{{ messages | map(attribute='role') | list }}{{ messages | map('length') | list }}",
    "['system', 'user', 'assistant', 'tool', 'user'][2, 2, 3, 3, 2]",
  ],
  [
    "{{ ['a','b'] | map('upper') | join(', ') }}{{ [1,2]|join('-') }}{{ messages|join(',', attribute='role') }}",
    "A, B1-2system,user,assistant,tool,user",
  ],
  [
    "{{ messages[2] | tojson(indent=2) }}",
    '{\n  "role": "assistant",\n  "content": "<think>\\nhm\\n</think>\\n\\nHi",\n  "tool_calls": [\n    {\n      "id": "c1",\n      "type": "function",\n      "function": {\n        "name": "f",\n        "arguments": {\n          "10": "x",\n          "a": 1,\n          "items": [\n            1,\n            2.5,\n            null,\n            true,\n            "é"\n          ]\n        }\n      }\n    }\n  ]\n}',
  ],
  [
    "{{ messages[2] | tojson }}{{ d|tojson(sort_keys=true) }}{{ tools | tojson(separators=(',', ':')) }}{{ 'é'|tojson(ensure_ascii=true) }}",
    '{"role": "assistant", "content": "<think>\\nhm\\n</think>\\n\\nHi", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": {"10": "x", "a": 1, "items": [1, 2.5, null, true, "é"]}}}]}{"A": 2, "b": 1, "c": {"k": [1]}}[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"a":{"type":"integer"},"items":{"type":"array","items":{"type":"string"}}},"required":["a"]}}}]"\\u00e9"',
  ],
  ["{{ {'a': [], 'b': {}} | tojson(indent=4) }}", '{\n    "a": [],\n    "b": {}\n}'],
  [
    "{{ messages | selectattr('role', 'in', ['user']) | list | length }}{{ messages | rejectattr('tool_calls') | list | length }}{{ messages|selectattr('tool_calls','defined')|list|length }}",
    "241",
  ],
  ["{{ range(3) | list }}{{ range(5, 0, -2) | list }}", "[0, 1, 2][5, 3, 1]"],
  [
    "{{ 'a<b&\"c\"' | e }}{% for g, l in messages | groupby('role') %}{{ g }}{{ l | length }}{% endfor %}",
    "a&lt;b&amp;&#34;c&#34;assistant1system1tool1user2",
  ],
  [
    "{{ [3,1,2]|sort(reverse=true) }}{{ ['b','A','c']|sort }}{{ {'items': 3}['items'] }}{{ messages|sort(attribute='role')|map(attribute='role')|join(' ') }}",
    "[3, 2, 1]['A', 'b', 'c']3assistant system tool user user",
  ],
  [
    "{% for m in messages if m.role == 'user' and m.content is string %}{{ loop.length }}{{ loop.last }}{% else %}none{% endfor %}",
    "2False2True",
  ],
  [
    "{% for m in empty %}x{% else %}none{% endfor %}{% for c in 'abc' %}{{ c }}.{% endfor %}{% for q in nope %}{% endfor %}",
    "nonea.b.c.",
  ],
  ["{% generation %}x{% endgeneration %}", "x"],
  [
    "{{ s[:3] ~ s[-1] ~ s[1:-1:2] ~ s[::-1] }}{{ messages[1:]|length }}{{ messages[-1].role }}",
    "  H  el ol   dlroW olleH  4user",
  ],
  ["{{ 1 < 2 < 3 }}{{ 'a' < 'b' }}{{ not 1 }}", "TrueTrueFalse"],
  ['{{ namespace(a=1).a }}{{ "a" "b" }}', "1ab"],
  [
    "{{ s.strip() }}|{{ s.strip(' Hd') }}|{{ s.lstrip() }}|{{ s.rstrip() }}|{{ s | trim }}|{{ s.title() }}|{{ s|capitalize }}|{{ s.strip().swapcase() }}|{{ 'abcABC'|capitalize }}",
    "Hello World|ello Worl|Hello World  |  Hello World|Hello World|  Hello World  |  hello world  |hELLO wORLD|Abcabc",
  ],
  [
    "{{ 'abc'.find('c') }}{{ 'abc'.find('z') }}{{ 'aXbXc'.replace('X', '-', 1) }}{{ 'aXbXc'|replace('X','-') }}{{ 'abcabc'.count('bc') }}{{ '12'.isdigit() }}{{ ''.isalpha() }}{{ ', '.join(['a','b']) }}",
    "2-1a-bXca-b-c2TrueFalsea, b",
  ],
  [
    "{{ 'abc'.startswith(('x','a')) }}{{ 'abc'.endswith('bc') }}{{ 'foo.py'.removesuffix('.py') }}{{ '7'.zfill(3) }}{{ '-7'.zfill(4) }}{{ 'a'.ljust(3) ~ '|' }}{{ 'a'.center(4) ~ '|' }}",
    "TrueTruefoo007-007a  | a  |",
  ],
  [
    "{{ x is none }}{{ x is defined }}{{ nope is defined }}{{ x|default('d') }}{{ nope|default('d') }}{{ ''|default('e', true) }}{{ nope|d }}{{ '' or 'z' }}",
    "TrueTrueFalseNonedez",
  ],
  ["{{ true }}{{ false }}{{ none }}{{ True and 1 }}{{ 1 and '' }}", "TrueFalseNone1"],
  [
    "{{ d is mapping }}{{ messages is sequence }}{{ d is sequence }}{{ 's' is sequence }}{{ 1 is number }}{{ true is number }}{{ 1.0 is float }}{{ true is integer }}{{ d is iterable }}{{ 'a' is iterable }}{{ 5 is odd }}{{ 'AB' is upper }}{{ raise_exception is callable }}{{ 'a' is string }}{{ 1 is sameas(1) }}{{ none is sameas none }}",
    "TrueTrueTrueTrueTrueTrueTrueFalseTrueTrueTrueTrueTrueTrueTrueTrue",
  ],
  ["{{ 'a' in 'abc' }}{{ 'a' not in ['b'] }}{{ 'b' in d }}{{ 1 in [1.0] }}{{ 'x' in nope }}", "TrueTrueTrueTrueFalse"],
  [
    "{{ [1,2,3]|sum }}{{ [1,5,2]|max }}{{ [4,2]|min }}{{ [1,2,3]|first }}{{ [1,2]|last }}{{ 'abc'|first }}{{ [1,1,2]|unique|list }}{{ [1,2,3]|reverse|list }}{{ 'abc'|reverse }}{{ [1,2,3]|batch(2)|list }}{{ empty|first }}",
    "65212a[1, 2][3, 2, 1]cba[[1, 2], [3]]",
  ],
  [
    "{{ 3.7|int }}{{ '42'|int }}{{ 'z'|int }}{{ 'z'|int(-1) }}{{ '1.5'|float }}{{ 3|float }}{{ -3|abs }}{{ 2.567|round(1) }}{{ 2.5|round }}{{ 2.1|round(0,'ceil') }}{{ 3|string }}{{ true|string }}{{ none|string }}{{ [1]|string }}",
    "3420-11.53.032.62.03.03TrueNone[1]",
  ],
  [
    "{{ 'a\\nb\\n\\nc'|indent(2) }}|{{ 'a\\nb'|indent(2, true) }}|{{ 'a\\nb'|indent('>') }}",
    "a\n  b\n\n  c|  a\n  b|a\n>b",
  ],
  [
    "{% for k, v in d|dictsort(true) %}{{ k }}{% endfor %}{% for k, v in d|dictsort(by='key', reverse=true) %}{{ k }}{% endfor %}",
    "AbccbA",
  ],
  [
    "{% set ns = namespace(found=false) %}{% for m in messages %}{% if m.role == 'tool' %}{% set ns.found = true %}{% break %}{% endif %}{% endfor %}{{ ns.found }}",
    "True",
  ],
  ["{% set y = 1 %}{% for i in [1,2] %}{% set y = y + 1 %}{{ y }}{% endfor %}{{ y }}", "221"],
  ["{% macro f(a) %}[{{ caller(a) }}]{% endmacro %}{% call(u) f(1) %}z{{ u }}{% endcall %}", "[z1]"],
  ["{% filter upper %}abc{% endfilter %}", "ABC"],
  ["{# comment #}a{#- c -#} b", "ab"],
  ["{{ messages[2].content.split('</think>')[-1].lstrip('\\n') }}", "Hi"],
  [
    "{{ tools[0].function.parameters.properties['items']['items'] }}{{ tools[0]['function'].name }}",
    "{'type': 'string'}f",
  ],
  ["{{ loop is defined }}{{ n % 2 == 1 }}{{ -n }}{{ +n }}", "FalseTrue-77"],
  ["{{ d.nope }}{{ d.nope is defined }}{{ d['nope'] is undefined }}", "FalseTrue"],
  ["{{ 'x' if n > 5 }}{{ 'x' if n > 50 }}{{ 'a' if n == 1 else 'b' if n == 7 else 'c' }}", "xb"],
  [
    "{{ '\\u00e9' }}{{ \"\\\"q\\\"\" }}{{ 'it\\'s' }}{{ 'tab\\there' }}{{ '\\\\n' }}{{ '\\d' }}",
    'é"q"it\'stab\there\\n\\d',
  ],
  ['{{ "a" ~ ("b" if x is none else "c") ~ 1.0 ~ 10000000000000000000000 }}', "ab1.010000000000000000000000"],
  ["{%- set l = [] -%}{%- set l = l + [1] -%}{{ l }}", "[1]"],
  ["{% if messages[0]['role'] == 'system' %}S{% elif n %}N{% else %}E{% endif %}", "S"],
  ["{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set a = b %}{{ a }}", "122"],
  [
    "{{ 'a %s b' | format('q') }}{{ 'hello world'|title }}{{ \"it's o'clock\"|title }}{{ 'a b c'|wordcount }}{{ 'hello world foo'|truncate(8) }}{{ 'abc'|center(7) }}|",
    "a q bHello WorldIt's O'clock3hello...  abc  |",
  ],
  [
    "{{ messages|map(attribute='content')|select('string')|list|length }}{{ [0,1,2]|select|list }}{{ [0,1,2]|reject('odd')|list }}{{ [1,2,3]|select('gt', 1)|list }}{{ ['a', none]|reject('none')|list }}{{ messages|map(attribute='name', default='?')|list }}",
    "5[1, 2][0, 2][2, 3]['a']['?', '?', '?', '?', '?']",
  ],
  [
    "{{ messages|length > 1 and messages[0].role != 'user' }}{{ not messages[0].tool_calls }}{{ messages[0].tool_calls is not defined or not messages[0].tool_calls }}",
    "TrueTrueTrue",
  ],
  ["{{- '\\n' }}  \n{{ 'x' }}\n", "\n  \nx"],
  [
    "{%- for m in messages %}\n    {%- if m.role == 'user' %}\n        {{- '<|' + m.role + '|>\\n' + m.content|trim }}\n    {%- elif m.tool_calls %}\n        {%- for tc in m.tool_calls -%}\n            {{- tc.function.name ~ '(' -}}\n            {%- for k, v in tc.function.arguments.items() -%}\n                {{- k ~ '=' ~ v -}}{{- ', ' if not loop.last -}}\n            {%- endfor -%}\n            {{- ')' -}}\n        {%- endfor -%}\n    {%- endif %}\n{%- endfor %}",
    "<|user|>\nHello <b> it's \"x\"f(10=x, a=1, items=[1, 2.5, None, True, 'é'])<|user|>\nAgain",
  ],
  ["{{ 'abc'[1] }}{{ 'abc'[-1] }}{{ 'abc'[10] }}{{ [1,2][5] }}{{ d['b'] }}{{ messages.0.role }}", "bc1system"],
  [
    "{{ 'a' is in(['a']) }}{{ n is gt 5 }}{{ n is not lt(5) and x is none }}{{ 'b' is in d.keys() }}",
    "TrueTrueTrueTrue",
  ],
  ["{{ s|length }}{{ '😀é'|length }}{{ ''|length }}{{ nope|length }}", "15200"],
  ["{{ s | e | upper | trim }}{{ s|upper|trim|length + 1 }}{{ -1|abs }}{{ (n + 1)|string ~ 'x' }}", "HELLO WORLD1218x"],
  [
    "{{ 'a|b'.split('|')|last }}{{ 'abc' | list }}{{ [1,[2,3]]|tojson }}{{ none|tojson }}{{ true|tojson }}{{ 1.0|tojson }}{{ \"a'b\"|tojson }}{{ '<x>'|tojson }}",
    "b['a', 'b', 'c'][1, [2, 3]]nulltrue1.0\"a'b\"\"<x>\"",
  ],
  ["{% set ns = namespace() %}{% set ns.x = 1 %}{{ ns.x }}{% if ns.y is defined %}y{% endif %}", "1"],
  [
    '{{ [1,2,3][:-1] }}{{ [1,2,3][::2] }}{{ \'abc\'.upper().lower() }}{{ messages|selectattr("role", "equalto", "user")|map(attribute="content")|first|trim }}',
    '[1, 2][1, 3]abcHello <b> it\'s "x"',
  ],
  ["{{ '{' }}{{ '}}' }}{{ '%}' }}{{ {'a':{'b':1}}.a.b }}{% set z = {'a':{'b':2}} %}{{ z.a.b }}", "{}}%}12"],
  ["{{ 3 + true }}{{ none ~ '' }}{{ [] or 'e' }}{{ {} | length }}{{ 'x' * 0 }}|", "4Nonee0|"],
  [
    "{{ messages | map(attribute='role') | join(' -> ') | replace('user', 'U') | upper }}",
    "SYSTEM -> U -> ASSISTANT -> TOOL -> U",
  ],
  ["{%- macro m(x) -%}\n  {{ x }}\n{%- endmacro -%}\n{{ m('a') ~ m('b') }}", "ab"],
  ["{%- macro rec(x) -%}{% if x > 0 %}{{ x }}{{ rec(x - 1) }}{% endif %}{%- endmacro -%}{{ rec(3) }}", "321"],
  ["{{ \"%s\" % 'a' }}{{ \"%s-%s\" % ('a', 'b') }}{{ \"%(k)s\" % {'k': 1} }}{{ '%d%%' % 5 }}\n", "aa-b15%"],
];

test.each(rendered)("%p", (template, output) => {
  expect(compileTemplate(template).render(variables)).toBe(output);
});

const refused = [
  "{%- for m in messages %}{{- '<|turn|>' + m.role + '\\n' + m.content + '<|end_turn|>\\n' }}{%- endfor %}{%- if tools %}{{- tools[0].function.kind.upper() }}{%- endif %}{{- '<|turn|>assistant\\n' }}\n",
  "{{- bos_token }}\n{%- if messages[0]['role'] == 'system' %}{{ raise_exception('no system turn here') }}{%- endif %}\n{%- for message in messages %}\n{%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('user and assistant must take turns') }}{%- endif %}\n{%- if message['role'] == 'assistant' %}{%- set role = 'model' %}{%- else %}{%- set role = message['role'] %}{%- endif %}\n{{- '<|turn|>' + role + '\\n' + message['content'] | trim + '<|end_turn|>\\n' }}\n{%- endfor %}\n{%- if add_generation_prompt %}{{- '<|turn|>model\\n' }}{%- endif %}\n",
  '{%- if messages[0].role == "system" %}{%- set first = messages[0].content %}{%- set rest = messages[1:] %}{%- else %}{%- set rest = messages %}{%- endif %}\n{%- set ns = namespace(turn=0) %}\n{%- for m in rest %}{%- if m.role != "tool" and m.tool_calls is not defined %}{%- if (m.role == "user") != (ns.turn % 2 == 0) %}{{- raise_exception("after the system turn, user and assistant must take turns") }}{%- endif %}{%- set ns.turn = ns.turn + 1 %}{%- endif %}{%- endfor %}\n{{- bos_token }}\n{%- for m in rest %}\n{%- if m.role == "user" %}{{- "[U]" + ((first + "\\n\\n") if loop.last and first is defined else "") + m.content + "[/U]" }}\n{%- elif m.tool_calls is defined %}{%- for call in m.tool_calls %}{%- if call.id | length != 9 %}{{- raise_exception("ids of calls have nine letters") }}{%- endif %}{{- "[C]" + (call.function | tojson) + call.id }}{%- endfor %}\n{%- elif m.role == "assistant" %}{{- m.content + eos_token }}\n{%- elif m.role == "tool" %}{{- "[R]" + m.content }}\n{%- else %}{{- raise_exception("only user, assistant and tool turns are known") }}{%- endif %}\n{%- endfor %}\n',
  "{%- for m in messages %}{{- m.role + m.content }}{%- endfr %}\n",
  "{{ 'a' + 1 }}",
  "{% if x %}",
  "{% call(u) f(1) %}z{{ u }}{% endcall %}{% macro f(a) %}[{{ caller(a) }}]{% endmacro %}",
  "{{ raise_exception('No ' ~ n) }}",
];

test.each(refused)("%p is refused", (template) => {
  expect(() => compileTemplate(template).render(variables)).toThrow();
});

test("today's date is the machine's, in English", () => {
  const describe = (now: Date) =>
    `${String(now.getDate()).padStart(2, "0")} ${now.toLocaleString("en", { month: "short" })} ${now.getFullYear()}`;
  const before = describe(new Date());
  const rendered = compileTemplate("{{ strftime_now('%d %b %Y') }}").render(variables);
  // Midnight may be between the two.
  expect(rendered).toBeOneOf([before, describe(new Date())]);
  const moment = new Date(2026, 6, 4, 15, 5, 9);
  expect(strftimeNow("%A %a %B %-d %H:%M:%S %I %p %j %y %F %% %Q", moment)).toBe(
    "Saturday Sat July 4 15:05:09 03 PM 185 26 2026-07-04 % %Q",
  );
});

test("a backslash that begins no escape stays, and one at the end of a line joins the lines", () => {
  expect(compileTemplate("{{ 'a\\d' }}{%- set x = \"one\\\ntwo\" %}{{ x }}").render(variables)).toBe("a\\donetwo");
});

test("a text that is safe already stays a text that others can be added to", () => {
  expect(compileTemplate("{{ '<|a|>' + (s | safe) }}").render(variables)).toBe("<|a|>  Hello World  ");
});

test("what a template makes is bounded", () => {
  expect(() => compileTemplate("{{ range(1000000000) | length }}").render(variables)).toThrow("at most 100000");
  expect(() => compileTemplate("{{ 'ab' * 1000000000 }}").render(variables)).toThrow("at most 100000");
});
