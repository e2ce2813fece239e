import { openChatTemplate } from "../../../engine/template/chat-template.ts";
import type { History } from "../../../engine/template/history.ts";
import { inspectTemplate } from "../../../engine/template/inspect-template.ts";
import { defaultChatTemplate } from "../../gguf/random-tokenizer.ts";
import { attempt, type Target } from "../target.ts";

const tokens = { begin: "<s>", end: "</s>" };
const history: History = {
  turns: [
    { role: "system", content: "Be brief" },
    { role: "user", content: "Hi" },
    { role: "assistant", content: "", calls: [{ id: "c1", name: "look", arguments: '{"at":"a"}' }] },
    { role: "tool", content: "seen", toolCallId: "c1" },
  ],
  tools: [],
  argumentsAs: "object",
  contentAs: "text",
};

const outputCharsMax = 64 * 1024 * 1024;

/** A template renders, or says in an error why it does not; it never runs without end or makes a text without end. */
export const templates: Target = {
  name: "templates",
  seeds: [
    defaultChatTemplate,
    "{% for m in messages %}{{ '<|' + m['role'] + '|>' }}{{ m.content | trim }}{% if loop.last %}{{ eos_token }}{% endif %}{% endfor %}",
    "{%- set ns = namespace(a=0) -%}{%- for i in range(5) -%}{%- set ns.a = ns.a + i * 2 -%}{%- endfor -%}{{ ns.a ~ 'x' }}{{ messages[1:][::-1] | tojson(indent=2) }}",
    "{% macro f(x, y='z') %}{{ x|upper }}{{ y }}{% endmacro %}{{ f('a') }}{{ raise_exception('no') if messages|length > 9 }}{{ strftime_now('%d %b %Y') }}",
    "{%- if tools is defined and tools %}{% for t in tools %}{{ t | tojson }}{% endfor %}{% elif messages[0].role == 'system' %}{{ messages[0]['content'].split(' ')[0] }}{% endif %}{{ [1,2,3]|map('string')|join(',') }}{{ {'a': 1}.items() | list }}",
  ],
  words: [
    ..."{{|}}|{%|%}|{%-|-%}|{#|#}|for |in |if |else|elif |endif|endfor|set |endset|macro |endmacro|call |filter |and |or |not |is ".split(
      "|",
    ),
    ..."defined|none|messages|m.content|loop.index|range(|namespace(|tojson|trim|join(|replace(|split(|[::-1]|[0]| * | ** | ~ | // ".split(
      "|",
    ),
    ..."9999999|'|\"|(|)|[|]|{|}|.|,|break|continue|selectattr('role')|map(|format(|'%s' % |'%99999999d'|center(99999999)|dictsort".split(
      "|",
    ),
  ],
  run(input) {
    const source = input.toString("utf8");
    // A template may refuse in words of its own, even none.
    const isOwn = () => true;
    const opened = attempt(() => openChatTemplate(source, tokens), isOwn);
    attempt(() => inspectTemplate(source, tokens), isOwn);
    if (!opened.value) return;
    const rendered = attempt(
      () => opened.value.render(history, { always: [], variables: {}, protect: (text) => text }),
      isOwn,
    );
    if (rendered.value && rendered.value.text.length > outputCharsMax)
      throw new Error(`a prompt has ${rendered.value.text.length} characters`);
  },
};
