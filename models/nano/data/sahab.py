"""What nano knows about Sahab: intents with an answer and ways to ask for it, in English, Chinese and Arabic.

`do` completes "How do I ...?", `fact` completes "What is ...?" (in Arabic both are noun phrases), and `ask` holds whole
questions. Text in {braces} is a slot: the generator fills question and answer alike. Commands, paths and YAML are those of
the project's contract and README.
"""

INTENTS: dict[str, dict[str, dict]] = {}


def intent(name: str, **languages: dict) -> None:
    INTENTS[name] = languages


# Intents that are easily taken for one another have one answer, which serves all of them: a small model tells them apart badly.
SAME: dict[str, dict[str, str]] = {
    "what": dict(
        en="Sahab is an AI cloud that you own: one program that gives your team one address for every model, with keys, budgets and an exact bill. It starts with `npm start`. The name is Arabic, سحاب, and means clouds.",
        zh="Sahab 是你自己拥有的 AI 云：一个程序，让团队用一个地址访问所有模型，并带有密钥、预算和精确的账单。运行 `npm start` 就能启动。名字是阿拉伯语 سحاب，意思是“云”。",
        ar="سحاب سحابة ذكاء اصطناعي تملكها أنت: برنامج واحد يعطي فريقك عنوانا واحدا لكل النماذج، مع مفاتيح وميزانيات وفاتورة دقيقة. يبدأ بالأمر `npm start`. واسمه كلمة عربية معناها الغيوم.",
    ),
    "address": dict(
        en="Sahab listens on http://127.0.0.1:8787, for OpenAI's clients with `/v1` behind it. Another port: `SAHAB_PORT=9000 npm start`; the other commands need it, too. If Sahab itself has the port, `npm run sahab -- stop` ends it.",
        zh="Sahab 监听 http://127.0.0.1:8787，OpenAI 客户端在后面加 `/v1`。换端口：`SAHAB_PORT=9000 npm start`，其他命令也需要它。如果占用端口的就是 Sahab，用 `npm run sahab -- stop` 停止它。",
        ar="يستمع سحاب على http://127.0.0.1:8787 وبعده `/v1` لعملاء OpenAI. ولمنفذ آخر: `SAHAB_PORT=9000 npm start`، وتحتاج إليه الأوامر الأخرى أيضا. وإن كان سحاب نفسه يشغل المنفذ فأوقفه بالأمر `npm run sahab -- stop`.",
    ),
    "key-end": dict(
        en="End a key at once with `npm run sahab -- key revoke my-app`, or replace it by a new one with `npm run sahab -- key rotate my-app --overlap 24h`. Only a hash is kept, so a lost key cannot be shown again. The admin key: `npm run sahab -- rotate admin`.",
        zh="立即作废一个密钥：`npm run sahab -- key revoke my-app`；换成新的：`npm run sahab -- key rotate my-app --overlap 24h`。只保存哈希，所以丢失的密钥无法再次显示。更换管理员密钥：`npm run sahab -- rotate admin`。",
        ar="ألغ مفتاحا فورا بالأمر `npm run sahab -- key revoke my-app`، أو بدله بجديد بالأمر `npm run sahab -- key rotate my-app --overlap 24h`. لا تحفظ إلا بصمته، فلا يعرض المفتاح الضائع ثانية. ولمفتاح المدير: `npm run sahab -- rotate admin`.",
    ),
    "sdk": dict(
        en="""Only the base URL and the key change:
```python
client = OpenAI(base_url="http://127.0.0.1:8787/v1", api_key="YOUR_KEY")
```
```ts
const client = new OpenAI({ baseURL: "http://127.0.0.1:8787/v1", apiKey: "YOUR_KEY" });
```""",
        zh="""只改基础地址和密钥：
```python
client = OpenAI(base_url="http://127.0.0.1:8787/v1", api_key="YOUR_KEY")
```
```ts
const client = new OpenAI({ baseURL: "http://127.0.0.1:8787/v1", apiKey: "YOUR_KEY" });
```""",
        ar="""لا يتغير إلا العنوان الأساسي والمفتاح:
```python
client = OpenAI(base_url="http://127.0.0.1:8787/v1", api_key="YOUR_KEY")
```
```ts
const client = new OpenAI({ baseURL: "http://127.0.0.1:8787/v1", apiKey: "YOUR_KEY" });
```""",
    ),
    "console": dict(
        en="Open the console at http://127.0.0.1:8787 in a browser: chat, keys, usage, models and settings, in English, Chinese and Arabic. Sign in with the admin key (`~/.sahab/admin.key`) or the link of `npm run sahab -- console`, which works once, within ten minutes. What `cloud.yaml` manages is changed there.",
        zh="在浏览器里打开 http://127.0.0.1:8787 的控制台：聊天、密钥、用量、模型和设置，有英文、中文和阿拉伯文。用管理员密钥（`~/.sahab/admin.key`）登录，或用 `npm run sahab -- console` 打印的链接，十分钟内有效，只能用一次。由 `cloud.yaml` 管理的内容在文件里改。",
        ar="افتح لوحة التحكم على http://127.0.0.1:8787 في متصفح: المحادثة والمفاتيح والاستهلاك والنماذج والإعدادات، بالإنجليزية والصينية والعربية. ادخل بمفتاح المدير (`~/.sahab/admin.key`) أو برابط `npm run sahab -- console` الذي يعمل مرة واحدة خلال عشر دقائق. وما يديره `cloud.yaml` يغير في الملف.",
    ),
    "pull": dict(
        en="Run `npm run sahab -- pull hf.co/OWNER/REPO:Q4_K_M` or `npm run sahab -- pull ./some-model.gguf` for a file; `modelscope.cn/OWNER/REPO` and web addresses work, too. `HF_TOKEN` is for gated models. `npm run sahab -- rm MODEL` deletes a model again.",
        zh="运行 `npm run sahab -- pull hf.co/OWNER/REPO:Q4_K_M`；本地文件用 `npm run sahab -- pull ./some-model.gguf`；`modelscope.cn/OWNER/REPO` 和网址也可以。受限模型用 `HF_TOKEN`。`npm run sahab -- rm MODEL` 删除一个模型。",
        ar="نفذ `npm run sahab -- pull hf.co/OWNER/REPO:Q4_K_M` أو `npm run sahab -- pull ./some-model.gguf` لملف عندك، وكذلك `modelscope.cn/OWNER/REPO` أو عنوان على الويب. وللنماذج المقيدة `HF_TOKEN`. ويحذف `npm run sahab -- rm MODEL` نموذجا.",
    ),
    "models": dict(
        en="""`npm run sahab -- models` lists the names that clients may use, as `GET /v1/models` does; `npm run sahab -- ps` shows the local ones in memory. Another name for a model is an alias in `cloud.yaml`:
```yaml
aliases:
  claude-*: deepseek-flash
```""",
        zh="""`npm run sahab -- models` 列出客户端可用的模型名称，`GET /v1/models` 也一样；`npm run sahab -- ps` 显示内存里的本地模型。给模型另一个名字，就在 `cloud.yaml` 里写别名：
```yaml
aliases:
  claude-*: deepseek-flash
```""",
        ar="""يعرض `npm run sahab -- models` أسماء النماذج المتاحة للعملاء، وكذلك `GET /v1/models`، ويعرض `npm run sahab -- ps` المحلية التي في الذاكرة. ولاسم آخر لنموذج اكتب اسما بديلا في `cloud.yaml`:
```yaml
aliases:
  claude-*: deepseek-flash
```""",
    ),
    "memory": dict(
        en="Sahab itself takes about 150 MB of memory and 255 MB of disk; a local model needs memory for its file and context. `npm run sahab -- ps` shows which are loaded and how much they take. `memory: 8GB` at the top of `cloud.yaml` bounds it: idle models then sleep.",
        zh="Sahab 本身占用约 150 MB 内存和 255 MB 磁盘；本地模型需要容纳文件和上下文的内存。`npm run sahab -- ps` 显示加载了哪些、占用多少。在 `cloud.yaml` 顶部写 `memory: 8GB` 可以限制内存，空闲的模型会休眠。",
        ar="يستهلك سحاب نفسه نحو 150 MB من الذاكرة و255 MB من القرص، ويحتاج النموذج المحلي ذاكرة لملفه وسياقه. يعرض `npm run sahab -- ps` المحملة منها وما تأخذه. ويحدها `memory: 8GB` في أعلى `cloud.yaml` فتنام النماذج الخاملة.",
    ),
    "usage": dict(
        en="Run `npm run sahab -- usage --by key`: tokens and cost of each key with its name. Other groups are `--by project`, `user`, `model` and `day`, or two at once: `--by key,day`.",
        zh="运行 `npm run sahab -- usage --by key`：按名称列出每个密钥的 token 和费用。也可以用 `--by project`、`user`、`model`、`day`，或同时用两个：`--by key,day`。",
        ar="نفذ `npm run sahab -- usage --by key`: رموز كل مفتاح وتكلفته مع اسمه. ويمكن أيضا `--by project` أو `user` أو `model` أو `day`، أو اثنان معا: `--by key,day`.",
    ),
    "cloud": dict(
        en="`cloud.yaml` holds the configuration. `npm run sahab -- export > cloud.yaml` writes it, without secrets; `npm run sahab -- apply -f cloud.yaml` makes it so, and with `--dry-run` only shows the changes. What the file no longer names is deleted after you agree.",
        zh="`cloud.yaml` 是全部配置。`npm run sahab -- export > cloud.yaml` 把它写出来，不含密钥；`npm run sahab -- apply -f cloud.yaml` 使其生效，加 `--dry-run` 只显示变化。文件里不再写的，在你确认后删除。",
        ar="في `cloud.yaml` الإعداد كله. يكتبه `npm run sahab -- export > cloud.yaml` دون الأسرار، ويطبقه `npm run sahab -- apply -f cloud.yaml`، ومع `--dry-run` يعرض التغييرات فقط. وما لم يعد في الملف يحذف بعد موافقتك.",
    ),
    "vendor": dict(
        en="""Set `{variable}` before `npm start`: then {Vendor} and its known models are there. In `cloud.yaml` it is:
```yaml
providers:
  - name: {vendor}
    vendor: {vendor}
    api_key: ${{{variable}}}
```
`npm run sahab -- provider test` tries it.""",
        zh="""在 `npm start` 之前设置 `{variable}`：之后 {Vendor} 和它的已知模型就能用。在 `cloud.yaml` 里这样写：
```yaml
providers:
  - name: {vendor}
    vendor: {vendor}
    api_key: ${{{variable}}}
```
用 `npm run sahab -- provider test` 测试。""",
        ar="""اضبط `{variable}` قبل `npm start`: عندها يكون {Vendor} ونماذجه المعروفة جاهزة. ويكتب في `cloud.yaml` هكذا:
```yaml
providers:
  - name: {vendor}
    vendor: {vendor}
    api_key: ${{{variable}}}
```
ويجربه `npm run sahab -- provider test`.""",
    ),
    "price": dict(
        en="""A model that nobody priced is refused with 403 `model_not_priced`. Write its price per million tokens into `cloud.yaml`, or `price: free`:
```yaml
    price:
      {{ currency: USD, input: 0.55, cached_input: 0.14, output: 2.19 }}
```""",
        zh="""没有价格的模型会以 403 `model_not_priced` 拒绝。在 `cloud.yaml` 里写每百万 token 的价格，或写 `price: free`：
```yaml
    price:
      {{ currency: USD, input: 0.55, cached_input: 0.14, output: 2.19 }}
```""",
        ar="""يرفض النموذج الذي لا سعر له بالحالة 403 `model_not_priced`. اكتب سعره لكل مليون رمز في `cloud.yaml`، أو اكتب `price: free`:
```yaml
    price:
      {{ currency: USD, input: 0.55, cached_input: 0.14, output: 2.19 }}
```""",
    ),
    "budget": dict(
        en="""For one person: `npm run sahab -- key create anna --budget 20/month --rpm 60` (requests a minute; `key edit` changes a key). `npm run sahab -- usage --by key` shows what each spent. For a project, in `cloud.yaml`:
```yaml
projects:
  - name: search-team
    budget: {{ amount: 5000, period: month }}
    limits: {{ rpm: 600, tpm: 2000000, concurrency: 50 }}
```""",
        zh="""给一个人：`npm run sahab -- key create anna --budget 20/month --rpm 60`（每分钟请求数；已有的密钥用 `key edit`）。`npm run sahab -- usage --by key` 显示每个人花了多少。给一个项目，在 `cloud.yaml` 里：
```yaml
projects:
  - name: search-team
    budget: {{ amount: 5000, period: month }}
    limits: {{ rpm: 600, tpm: 2000000, concurrency: 50 }}
```""",
        ar="""لشخص واحد: `npm run sahab -- key create anna --budget 20/month --rpm 60` (الطلبات في الدقيقة، و`key edit` لمفتاح موجود). ويعرض `npm run sahab -- usage --by key` ما أنفقه كل شخص. ولمشروع، في `cloud.yaml`:
```yaml
projects:
  - name: search-team
    budget: {{ amount: 5000, period: month }}
    limits: {{ rpm: 600, tpm: 2000000, concurrency: 50 }}
```""",
    ),
    "requests": dict(
        en="Run `npm run sahab -- requests` for the newest requests, `npm run sahab -- requests tail` to follow them, and `npm run sahab -- requests show ID` for one: attempts, errors, cost. Sahab's own log goes to its terminal, never with a text; `SAHAB_LOG=debug` says more.",
        zh="运行 `npm run sahab -- requests` 看最新的请求，`npm run sahab -- requests tail` 跟踪请求，`npm run sahab -- requests show ID` 看一个请求：尝试、错误、费用。Sahab 自己的日志写到它的终端，从不写内容；`SAHAB_LOG=debug` 更详细。",
        ar="نفذ `npm run sahab -- requests` لأحدث الطلبات، و`npm run sahab -- requests tail` لمتابعتها، و`npm run sahab -- requests show ID` لطلب واحد: محاولاته وأخطاؤه وتكلفته. وسجل سحاب نفسه في طرفيته بلا نصوص أبدا، ويفصل `SAHAB_LOG=debug` أكثر.",
    ),
    "status": dict(
        en="Run `npm run sahab -- status`: whether Sahab runs, its address, models and today's requests. If nothing answers, start it with `npm start` and use the address that it prints. Monitors ask `/healthz` (alive) and `/readyz` (ready to serve).",
        zh="运行 `npm run sahab -- status`：Sahab 是否在运行、地址、模型和今天的请求。如果没有应答，用 `npm start` 启动它，并使用它显示的地址。监控用 `/healthz`（活着）和 `/readyz`（可以服务）。",
        ar="نفذ `npm run sahab -- status`: هل يعمل سحاب وعنوانه ونماذجه وطلبات اليوم. وإن لم يجب شيء فشغله بالأمر `npm start` واستخدم العنوان الذي يظهره. وللمراقبة `/healthz` (حي) و`/readyz` (مستعد للخدمة).",
    ),
    "plan": dict(
        en="Run `npm run sahab -- plan fit qwen3-32b --on h100-sxm`: how many GPUs a model takes; `plan buy-or-own --tokens-per-day 180m --model qwen3-32b --buy alibaba/qwen3-32b`: whether own machines are cheaper; `plan capital 1000000USD`, `plan power 1GW` or `plan demand --tokens-per-day 2e9`: machines and cost.",
        zh="运行 `npm run sahab -- plan fit qwen3-32b --on h100-sxm`：一个模型需要几张显卡；`plan buy-or-own --tokens-per-day 180m --model qwen3-32b --buy alibaba/qwen3-32b`：自有机器是否更便宜；`plan capital 1000000USD`、`plan power 1GW` 或 `plan demand --tokens-per-day 2e9`：机器和成本。",
        ar="نفذ `npm run sahab -- plan fit qwen3-32b --on h100-sxm`: كم بطاقة يحتاج نموذج؛ و`plan buy-or-own --tokens-per-day 180m --model qwen3-32b --buy alibaba/qwen3-32b`: هل أجهزتك أرخص؛ و`plan capital 1000000USD` أو `plan power 1GW` أو `plan demand --tokens-per-day 2e9`: الأجهزة والتكلفة.",
    ),
    "who": dict(
        en="I am Nano, a small language model that the Sahab project trained from scratch: DeepSeek-V3's architecture, five million parameters. I run on this machine, show how to use Sahab in English, Chinese and Arabic, do small sums, sort, spell, translate words and write simple JSON. Anything else I do not know.",
        zh="我是 Nano，Sahab 项目从零开始训练的小语言模型：DeepSeek-V3 架构，五百万个参数。我在这台机器上运行，可以用英语、中文和阿拉伯语教你使用 Sahab，做简单的计算，排序，拼写，翻译单词，写简单的 JSON。其他的我不知道。",
        ar="أنا نانو، نموذج لغوي صغير دربه مشروع سحاب من الصفر: بنية DeepSeek-V3 وخمسة ملايين معامل. أعمل على هذا الجهاز، وأعلمك استخدام سحاب بالعربية والإنجليزية والصينية، وأحسب قليلا، وأرتب، وأتهجى، وأترجم الكلمات، وأكتب JSON بسيطا. ولا أعرف غير ذلك.",
    ),
}


intent(
    "what-is-sahab",
    en=dict(
        answer=SAME["what"]["en"],
        fact=["Sahab", "this Sahab thing", "the Sahab project", "Sahab exactly", "the purpose of Sahab", "Sahab in one sentence", "the idea of Sahab"],
        ask=["What does Sahab do?", "Tell me about Sahab.", "Explain Sahab to me.", "Describe Sahab.", "What is Sahab for?", "What is Sahab good for?", "Why would I use Sahab?", "Give me a short introduction to Sahab.", "sahab?", "What can I use Sahab for?", "Why should a team use Sahab?", "Introduce Sahab."],
    ),
    zh=dict(
        answer=SAME["what"]["zh"],
        fact=["Sahab", "Sahab 这个项目", "Sahab 的用途", "Sahab 的作用", "你说的 Sahab"],
        ask=["Sahab 是做什么的？", "介绍一下 Sahab。", "Sahab 有什么用？", "请说明 Sahab。", "Sahab 是干什么的？", "给我讲讲 Sahab。", "为什么要用 Sahab？", "简单介绍 Sahab。", "Sahab 能做什么？", "用一句话介绍 Sahab。"],
    ),
    ar=dict(
        answer=SAME["what"]["ar"],
        fact=["سحاب", "مشروع سحاب", "برنامج سحاب", "الغرض من سحاب", "فائدة سحاب"],
        ask=["ماذا يفعل سحاب؟", "حدثني عن سحاب.", "اشرح لي سحاب.", "ما هو سحاب بالضبط؟", "لماذا أستخدم سحاب؟", "عرفني على سحاب.", "ما معنى برنامج سحاب؟", "صف لي سحاب.", "ما هو Sahab؟", "بماذا يفيدني سحاب؟"],
    ),
)

intent(
    "name-meaning",
    en=dict(
        answer=SAME["what"]["en"],
        fact=["the meaning of the name Sahab", "the meaning of the word Sahab", "the origin of the name Sahab", "behind the name Sahab"],
        ask=["What does the name Sahab mean?", "Why is it called Sahab?", "What does Sahab mean?", "Where does the name Sahab come from?", "What language is the word Sahab?", "Which language is Sahab from?", "Why the name Sahab?"],
    ),
    zh=dict(
        answer=SAME["what"]["zh"],
        fact=["Sahab 这个名字的意思", "Sahab 的含义", "Sahab 名字的来历", "Sahab 这个词的意思"],
        ask=["Sahab 是什么意思？", "为什么叫 Sahab？", "Sahab 这个名字从哪里来？", "Sahab 是哪种语言的词？", "名字 Sahab 有什么含义？"],
    ),
    ar=dict(
        answer=SAME["what"]["ar"],
        fact=["معنى اسم سحاب", "معنى كلمة سحاب", "أصل اسم سحاب", "سبب التسمية بسحاب"],
        ask=["لماذا سمي سحاب بهذا الاسم؟", "ماذا تعني كلمة سحاب؟", "ماذا يعني الاسم سحاب؟", "من أين جاء اسم سحاب؟", "لماذا اسمه سحاب؟"],
    ),
)

intent(
    "who-are-you",
    en=dict(
        answer=SAME["who"]["en"],
        ask=["Who are you?", "What are you?", "What is your name?", "Tell me about yourself.", "Introduce yourself.", "Are you a model?", "Who am I talking to?", "What should I call you?", "What kind of model are you?", "Do you have a name?", "Are you a robot?", "Are you human?", "Which model is this?", "What model are you?", "who r u", "your name?", "Are you a person?", "Are you an AI?", "What is Nano?", "Who is Nano?", "Which model am I chatting with?"],
    ),
    zh=dict(
        answer=SAME["who"]["zh"],
        ask=["你是谁？", "你是什么？", "你叫什么名字？", "介绍一下你自己。", "你是机器人吗？", "你是人吗？", "你是什么模型？", "我在和谁说话？", "怎么称呼你？", "你的名字是什么？", "这是哪个模型？", "Nano 是什么？", "Nano 是谁？", "请自我介绍。", "你是人工智能吗？", "你叫什么？", "您是谁？"],
    ),
    ar=dict(
        answer=SAME["who"]["ar"],
        ask=["من أنت؟", "ما أنت؟", "ما اسمك؟", "عرف نفسك.", "حدثني عن نفسك.", "هل أنت روبوت؟", "هل أنت إنسان؟", "أي نموذج أنت؟", "مع من أتحدث؟", "بماذا أناديك؟", "ما هو نانو؟", "من هو نانو؟", "هل لك اسم؟", "ما هذا النموذج؟", "هل أنت ذكاء اصطناعي؟", "من تكون؟"],
    ),
)

intent(
    "what-can-you-do",
    en=dict(
        answer=SAME["who"]["en"],
        ask=["What can you do?", "What can you help me with?", "What are you able to do?", "How can you help me?", "What do you know?", "What are your abilities?", "What are you good at?", "List your skills.", "What may I ask you?", "What can I ask you?", "What questions can you answer?", "help", "Help me.", "What tasks can you do?", "What are your limits?", "Which things can you do?"],
    ),
    zh=dict(
        answer=SAME["who"]["zh"],
        ask=["你能做什么？", "你会什么？", "你能帮我做什么？", "你有什么本领？", "我可以问你什么？", "你擅长什么？", "你可以帮我什么？", "你知道什么？", "你有哪些能力？", "帮助", "你能回答哪些问题？", "你会做哪些事？"],
    ),
    ar=dict(
        answer=SAME["who"]["ar"],
        ask=["ماذا تستطيع أن تفعل؟", "بماذا تساعدني؟", "ما قدراتك؟", "ماذا تعرف؟", "كيف تساعدني؟", "عم يمكنني أن أسألك؟", "ما الذي تجيده؟", "ماذا يمكنك أن تفعل؟", "مساعدة", "ما الأسئلة التي تجيب عنها؟", "ما مهاراتك؟", "ماذا يمكنني أن أسألك؟"],
    ),
)

intent(
    "who-made-you",
    en=dict(
        answer=SAME["who"]["en"],
        ask=["Who made you?", "Who created you?", "Who trained you?", "Who built you?", "Who is your creator?", "Where do you come from?", "Who developed you?", "How were you trained?", "What were you trained on?", "What data were you trained on?", "Which company made you?", "Did OpenAI make you?", "Are you ChatGPT?", "Are you made by DeepSeek?", "Are you GPT?", "Are you Qwen?", "Who programmed you?"],
    ),
    zh=dict(
        answer=SAME["who"]["zh"],
        ask=["谁创造了你？", "谁训练了你？", "谁开发了你？", "你是谁做的？", "你从哪里来？", "你是怎么训练的？", "你的训练数据是什么？", "你是 ChatGPT 吗？", "你是哪家公司的？", "你是 DeepSeek 做的吗？", "你是通义千问吗？", "谁制造了你？"],
    ),
    ar=dict(
        answer=SAME["who"]["ar"],
        ask=["من صنعك؟", "من دربك؟", "من طورك؟", "من برمجك؟", "من أين أتيت؟", "كيف تم تدريبك؟", "على أي بيانات تدربت؟", "هل أنت ChatGPT؟", "أي شركة صنعتك؟", "من أنشأك؟", "هل صنعتك شركة OpenAI؟"],
    ),
)

intent(
    "your-architecture",
    en=dict(
        answer=SAME["who"]["en"],
        fact=["your architecture", "your size", "the architecture of Nano", "the number of your parameters", "the size of Nano", "your model architecture"],
        ask=["How big are you?", "How many parameters do you have?", "How large is Nano?", "How are you built?", "Are you a mixture of experts?", "How many parameters does Nano have?", "What architecture do you use?", "How do you work inside?"],
    ),
    zh=dict(
        answer=SAME["who"]["zh"],
        fact=["你的架构", "你的大小", "Nano 的架构", "你的参数量", "Nano 的大小"],
        ask=["你有多大？", "你有多少参数？", "你是什么架构？", "Nano 有多少参数？", "你是混合专家模型吗？", "你用的是什么架构？", "你的模型结构是怎样的？"],
    ),
    ar=dict(
        answer=SAME["who"]["ar"],
        fact=["بنيتك", "حجمك", "بنية نانو", "عدد معاملاتك", "حجم نانو"],
        ask=["كم حجمك؟", "كم عدد معاملاتك؟", "كيف بنيت من الداخل؟", "هل أنت مزيج من الخبراء؟", "كم معاملا عندك؟", "ما البنية التي تستخدمها؟"],
    ),
)

intent(
    "start",
    en=dict(
        answer="Run `npm start` in the checkout. It installs what it needs and serves on http://127.0.0.1:8787. The first start prints the admin key. Ctrl-C stops it; `deploy/systemd/sahab.service` starts it at boot.",
        do=["start Sahab", "run Sahab", "launch Sahab", "get Sahab running", "install Sahab", "set up Sahab", "start the server", "begin with Sahab", "boot Sahab", "get started with Sahab", "start it", "run the Sahab server", "install and run Sahab"],
        ask=["What is the first step?", "Which command starts Sahab?", "How does Sahab start?", "Where do I begin?", "What do I run first?", "how to start?", "Getting started?", "What starts the server?"],
    ),
    zh=dict(
        answer="在代码目录里运行 `npm start`。它会安装所需的一切，并在 http://127.0.0.1:8787 上提供服务。第一次启动时会打印管理员密钥。按 Ctrl-C 停止；`deploy/systemd/sahab.service` 让它开机启动。",
        do=["启动 Sahab", "运行 Sahab", "安装 Sahab", "开始使用 Sahab", "启动服务器", "让 Sahab 跑起来", "打开 Sahab", "部署 Sahab", "开启 Sahab 服务"],
        ask=["第一步做什么？", "哪个命令启动 Sahab？", "先运行什么？", "怎么开始？", "怎么启动？", "从哪里开始？"],
    ),
    ar=dict(
        answer="نفذ `npm start` في مجلد المشروع. يثبت ما يلزم ثم يعمل على http://127.0.0.1:8787. وعند أول تشغيل يطبع مفتاح المدير. يوقفه Ctrl-C، ويشغله `deploy/systemd/sahab.service` مع إقلاع الجهاز.",
        do=["تشغيل سحاب", "بدء سحاب", "تثبيت سحاب", "تشغيل الخادم", "إعداد سحاب", "البدء مع سحاب", "إطلاق سحاب", "تنصيب سحاب"],
        ask=["كيف أشغل سحاب؟", "كيف أبدأ؟", "ما أول خطوة؟", "أي أمر يشغل سحاب؟", "كيف أثبت سحاب؟", "من أين أبدأ؟", "كيف أبدأ باستخدام سحاب؟"],
    ),
)

intent(
    "requirements",
    en=dict(
        answer="Sahab needs only git and Node 20 or newer with npm. Everything else is installed by `npm start`.",
        fact=["required to run Sahab", "needed for Sahab", "the list of requirements", "the system requirements of Sahab", "needed to install Sahab", "the prerequisites of Sahab"],
        ask=["What does Sahab need?", "Which Node version do I need?", "What do I need to run Sahab?", "What must be installed before Sahab?", "Do I need Docker for Sahab?", "Do I need Python for Sahab?", "What are the requirements?", "Does Sahab need a database installed?", "What software does Sahab require?", "Which version of Node does Sahab need?"],
    ),
    zh=dict(
        answer="Sahab 只需要 git 和带 npm 的 Node 20 或更新版本。其余的由 `npm start` 安装。",
        fact=["Sahab 的系统要求", "运行 Sahab 的要求", "Sahab 需要的软件", "安装 Sahab 的条件"],
        ask=["Sahab 需要什么？", "需要哪个版本的 Node？", "运行 Sahab 要先装什么？", "Sahab 需要 Docker 吗？", "Sahab 有什么要求？", "运行 Sahab 需要什么环境？", "Sahab 需要 Python 吗？"],
    ),
    ar=dict(
        answer="يحتاج سحاب إلى git وNode 20 أو أحدث مع npm فقط. وما سوى ذلك يثبته `npm start`.",
        fact=["متطلبات سحاب", "متطلبات تشغيل سحاب", "البرامج المطلوبة لسحاب", "شروط تثبيت سحاب"],
        ask=["ماذا يحتاج سحاب؟", "أي إصدار من Node أحتاج؟", "ماذا أثبت قبل سحاب؟", "هل يحتاج سحاب إلى Docker؟", "ما المطلوب لتشغيل سحاب؟", "إلى ماذا يحتاج سحاب؟"],
    ),
)

intent(
    "address",
    en=dict(
        answer=SAME["address"]["en"],
        fact=["the default port", "the address of Sahab", "the default address", "Sahab's port", "the URL of the server", "the port of Sahab", "the default URL"],
        ask=["Which port does Sahab use?", "Where does Sahab listen?", "On which port does it listen?", "What port is it on?", "Where can I reach Sahab?", "On what address is the server?", "What URL do I open?", "which port?"],
    ),
    zh=dict(
        answer=SAME["address"]["zh"],
        fact=["默认端口", "Sahab 的地址", "默认地址", "Sahab 的端口", "服务器的网址", "Sahab 的默认端口"],
        ask=["Sahab 用哪个端口？", "Sahab 监听在哪里？", "端口是多少？", "在哪里访问 Sahab？", "服务地址是什么？", "Sahab 监听哪个地址？"],
    ),
    ar=dict(
        answer=SAME["address"]["ar"],
        fact=["المنفذ الافتراضي", "عنوان سحاب", "العنوان الافتراضي", "منفذ سحاب", "عنوان الخادم", "رقم المنفذ"],
        ask=["على أي منفذ يعمل سحاب؟", "أين يستمع سحاب؟", "أي منفذ يستخدم سحاب؟", "كيف أصل إلى سحاب؟", "على أي عنوان يعمل الخادم؟"],
    ),
)

intent(
    "change-port",
    en=dict(
        answer="Set the port before you start: `SAHAB_PORT={port} npm start`. The other commands need it, too. If Sahab itself has that port, `npm run sahab -- stop` ends it.",
        do=["run Sahab on port {port}", "change the port to {port}", "use port {port}", "listen on port {port}", "make Sahab listen on {port}", "start Sahab on port {port}", "set the port to {port}", "switch to port {port}"],
        ask=["Port {port} please, how?", "I want port {port} instead of 8787.", "Can Sahab use port {port}?", "How do I get port {port}?"],
    ),
    zh=dict(
        answer="启动前设置端口：`SAHAB_PORT={port} npm start`。其他命令也需要它。如果占用这个端口的就是 Sahab，用 `npm run sahab -- stop` 停止它。",
        do=["让 Sahab 使用端口 {port}", "把端口改成 {port}", "改用 {port} 端口", "在端口 {port} 上运行 Sahab", "把端口换成 {port}", "让 Sahab 监听 {port}", "设置端口为 {port}"],
        ask=["我想用端口 {port}。", "端口能改成 {port} 吗？", "Sahab 可以用 {port} 端口吗？"],
    ),
    ar=dict(
        answer="اضبط المنفذ قبل التشغيل: `SAHAB_PORT={port} npm start`. وتحتاج إليه الأوامر الأخرى أيضا. وإن كان سحاب نفسه يشغل هذا المنفذ فأوقفه بالأمر `npm run sahab -- stop`.",
        do=["تشغيل سحاب على المنفذ {port}", "تغيير المنفذ إلى {port}", "استخدام المنفذ {port}", "ضبط المنفذ على {port}", "جعل المنفذ {port}", "تحويل المنفذ إلى {port}"],
        ask=["أريد المنفذ {port}.", "هل يمكن لسحاب استخدام المنفذ {port}؟", "كيف أغير المنفذ إلى {port}؟"],
    ),
)

intent(
    "change-port-any",
    en=dict(
        answer=SAME["address"]["en"],
        do=["change the port", "use another port", "pick a different port", "set the port", "choose the port", "configure the port", "run Sahab on another port"],
        ask=["Port 8787 is taken, what now?", "The port is already in use.", "Which variable sets the port?", "What if port 8787 is busy?"],
    ),
    zh=dict(
        answer=SAME["address"]["zh"],
        do=["修改端口", "换一个端口", "更改端口", "设置端口", "使用别的端口", "配置端口"],
        ask=["端口 8787 被占用了怎么办？", "端口已经被占用。", "哪个变量设置端口？"],
    ),
    ar=dict(
        answer=SAME["address"]["ar"],
        do=["تغيير المنفذ", "استخدام منفذ آخر", "ضبط المنفذ", "اختيار منفذ مختلف", "تعديل المنفذ"],
        ask=["المنفذ 8787 مشغول، ماذا أفعل؟", "أي متغير يضبط المنفذ؟", "كيف أغير المنفذ؟"],
    ),
)

intent(
    "listen-network",
    en=dict(
        answer="Start with `SAHAB_HOST=0.0.0.0 npm start`, and give it a certificate (`SAHAB_TLS_CERT`, `SAHAB_TLS_KEY`) or put TLS in front. By default Sahab listens on this machine only.",
        do=["open Sahab to the network", "let other machines reach Sahab", "make Sahab listen on all interfaces", "share Sahab with my team's network", "reach Sahab from another computer", "expose Sahab to the network", "change the host", "listen on all addresses"],
        ask=["Can other computers use my Sahab?", "Is Sahab reachable from outside?", "Which variable sets the host?", "Why can't my colleague reach Sahab?", "Can my colleagues connect to Sahab?"],
    ),
    zh=dict(
        answer="用 `SAHAB_HOST=0.0.0.0 npm start` 启动，并设置证书（`SAHAB_TLS_CERT`、`SAHAB_TLS_KEY`）或在前面加上 TLS。默认只监听本机。",
        do=["让网络上的其他机器访问 Sahab", "把 Sahab 开放给局域网", "监听所有网络接口", "让同事连接我的 Sahab", "从另一台电脑访问 Sahab", "修改监听的主机"],
        ask=["别的电脑能用我的 Sahab 吗？", "外部能访问 Sahab 吗？", "哪个变量设置主机地址？", "同事为什么连不上 Sahab？"],
    ),
    ar=dict(
        answer="شغله بالأمر `SAHAB_HOST=0.0.0.0 npm start` وأعطه شهادة (`SAHAB_TLS_CERT` و`SAHAB_TLS_KEY`) أو ضع TLS أمامه. يستمع افتراضيا على هذا الجهاز فقط.",
        do=["فتح سحاب للشبكة", "السماح لأجهزة أخرى بالوصول إلى سحاب", "الاستماع على كل الواجهات", "الوصول إلى سحاب من حاسوب آخر", "إتاحة سحاب على الشبكة", "تغيير المضيف"],
        ask=["هل تستطيع الأجهزة الأخرى استخدام سحاب؟", "هل يمكن الوصول إلى سحاب من الخارج؟", "أي متغير يضبط المضيف؟", "لماذا لا يصل زميلي إلى سحاب؟"],
    ),
)

intent(
    "data-folder",
    en=dict(
        answer="Sahab keeps all its state in `~/.sahab`: database, journal, models and secrets. Set `SAHAB_DATA` to use another folder; `npm run sahab -- backup sahab.age` saves it.",
        fact=["the data folder", "the folder of Sahab's data", "the place where Sahab stores data", "the data directory", "the location of the data"],
        do=["change the data folder", "move Sahab's data to another folder", "back up Sahab's data", "use a different data directory", "find Sahab's files"],
        ask=["Where does Sahab store its data?", "Where is the database?", "Where are the models stored?", "Where does Sahab keep its files?", "Which folder does Sahab use?", "Where is my data saved?", "Which variable sets the data folder?"],
    ),
    zh=dict(
        answer="Sahab 把所有状态放在 `~/.sahab`：数据库、日志、模型和密钥。设置 `SAHAB_DATA` 可以换成别的文件夹；`npm run sahab -- backup sahab.age` 备份它。",
        fact=["数据文件夹", "Sahab 的数据目录", "存放数据的位置", "数据目录"],
        do=["更改数据文件夹", "把 Sahab 的数据放到别的目录", "备份 Sahab 的数据", "找到 Sahab 的文件"],
        ask=["Sahab 的数据存在哪里？", "数据库在哪里？", "模型存放在哪里？", "Sahab 把文件放在哪里？", "哪个变量设置数据目录？", "我的数据保存在哪儿？"],
    ),
    ar=dict(
        answer="يحفظ سحاب كل حالته في `~/.sahab`: قاعدة البيانات والسجل والنماذج والأسرار. اضبط `SAHAB_DATA` لاستخدام مجلد آخر، وينسخه احتياطيا `npm run sahab -- backup sahab.age`.",
        fact=["مجلد البيانات", "مكان بيانات سحاب", "مسار البيانات", "مكان حفظ البيانات"],
        do=["تغيير مجلد البيانات", "نقل بيانات سحاب إلى مجلد آخر", "عمل نسخة احتياطية من بيانات سحاب", "إيجاد ملفات سحاب"],
        ask=["أين يحفظ سحاب بياناته؟", "أين قاعدة البيانات؟", "أين تحفظ النماذج؟", "أي مجلد يستخدم سحاب؟", "أين توجد ملفات سحاب؟", "أي متغير يضبط مجلد البيانات؟"],
    ),
)

intent(
    "admin-key",
    en=dict(
        answer="The admin key is printed at the first start and kept in `~/.sahab/admin.key`. `npm run sahab -- rotate admin` replaces it by a new one; `SAHAB_ADMIN_KEY` sets your own.",
        fact=["the admin key", "my admin key", "the administrator key", "the location of the admin key"],
        do=["find the admin key", "get the admin key", "set my own admin key", "see the admin key again", "recover the admin key", "change the admin key"],
        ask=["Where is the admin key?", "I lost the admin key.", "Where do I find the admin key?", "I forgot my admin key.", "In which file is the admin key?", "Where is the admin key stored?"],
    ),
    zh=dict(
        answer="管理员密钥在第一次启动时打印，并保存在 `~/.sahab/admin.key`。`npm run sahab -- rotate admin` 换成新的；要用自己的，请设置 `SAHAB_ADMIN_KEY`。",
        fact=["管理员密钥", "我的管理员密钥", "管理员密钥的位置"],
        do=["找到管理员密钥", "获取管理员密钥", "设置自己的管理员密钥", "再次查看管理员密钥"],
        ask=["管理员密钥在哪里？", "我丢了管理员密钥。", "我忘了管理员密钥怎么办？", "管理员密钥存在哪个文件？", "管理密钥在哪儿？"],
    ),
    ar=dict(
        answer="يطبع مفتاح المدير عند أول تشغيل ويحفظ في `~/.sahab/admin.key`. ويبدله بجديد `npm run sahab -- rotate admin`، ولاستخدام مفتاحك اضبط `SAHAB_ADMIN_KEY`.",
        fact=["مفتاح المدير", "مكان مفتاح المدير", "ملف مفتاح المدير"],
        do=["إيجاد مفتاح المدير", "الحصول على مفتاح المدير", "ضبط مفتاح المدير", "استعادة مفتاح المدير"],
        ask=["أين مفتاح المدير؟", "أضعت مفتاح المدير.", "نسيت مفتاح المدير.", "أين أجد مفتاح المدير؟", "في أي ملف يوجد مفتاح المدير؟"],
    ),
)

intent(
    "key-create-named",
    en=dict(
        answer="Run `npm run sahab -- key create {name}`. The key is shown once, so keep it safe.",
        do=["create a key called {name}", "create a key named {name}", "make an API key for {name}", "get a key for {name}", "generate a key for {name}", "add a key with the name {name}", "issue a key for {name}"],
        ask=["I need an API key for {name}.", "New key {name}, please.", "Give me a key for {name}."],
    ),
    zh=dict(
        answer="运行 `npm run sahab -- key create {name}`。密钥只显示一次，请妥善保存。",
        do=["创建名为 {name} 的密钥", "给 {name} 创建密钥", "为 {name} 生成一个 API 密钥", "新建一个叫 {name} 的密钥", "给 {name} 发一个密钥", "添加名字是 {name} 的密钥"],
        ask=["{name} 需要一个密钥。", "我要一个给 {name} 用的密钥。"],
    ),
    ar=dict(
        answer="نفذ `npm run sahab -- key create {name}`. يظهر المفتاح مرة واحدة فاحفظه.",
        do=["إنشاء مفتاح باسم {name}", "إنشاء مفتاح اسمه {name}", "عمل مفتاح لتطبيق {name}", "الحصول على مفتاح لـ {name}", "توليد مفتاح باسم {name}", "إضافة مفتاح باسم {name}"],
        ask=["أحتاج مفتاحا باسم {name}.", "كيف أنشئ مفتاحا باسم {name}؟", "أعطني مفتاحا لـ {name}."],
    ),
)

intent(
    "key-create",
    en=dict(
        answer="Run `npm run sahab -- key create my-app`. The key is shown once, so keep it safe.",
        do=["create a key", "create an API key", "make a new key", "get an API key", "generate a key for an app", "add a key", "issue an API key", "make a key for my application", "give my app a key", "obtain an API key", "create a new API key"],
        ask=["Which command creates a key?", "I need an API key.", "How do keys get created?", "Where do I get an API key?", "new key?", "How are API keys made?"],
    ),
    zh=dict(
        answer="运行 `npm run sahab -- key create my-app`。密钥只显示一次，请妥善保存。",
        do=["创建密钥", "创建 API 密钥", "新建一个密钥", "生成 API 密钥", "给应用一个密钥", "获取 API 密钥", "添加密钥", "申请一个密钥"],
        ask=["哪个命令创建密钥？", "我需要一个 API 密钥。", "从哪里拿到 API 密钥？", "密钥怎么来？"],
    ),
    ar=dict(
        answer="نفذ `npm run sahab -- key create my-app`. يظهر المفتاح مرة واحدة فاحفظه.",
        do=["إنشاء مفتاح", "إنشاء مفتاح جديد", "الحصول على مفتاح", "توليد مفتاح للتطبيق", "إضافة مفتاح", "عمل مفتاح API", "إصدار مفتاح API"],
        ask=["كيف أنشئ مفتاحا؟", "أي أمر ينشئ مفتاحا؟", "أحتاج مفتاحا لتطبيقي.", "من أين أحصل على مفتاح؟", "كيف أحصل على مفتاح API؟"],
    ),
)

intent(
    "key-expiry",
    en=dict(
        answer="With `--expires` a key ends by itself: `npm run sahab -- key create my-app --expires 30d`. `npm run sahab -- key revoke my-app` ends it at once.",
        do=["create a key that expires", "make a key that ends after 30 days", "set an expiry on a key", "give a key an end date", "create a temporary key", "limit how long a key is valid", "make a short-lived key"],
        ask=["Can keys expire?", "Can a key end by itself?", "Is there an expiry for keys?", "Can I get a key that is valid for a month only?"],
    ),
    zh=dict(
        answer="加上 `--expires`，密钥会自动失效：`npm run sahab -- key create my-app --expires 30d`。`npm run sahab -- key revoke my-app` 立即作废它。",
        do=["创建会过期的密钥", "给密钥设置有效期", "创建 30 天后失效的密钥", "创建临时密钥", "限制密钥的有效时间", "设置密钥的过期时间"],
        ask=["密钥会过期吗？", "密钥能自动失效吗？", "密钥可以设有效期吗？"],
    ),
    ar=dict(
        answer="مع `--expires` ينتهي المفتاح من نفسه: ‏`npm run sahab -- key create my-app --expires 30d`. ويلغيه فورا `npm run sahab -- key revoke my-app`.",
        do=["إنشاء مفتاح ينتهي", "تحديد مدة صلاحية المفتاح", "إنشاء مفتاح مؤقت", "ضبط تاريخ انتهاء المفتاح", "إنشاء مفتاح صالح لثلاثين يوما"],
        ask=["هل تنتهي صلاحية المفاتيح؟", "هل ينتهي المفتاح وحده؟", "هل للمفتاح تاريخ انتهاء؟"],
    ),
)

intent(
    "key-list",
    en=dict(
        answer="Run `npm run sahab -- key list`. It shows each key's id, name, project and state, never the key itself.",
        do=["list my keys", "see all keys", "show the keys", "view existing API keys", "list the API keys", "see which keys exist", "get a list of keys", "check my keys"],
        ask=["Which keys are there?", "Which keys do I have?", "What keys exist?", "Where do I see my keys?"],
    ),
    zh=dict(
        answer="运行 `npm run sahab -- key list`。它显示每个密钥的编号、名称、项目和状态，但不显示密钥本身。",
        do=["列出密钥", "查看所有密钥", "显示密钥列表", "查看已有的 API 密钥", "看看有哪些密钥"],
        ask=["有哪些密钥？", "我有哪些密钥？", "在哪里看密钥列表？", "现有的密钥有哪些？"],
    ),
    ar=dict(
        answer="نفذ `npm run sahab -- key list`. يعرض معرف كل مفتاح واسمه ومشروعه وحالته، ولا يعرض المفتاح نفسه.",
        do=["عرض المفاتيح", "سرد المفاتيح", "رؤية كل المفاتيح", "عرض قائمة المفاتيح", "معرفة المفاتيح الموجودة"],
        ask=["ما المفاتيح الموجودة؟", "أين أرى مفاتيحي؟", "كيف أرى كل المفاتيح؟", "ما هي مفاتيحي؟"],
    ),
)

intent(
    "key-revoke",
    en=dict(
        answer=SAME["key-end"]["en"],
        do=["revoke a key", "delete a key", "remove an API key", "disable a key", "block a leaked key", "cancel a key", "take back a key", "turn off a key", "invalidate an API key"],
        ask=["My key was leaked, what now?", "A key was stolen.", "Which command revokes a key?", "I published my key by mistake."],
    ),
    zh=dict(
        answer=SAME["key-end"]["zh"],
        do=["吊销密钥", "删除密钥", "作废密钥", "停用一个密钥", "撤销 API 密钥", "取消密钥", "禁用泄露的密钥"],
        ask=["我的密钥泄露了怎么办？", "密钥被盗了。", "哪个命令吊销密钥？", "我不小心公开了密钥。"],
    ),
    ar=dict(
        answer=SAME["key-end"]["ar"],
        do=["إلغاء مفتاح", "حذف مفتاح", "إبطال مفتاح", "تعطيل مفتاح", "إيقاف مفتاح مسرب", "سحب مفتاح"],
        ask=["تسرب مفتاحي، ماذا أفعل؟", "سرق مفتاحي.", "كيف ألغي مفتاحا؟", "أي أمر يلغي المفتاح؟", "نشرت مفتاحي بالخطأ."],
    ),
)

intent(
    "key-storage",
    en=dict(
        answer=SAME["key-end"]["en"],
        do=["see a key again", "recover a lost API key", "show a key a second time", "get my old key back", "read a key after it was created"],
        ask=["Are keys stored in plain text?", "How does Sahab store keys?", "I lost my API key.", "Can I see my key again?", "I forgot to copy my key."],
    ),
    zh=dict(
        answer=SAME["key-end"]["zh"],
        do=["再次查看密钥", "找回丢失的 API 密钥", "再显示一次密钥", "恢复旧密钥"],
        ask=["密钥是明文保存的吗？", "Sahab 怎样保存密钥？", "我丢了 API 密钥。", "能再看一次密钥吗？", "我忘了复制密钥。"],
    ),
    ar=dict(
        answer=SAME["key-end"]["ar"],
        do=["رؤية المفتاح مرة أخرى", "استعادة مفتاح ضائع", "عرض المفتاح مرة ثانية", "استرجاع المفتاح القديم"],
        ask=["هل تحفظ المفاتيح كنص صريح؟", "كيف يحفظ سحاب المفاتيح؟", "أضعت مفتاح التطبيق.", "هل أرى مفتاحي مرة أخرى؟", "نسيت نسخ المفتاح."],
    ),
)

intent(
    "first-call",
    en=dict(
        answer="""Send a request with curl:
```sh
curl http://127.0.0.1:8787/v1/chat/completions \\
  -H "Authorization: Bearer $(cat ~/.sahab/admin.key)" -H "Content-Type: application/json" \\
  -d '{"model":"nano","messages":[{"role":"user","content":"Hello"}]}'
```
Or chat in the terminal: `npm run sahab -- chat nano`.""",
        do=["make the first call", "send a request with curl", "call the API", "call Sahab with curl", "test the API", "send my first request", "use curl with Sahab", "make an API request"],
        ask=["Show me a curl example.", "Give me an example request.", "What does a request look like?", "Example of an API call?", "A curl command, please."],
    ),
    zh=dict(
        answer="""用 curl 发送请求：
```sh
curl http://127.0.0.1:8787/v1/chat/completions \\
  -H "Authorization: Bearer $(cat ~/.sahab/admin.key)" -H "Content-Type: application/json" \\
  -d '{"model":"nano","messages":[{"role":"user","content":"你好"}]}'
```
或在终端里聊天：`npm run sahab -- chat nano`。""",
        do=["发出第一次调用", "用 curl 发送请求", "调用 API", "用 curl 调用 Sahab", "测试 API", "发送第一个请求"],
        ask=["给我一个 curl 例子。", "请求长什么样？", "给个 API 调用的例子。", "来一条 curl 命令。"],
    ),
    ar=dict(
        answer="""أرسل طلبا بالأداة curl:
```sh
curl http://127.0.0.1:8787/v1/chat/completions \\
  -H "Authorization: Bearer $(cat ~/.sahab/admin.key)" -H "Content-Type: application/json" \\
  -d '{"model":"nano","messages":[{"role":"user","content":"مرحبا"}]}'
```
أو تحدث في الطرفية: `npm run sahab -- chat nano`.""",
        do=["إرسال أول طلب", "إرسال طلب بأداة curl", "استدعاء الواجهة", "استدعاء سحاب بأداة curl", "تجربة الواجهة البرمجية"],
        ask=["أعطني مثالا بأداة curl.", "كيف يبدو الطلب؟", "أرني مثالا لطلب.", "كيف أرسل طلبا؟"],
    ),
)

intent(
    "openai-sdk",
    en=dict(
        answer=SAME["sdk"]["en"],
        do=["use the OpenAI SDK", "connect the OpenAI client", "use Sahab with OpenAI's library", "point the OpenAI SDK at Sahab", "switch my OpenAI code to Sahab", "use my existing OpenAI app with Sahab", "call Sahab from TypeScript", "use the OpenAI library with Sahab"],
        ask=["Does Sahab work with the OpenAI SDK?", "What is the base URL for the OpenAI SDK?", "Is Sahab compatible with OpenAI?", "Which baseURL do I use?", "Does my OpenAI code work with Sahab?"],
    ),
    zh=dict(
        answer=SAME["sdk"]["zh"],
        do=["使用 OpenAI SDK", "连接 OpenAI 客户端", "用 OpenAI 的库调用 Sahab", "让 OpenAI SDK 指向 Sahab", "把现有的 OpenAI 代码改用 Sahab", "用 TypeScript 调用 Sahab"],
        ask=["Sahab 支持 OpenAI SDK 吗？", "OpenAI SDK 的 base URL 是什么？", "Sahab 兼容 OpenAI 吗？", "baseURL 填什么？"],
    ),
    ar=dict(
        answer=SAME["sdk"]["ar"],
        do=["استخدام مكتبة OpenAI", "توصيل عميل OpenAI", "استخدام سحاب مع مكتبة OpenAI", "توجيه مكتبة OpenAI إلى سحاب", "استدعاء سحاب من TypeScript"],
        ask=["هل يعمل سحاب مع مكتبة OpenAI؟", "ما baseURL لمكتبة OpenAI؟", "هل سحاب متوافق مع OpenAI؟", "كيف أستخدم مكتبة OpenAI مع سحاب؟"],
    ),
)

intent(
    "python-sdk",
    en=dict(
        answer=SAME["sdk"]["en"],
        do=["use Sahab from Python", "call Sahab in Python", "connect a Python program", "use Python with Sahab", "write a Python client", "talk to Sahab from a Python script"],
        ask=["Is there a Python example?", "Show me Python code for Sahab.", "Does Sahab work with Python?", "Python example please."],
    ),
    zh=dict(
        answer=SAME["sdk"]["zh"],
        do=["用 Python 调用 Sahab", "在 Python 里使用 Sahab", "连接 Python 程序", "用 Python 脚本访问 Sahab"],
        ask=["有 Python 的例子吗？", "给我 Sahab 的 Python 代码。", "Sahab 支持 Python 吗？"],
    ),
    ar=dict(
        answer=SAME["sdk"]["ar"],
        do=["استخدام سحاب من بايثون", "استدعاء سحاب في بايثون", "توصيل برنامج بايثون", "استخدام بايثون مع سحاب"],
        ask=["هل يوجد مثال بلغة بايثون؟", "أرني شفرة بايثون لسحاب.", "هل يعمل سحاب مع بايثون؟"],
    ),
)

intent(
    "anthropic",
    en=dict(
        answer="Use http://127.0.0.1:8787 as the base URL. Sahab speaks Anthropic's dialect on `/v1/messages`, and takes the key as `x-api-key`.",
        do=["use the Anthropic SDK", "connect an Anthropic client", "use Sahab with Claude's SDK", "point the Anthropic SDK at Sahab", "send Anthropic messages"],
        ask=["Does Sahab support Anthropic?", "Does the Anthropic SDK work?", "What is the path for Anthropic messages?", "Is there a messages endpoint?", "Does Sahab speak Anthropic's dialect?"],
    ),
    zh=dict(
        answer="把 http://127.0.0.1:8787 作为基础地址。Sahab 在 `/v1/messages` 上支持 Anthropic 的格式，密钥放在 `x-api-key`。",
        do=["使用 Anthropic SDK", "连接 Anthropic 客户端", "让 Anthropic SDK 指向 Sahab", "发送 Anthropic 格式的消息"],
        ask=["Sahab 支持 Anthropic 吗？", "Anthropic SDK 能用吗？", "Anthropic 消息的路径是什么？", "Sahab 兼容 Anthropic 吗？"],
    ),
    ar=dict(
        answer="استخدم http://127.0.0.1:8787 عنوانا أساسيا. يتكلم سحاب بصيغة Anthropic على `/v1/messages` ويأخذ المفتاح في `x-api-key`.",
        do=["استخدام مكتبة Anthropic", "توصيل عميل Anthropic", "توجيه مكتبة Anthropic إلى سحاب", "إرسال رسائل Anthropic"],
        ask=["هل يدعم سحاب Anthropic؟", "هل تعمل مكتبة Anthropic؟", "ما مسار رسائل Anthropic؟", "هل سحاب متوافق مع Anthropic؟"],
    ),
)

intent(
    "gemini",
    en=dict(
        answer="Sahab speaks Gemini's dialect on `/v1beta/models/{{model}}:generateContent`. Use http://127.0.0.1:8787 as the base URL and send the key as `x-goog-api-key`.",
        do=["use the Gemini SDK", "connect a Gemini client", "use Google's SDK with Sahab", "send Gemini requests", "point the Gemini SDK at Sahab"],
        ask=["Does Sahab support Gemini's API?", "What is the path for Gemini?", "Does the Google SDK work with Sahab?", "Does Sahab speak Gemini's dialect?"],
    ),
    zh=dict(
        answer="Sahab 在 `/v1beta/models/{{model}}:generateContent` 上支持 Gemini 的格式。基础地址用 http://127.0.0.1:8787，密钥放在 `x-goog-api-key`。",
        do=["使用 Gemini SDK", "连接 Gemini 客户端", "用谷歌的 SDK 访问 Sahab", "发送 Gemini 请求"],
        ask=["Sahab 支持 Gemini 的接口吗？", "Gemini 的路径是什么？", "谷歌 SDK 能用吗？", "Sahab 兼容 Gemini 吗？"],
    ),
    ar=dict(
        answer="يتكلم سحاب بصيغة Gemini على `/v1beta/models/{{model}}:generateContent`. استخدم العنوان http://127.0.0.1:8787 وأرسل المفتاح في `x-goog-api-key`.",
        do=["استخدام مكتبة Gemini", "توصيل عميل Gemini", "استخدام مكتبة جوجل مع سحاب", "إرسال طلبات Gemini"],
        ask=["هل يدعم سحاب واجهة Gemini؟", "ما مسار Gemini؟", "هل تعمل مكتبة جوجل مع سحاب؟", "هل سحاب متوافق مع Gemini؟"],
    ),
)

intent(
    "dashscope",
    en=dict(
        answer="Sahab answers DashScope's own API under `/api/v1/services/aigc/text-generation/generation`, and its OpenAI form under `/compatible-mode/v1`.",
        do=["use the DashScope SDK", "connect a DashScope client", "send DashScope requests", "use Alibaba's SDK with Sahab", "point DashScope code at Sahab"],
        ask=["Does Sahab support DashScope?", "What is the path for DashScope?", "Does DashScope code work with Sahab?", "Does Sahab speak DashScope's dialect?"],
    ),
    zh=dict(
        answer="Sahab 在 `/api/v1/services/aigc/text-generation/generation` 上支持 DashScope 原生接口，在 `/compatible-mode/v1` 下支持它的 OpenAI 形式。",
        do=["使用 DashScope SDK", "连接 DashScope 客户端", "发送 DashScope 请求", "用阿里云的 SDK 访问 Sahab"],
        ask=["Sahab 支持 DashScope 吗？", "DashScope 的路径是什么？", "DashScope 代码能用吗？", "Sahab 兼容 DashScope 吗？"],
    ),
    ar=dict(
        answer="يجيب سحاب على واجهة DashScope في `/api/v1/services/aigc/text-generation/generation` وعلى صيغتها بأسلوب OpenAI في `/compatible-mode/v1`.",
        do=["استخدام مكتبة DashScope", "توصيل عميل DashScope", "إرسال طلبات DashScope", "استخدام مكتبة علي بابا مع سحاب"],
        ask=["هل يدعم سحاب DashScope؟", "ما مسار DashScope؟", "هل سحاب متوافق مع DashScope؟"],
    ),
)

intent(
    "ark",
    en=dict(
        answer="Sahab answers Volcano Ark's dialect on `/api/v3/chat/completions` and `/api/v3/embeddings`.",
        do=["use the Volcano Ark SDK", "connect an Ark client", "send Ark requests", "use Doubao code with Sahab", "point the Ark SDK at Sahab"],
        ask=["Does Sahab support Volcano Ark?", "What is the path for Ark?", "Does Ark code work with Sahab?", "Does Sahab speak ByteDance's dialect?"],
    ),
    zh=dict(
        answer="Sahab 在 `/api/v3/chat/completions` 和 `/api/v3/embeddings` 上支持火山方舟的格式。",
        do=["使用火山方舟 SDK", "连接方舟客户端", "发送方舟请求", "用豆包的代码访问 Sahab"],
        ask=["Sahab 支持火山方舟吗？", "方舟的路径是什么？", "方舟的代码能用吗？", "Sahab 兼容火山方舟吗？"],
    ),
    ar=dict(
        answer="يجيب سحاب بصيغة Volcano Ark على `/api/v3/chat/completions` و`/api/v3/embeddings`.",
        do=["استخدام مكتبة Volcano Ark", "توصيل عميل Ark", "إرسال طلبات Ark"],
        ask=["هل يدعم سحاب Volcano Ark؟", "ما مسار Ark؟", "هل سحاب متوافق مع Ark؟", "هل تعمل شفرة Ark مع سحاب؟"],
    ),
)

intent(
    "api-paths",
    en=dict(
        answer="OpenAI's paths are `/v1/chat/completions`, `/v1/completions`, `/v1/embeddings`, `/v1/responses` and `/v1/models`.",
        fact=["the API path for chat", "the list of endpoints", "the embeddings endpoint", "the endpoint for chat completions", "the list of API paths"],
        ask=["Which endpoints are there?", "Which API paths does Sahab have?", "What endpoints does Sahab offer?", "Does Sahab have an embeddings API?", "Is there a responses endpoint?", "Which OpenAI paths are supported?"],
    ),
    zh=dict(
        answer="OpenAI 的路径有 `/v1/chat/completions`、`/v1/completions`、`/v1/embeddings`、`/v1/responses` 和 `/v1/models`。",
        fact=["聊天的 API 路径", "接口列表", "向量接口", "API 路径列表"],
        ask=["有哪些接口？", "Sahab 有哪些 API 路径？", "Sahab 有 embeddings 接口吗？", "支持哪些 OpenAI 路径？", "Sahab 提供哪些端点？"],
    ),
    ar=dict(
        answer="مسارات OpenAI هي `/v1/chat/completions` و`/v1/completions` و`/v1/embeddings` و`/v1/responses` و`/v1/models`.",
        fact=["مسار المحادثة", "قائمة المسارات", "مسار المتجهات", "قائمة نقاط الواجهة"],
        ask=["ما المسارات الموجودة؟", "أي مسارات عند سحاب؟", "هل لدى سحاب واجهة embeddings؟", "أي مسارات OpenAI مدعومة؟"],
    ),
)

intent(
    "dialects",
    en=dict(
        answer="Sahab speaks the dialects of OpenAI, Anthropic, Gemini, DashScope, Volcano Ark and DeepSeek. Each takes the key as its own SDK sends it. OpenAI's base URL is http://127.0.0.1:8787/v1.",
        fact=["the list of dialects", "the list of supported APIs", "the set of API formats"],
        ask=["Which dialects does Sahab speak?", "Which APIs does Sahab support?", "Which SDKs work with Sahab?", "What API formats are supported?", "Which clients can I use with Sahab?", "What dialects are there?"],
    ),
    zh=dict(
        answer="Sahab 支持 OpenAI、Anthropic、Gemini、DashScope、火山方舟和 DeepSeek 的格式。密钥按各自 SDK 的方式发送。OpenAI 的基础地址是 http://127.0.0.1:8787/v1。",
        fact=["支持的接口格式", "API 格式列表"],
        ask=["Sahab 支持哪些格式？", "Sahab 支持哪些 API？", "哪些 SDK 能和 Sahab 一起用？", "可以用哪些客户端？", "Sahab 会说哪些方言？"],
    ),
    ar=dict(
        answer="يتكلم سحاب بصيغ OpenAI وAnthropic وGemini وDashScope وVolcano Ark وDeepSeek، ويأخذ المفتاح كما ترسله كل مكتبة. والعنوان الأساسي لـ OpenAI هو http://127.0.0.1:8787/v1.",
        fact=["الصيغ المدعومة", "قائمة الواجهات المدعومة"],
        ask=["أي صيغ يتكلم سحاب؟", "أي واجهات يدعم سحاب؟", "أي مكتبات تعمل مع سحاب؟", "ما الصيغ التي يفهمها سحاب؟"],
    ),
)

intent(
    "chat-terminal",
    en=dict(
        answer="Run `npm run sahab -- chat nano` in another terminal.",
        do=["chat in the terminal", "talk to you in the terminal", "talk to the model from the command line", "chat with nano", "open a chat in the shell", "talk to nano", "chat from the command line"],
        ask=["Is there a terminal chat?", "Which command starts a chat?", "Can I chat without a browser?", "Can I talk to a model in my terminal?"],
    ),
    zh=dict(
        answer="在另一个终端运行 `npm run sahab -- chat nano`。",
        do=["在终端里聊天", "在命令行和模型对话", "和 nano 聊天", "用命令行聊天", "在终端里和你说话"],
        ask=["有终端聊天吗？", "哪个命令开始聊天？", "不用浏览器能聊天吗？"],
    ),
    ar=dict(
        answer="نفذ `npm run sahab -- chat nano` في طرفية أخرى.",
        do=["المحادثة في الطرفية", "التحدث مع النموذج من سطر الأوامر", "المحادثة مع نانو", "فتح محادثة في الطرفية"],
        ask=["هل توجد محادثة في الطرفية؟", "أي أمر يبدأ المحادثة؟", "هل أتحدث دون متصفح؟", "كيف أتحدث معك في الطرفية؟"],
    ),
)

intent(
    "console",
    en=dict(
        answer=SAME["console"]["en"],
        fact=["the address of the console", "the web console", "the URL of the console"],
        do=["open the console", "use the web console", "open the dashboard", "see the web page of Sahab", "reach the web interface"],
        ask=["Is there a web interface?", "Where is the console?", "Does Sahab have a dashboard?", "Is there a web page?", "Where is the dashboard?"],
    ),
    zh=dict(
        answer=SAME["console"]["zh"],
        fact=["控制台的地址", "网页控制台", "控制台的网址"],
        do=["打开控制台", "使用网页控制台", "打开 Sahab 的网页", "进入网页界面"],
        ask=["有网页界面吗？", "控制台在哪里？", "Sahab 有管理页面吗？", "有没有控制面板？"],
    ),
    ar=dict(
        answer=SAME["console"]["ar"],
        fact=["عنوان لوحة التحكم", "لوحة التحكم", "رابط لوحة التحكم"],
        do=["فتح لوحة التحكم", "استخدام واجهة الويب", "فتح صفحة سحاب", "الوصول إلى واجهة الويب"],
        ask=["هل توجد واجهة ويب؟", "أين لوحة التحكم؟", "هل لسحاب لوحة تحكم؟", "كيف أفتح لوحة التحكم؟"],
    ),
)

intent(
    "pull",
    en=dict(
        answer=SAME["pull"]["en"],
        do=["add a local model", "serve a model of my own", "load a GGUF file", "pull a model", "download a model", "run my own model", "use a GGUF model", "import a model file", "host a model locally", "install another model", "bring my own model"],
        ask=["Which command pulls a model?", "Can Sahab run GGUF files?", "I have a GGUF file, what now?", "Can I run my own model?", "What model files does Sahab take?"],
    ),
    zh=dict(
        answer=SAME["pull"]["zh"],
        do=["添加本地模型", "加载 GGUF 文件", "拉取模型", "下载模型", "运行自己的模型", "使用 GGUF 模型", "导入模型文件", "安装别的模型"],
        ask=["哪个命令拉取模型？", "Sahab 能运行 GGUF 文件吗？", "我有一个 GGUF 文件，怎么用？", "能运行我自己的模型吗？"],
    ),
    ar=dict(
        answer=SAME["pull"]["ar"],
        do=["إضافة نموذج محلي", "تحميل ملف GGUF", "جلب نموذج", "تنزيل نموذج", "تشغيل نموذجي الخاص", "استيراد ملف نموذج", "استخدام نموذج GGUF"],
        ask=["أي أمر يجلب نموذجا؟", "هل يشغل سحاب ملفات GGUF؟", "عندي ملف GGUF، ماذا أفعل؟", "كيف أشغل نموذجي الخاص؟", "كيف أضيف نموذجا محليا؟"],
    ),
)

intent(
    "models-list",
    en=dict(
        answer=SAME["models"]["en"],
        do=["list the models", "see all models", "show available models", "see which models there are", "view the model list", "check which models I can use"],
        fact=["the list of models"],
        ask=["Which models are there?", "Which models can I use?", "What models are available?", "What models does Sahab have?", "Which models are configured?"],
    ),
    zh=dict(
        answer=SAME["models"]["zh"],
        do=["列出模型", "查看所有模型", "显示可用的模型", "查看模型列表", "看看能用哪些模型"],
        ask=["有哪些模型？", "我能用哪些模型？", "可用的模型有哪些？", "Sahab 有哪些模型？"],
    ),
    ar=dict(
        answer=SAME["models"]["ar"],
        do=["عرض النماذج", "سرد النماذج", "رؤية كل النماذج", "عرض قائمة النماذج", "معرفة النماذج المتاحة"],
        ask=["ما النماذج الموجودة؟", "أي نماذج أستطيع استخدامها؟", "ما النماذج المتاحة؟", "كيف أرى قائمة النماذج؟"],
    ),
)

intent(
    "ps",
    en=dict(
        answer=SAME["memory"]["en"],
        do=["see which models are loaded", "see running models", "check what is loaded in memory", "show the loaded models", "see how much memory a model uses", "list running engines"],
        ask=["Which models are running?", "Which models are loaded now?", "What is in memory at the moment?", "What does sahab ps do?", "Which local models run now?"],
    ),
    zh=dict(
        answer=SAME["memory"]["zh"],
        do=["查看已加载的模型", "查看正在运行的模型", "看看内存里加载了什么", "显示加载的模型"],
        ask=["哪些模型正在运行？", "现在加载了哪些模型？", "sahab ps 是做什么的？", "内存里有哪些模型？"],
    ),
    ar=dict(
        answer=SAME["memory"]["ar"],
        do=["رؤية النماذج المحملة", "رؤية النماذج العاملة", "معرفة ما هو محمل في الذاكرة", "عرض النماذج المحملة"],
        ask=["أي نماذج تعمل الآن؟", "ما النماذج المحملة؟", "ماذا يفعل الأمر sahab ps؟"],
    ),
)

intent(
    "rm",
    en=dict(
        answer="Run `npm run sahab -- rm MODEL` with the model's name: it removes a local model and deletes its file in Sahab's folder. `npm run sahab -- pull ./some-model.gguf` fetches one.",
        do=["remove a model", "delete a model", "uninstall a model", "get rid of a local model", "erase a model", "drop a model from Sahab"],
        ask=["Which command removes a model?", "I don't need a model any more.", "What does sahab rm do?"],
    ),
    zh=dict(
        answer="运行 `npm run sahab -- rm MODEL`，MODEL 是模型的名字：它移除本地模型，并删除 Sahab 文件夹里的文件。`npm run sahab -- pull ./some-model.gguf` 添加一个。",
        do=["删除模型", "移除模型", "卸载模型", "去掉一个本地模型", "清除模型"],
        ask=["哪个命令删除模型？", "我不再需要某个模型。", "sahab rm 是做什么的？"],
    ),
    ar=dict(
        answer="نفذ `npm run sahab -- rm MODEL` مع اسم النموذج: يزيل النموذج المحلي ويحذف ملفه من مجلد سحاب. ويضيف `npm run sahab -- pull ./some-model.gguf` نموذجا.",
        do=["حذف نموذج", "إزالة نموذج", "التخلص من نموذج محلي", "إلغاء تثبيت نموذج"],
        ask=["أي أمر يحذف نموذجا؟", "لم أعد أحتاج نموذجا.", "ماذا يفعل الأمر sahab rm؟", "كيف أحذف نموذجا؟"],
    ),
)

intent(
    "usage",
    en=dict(
        answer=SAME["usage"]["en"],
        do=["see the usage", "see how much was spent", "check the cost", "see tokens and cost", "view the spending per project", "know how many tokens were used", "see my bill", "track spending", "get a cost report"],
        ask=["How much did I spend?", "Where do I see the cost?", "Who spent what?", "Which command shows usage?", "What did my project cost?", "How many tokens did we use?"],
    ),
    zh=dict(
        answer=SAME["usage"]["zh"],
        do=["查看用量", "查看花了多少钱", "查看费用", "查看令牌和费用", "看每个项目的花费", "查看账单", "统计用量"],
        ask=["我花了多少钱？", "费用在哪里看？", "谁花了多少？", "哪个命令显示用量？", "用了多少令牌？"],
    ),
    ar=dict(
        answer=SAME["usage"]["ar"],
        do=["رؤية الاستهلاك", "معرفة التكلفة", "رؤية الإنفاق لكل مشروع", "معرفة عدد الرموز المستخدمة", "رؤية الفاتورة", "متابعة الإنفاق"],
        ask=["كم أنفقت؟", "أين أرى التكلفة؟", "من أنفق ماذا؟", "أي أمر يعرض الاستهلاك؟", "كم رمزا استخدمنا؟"],
    ),
)

intent(
    "doctor",
    en=dict(
        answer="Run `npm run sahab -- doctor`. It tells what would keep Sahab from working on this machine.",
        do=["check my installation", "find out why Sahab does not work", "diagnose a problem", "troubleshoot Sahab", "check that everything is fine", "run a health check of my setup"],
        ask=["Sahab does not start.", "Sahab is broken.", "What does sahab doctor do?", "Something is wrong with Sahab.", "Why does Sahab not work?", "Sahab doesn't work, help!"],
    ),
    zh=dict(
        answer="运行 `npm run sahab -- doctor`。它会告诉你是什么妨碍 Sahab 在这台机器上工作。",
        do=["检查我的安装", "找出 Sahab 为什么不能用", "诊断问题", "排查 Sahab 的故障", "检查一切是否正常"],
        ask=["Sahab 启动不了。", "Sahab 坏了。", "sahab doctor 是做什么的？", "Sahab 出问题了。", "Sahab 为什么不工作？"],
    ),
    ar=dict(
        answer="نفذ `npm run sahab -- doctor`. يخبرك بما يمنع سحاب من العمل على هذا الجهاز.",
        do=["فحص التثبيت", "معرفة سبب تعطل سحاب", "تشخيص مشكلة", "إصلاح مشاكل سحاب", "التأكد من أن كل شيء سليم"],
        ask=["سحاب لا يبدأ.", "سحاب معطل.", "ماذا يفعل الأمر sahab doctor؟", "هناك مشكلة في سحاب.", "لماذا لا يعمل سحاب؟"],
    ),
)

intent(
    "cloud-yaml",
    en=dict(
        answer=SAME["cloud"]["en"],
        fact=["cloud.yaml", "the configuration file", "the file cloud.yaml", "the purpose of cloud.yaml", "the config file of Sahab", "in cloud.yaml"],
        do=["configure Sahab", "write the configuration", "declare my configuration", "set up providers and projects"],
        ask=["What is cloud.yaml for?", "Where is Sahab configured?", "What goes into cloud.yaml?", "What does cloud.yaml contain?"],
    ),
    zh=dict(
        answer=SAME["cloud"]["zh"],
        fact=["cloud.yaml", "配置文件", "cloud.yaml 这个文件", "cloud.yaml 的作用", "Sahab 的配置文件"],
        do=["配置 Sahab", "编写配置文件", "声明我的配置"],
        ask=["cloud.yaml 是做什么用的？", "Sahab 在哪里配置？", "cloud.yaml 里写什么？", "cloud.yaml 包含什么？"],
    ),
    ar=dict(
        answer=SAME["cloud"]["ar"],
        fact=["ملف cloud.yaml", "ملف الإعداد", "فائدة cloud.yaml", "ملف إعداد سحاب"],
        do=["إعداد تكوين سحاب", "كتابة ملف الإعداد", "وصف الإعداد"],
        ask=["لماذا يستخدم cloud.yaml؟", "أين يضبط سحاب؟", "ماذا أكتب في cloud.yaml؟", "ماذا يحتوي cloud.yaml؟"],
    ),
)

intent(
    "apply",
    en=dict(
        answer=SAME["cloud"]["en"],
        do=["apply cloud.yaml", "apply my configuration", "apply the config", "make the configuration take effect", "load cloud.yaml", "activate my cloud.yaml", "update the configuration"],
        ask=["Which command applies the configuration?", "I changed cloud.yaml, what now?", "What does sahab apply do?", "I edited the config, what next?"],
    ),
    zh=dict(
        answer=SAME["cloud"]["zh"],
        do=["应用 cloud.yaml", "应用配置", "让配置生效", "加载 cloud.yaml", "更新配置"],
        ask=["哪个命令应用配置？", "我改了 cloud.yaml，接下来呢？", "sahab apply 是做什么的？"],
    ),
    ar=dict(
        answer=SAME["cloud"]["ar"],
        do=["تطبيق cloud.yaml", "تطبيق الإعداد", "تفعيل الإعداد", "تحميل cloud.yaml", "تحديث الإعداد"],
        ask=["أي أمر يطبق الإعداد؟", "غيرت cloud.yaml فماذا بعد؟", "ماذا يفعل الأمر sahab apply؟", "كيف أطبق الإعداد؟"],
    ),
)

intent(
    "dry-run",
    en=dict(
        answer=SAME["cloud"]["en"],
        do=["see the changes before applying", "preview the changes", "do a dry run", "test a configuration without applying it", "check cloud.yaml first", "see what apply would change"],
        ask=["Is there a dry run?", "Can I preview changes?", "What would apply change?", "Can I check a config safely?"],
    ),
    zh=dict(
        answer=SAME["cloud"]["zh"],
        do=["在应用前查看变化", "预览配置的变化", "试运行配置", "先检查 cloud.yaml", "只看变化不应用"],
        ask=["有试运行吗？", "能预览变化吗？", "可以先看看会改什么吗？"],
    ),
    ar=dict(
        answer=SAME["cloud"]["ar"],
        do=["رؤية التغييرات قبل التطبيق", "معاينة التغييرات", "تجربة الإعداد دون تطبيقه", "فحص cloud.yaml أولا"],
        ask=["هل توجد تجربة دون تنفيذ؟", "هل يمكن معاينة التغييرات؟", "ماذا سيتغير لو طبقت الإعداد؟"],
    ),
)

intent(
    "export",
    en=dict(
        answer=SAME["cloud"]["en"],
        do=["export the configuration", "print the current configuration", "save my configuration", "get my config back as YAML", "dump the configuration", "see the current config"],
        ask=["Which command prints the configuration?", "What does sahab export do?", "Can I get the config as a file?"],
    ),
    zh=dict(
        answer=SAME["cloud"]["zh"],
        do=["导出配置", "打印当前配置", "保存我的配置", "把配置导出成 YAML", "查看当前配置"],
        ask=["哪个命令打印配置？", "sahab export 是做什么的？", "能把配置导出成文件吗？"],
    ),
    ar=dict(
        answer=SAME["cloud"]["ar"],
        do=["تصدير الإعداد", "طباعة الإعداد الحالي", "حفظ الإعداد", "رؤية الإعداد الحالي"],
        ask=["أي أمر يطبع الإعداد؟", "ماذا يفعل الأمر sahab export؟", "كيف أصدر الإعداد؟"],
    ),
)

intent(
    "add-vendor",
    en=dict(
        answer=SAME["vendor"]["en"],
        do=["add {Vendor}", "connect {Vendor}", "add {Vendor} as a provider", "configure {Vendor} in YAML", "set up {Vendor} as a vendor", "declare the provider {Vendor}", "use models of {Vendor}"],
        ask=["Show me the YAML for {Vendor}.", "How does {Vendor} look in cloud.yaml?", "Write a provider entry for {Vendor}."],
    ),
    zh=dict(
        answer=SAME["vendor"]["zh"],
        do=["添加 {Vendor}", "接入 {Vendor}", "把 {Vendor} 加为供应商", "在 YAML 里配置 {Vendor}", "使用 {Vendor} 的模型"],
        ask=["给我 {Vendor} 的 YAML。", "{Vendor} 在 cloud.yaml 里怎么写？", "写一段 {Vendor} 供应商的配置。"],
    ),
    ar=dict(
        answer=SAME["vendor"]["ar"],
        do=["إضافة {Vendor}", "توصيل {Vendor}", "إضافة المزود {Vendor}", "إعداد {Vendor} في YAML", "استخدام نماذج {Vendor}"],
        ask=["أعطني YAML للمزود {Vendor}.", "كيف يكتب {Vendor} في cloud.yaml؟", "كيف أضيف {Vendor}؟"],
    ),
)

intent(
    "vendor-key",
    en=dict(
        answer=SAME["vendor"]["en"],
        do=["set the key of {Vendor}", "give Sahab my {Vendor} key", "use my {Vendor} API key", "pass the {Vendor} key", "provide the API key for {Vendor}"],
        fact=["the environment variable for {Vendor}", "the variable of the {Vendor} key"],
        ask=["Which variable holds the {Vendor} key?", "Where do I put my {Vendor} key?", "I have a {Vendor} key, what now?", "Which environment variable is for {Vendor}?"],
    ),
    zh=dict(
        answer=SAME["vendor"]["zh"],
        do=["设置 {Vendor} 的密钥", "把 {Vendor} 的密钥交给 Sahab", "使用我的 {Vendor} 密钥", "提供 {Vendor} 的 API 密钥"],
        fact=["{Vendor} 的环境变量", "{Vendor} 密钥的变量"],
        ask=["{Vendor} 的密钥放在哪个变量？", "{Vendor} 的密钥放哪里？", "我有 {Vendor} 的密钥，怎么用？"],
    ),
    ar=dict(
        answer=SAME["vendor"]["ar"],
        do=["ضبط مفتاح {Vendor}", "إعطاء سحاب مفتاح {Vendor}", "استخدام مفتاح {Vendor}"],
        fact=["متغير البيئة الخاص بـ {Vendor}", "متغير مفتاح {Vendor}"],
        ask=["أي متغير يحمل مفتاح {Vendor}؟", "أين أضع مفتاح {Vendor}؟", "عندي مفتاح {Vendor}، ماذا أفعل؟"],
    ),
)

intent(
    "compatible-server",
    en=dict(
        answer="""Declare it as a `compatible` provider in `cloud.yaml`:
```yaml
providers:
  - name: gpu-box
    vendor: compatible
    base_url: http://10.0.0.7:8000/v1
    api_key: ${{GPU_BOX_KEY}}
```""",
        do=["add a vLLM server", "use an OpenAI-compatible server", "add my own server as a provider", "connect llama-server", "add a compatible server", "connect an SGLang server", "add another Sahab as a provider", "use a GPU box with vLLM"],
        ask=["Does Sahab work with vLLM?", "Can I put my own server behind Sahab?", "Show me the YAML for a compatible server."],
    ),
    zh=dict(
        answer="""在 `cloud.yaml` 里把它声明为 `compatible` 供应商：
```yaml
providers:
  - name: gpu-box
    vendor: compatible
    base_url: http://10.0.0.7:8000/v1
    api_key: ${{GPU_BOX_KEY}}
```""",
        do=["添加 vLLM 服务器", "连接 Ollama", "使用兼容 OpenAI 的服务器", "把自己的服务器加为供应商", "添加兼容的服务器", "连接 SGLang 服务器"],
        ask=["Sahab 能和 vLLM 一起用吗？", "Sahab 支持 Ollama 吗？", "能把我自己的服务器放到 Sahab 后面吗？", "给我兼容服务器的 YAML。"],
    ),
    ar=dict(
        answer="""صفه مزودا من نوع `compatible` في `cloud.yaml`:
```yaml
providers:
  - name: gpu-box
    vendor: compatible
    base_url: http://10.0.0.7:8000/v1
    api_key: ${{GPU_BOX_KEY}}
```""",
        do=["إضافة خادم vLLM", "توصيل Ollama", "استخدام خادم متوافق مع OpenAI", "إضافة خادمي مزودا", "إضافة خادم متوافق"],
        ask=["هل يعمل سحاب مع vLLM؟", "هل أضع خادمي خلف سحاب؟", "أعطني YAML لخادم متوافق."],
    ),
)

intent(
    "failover",
    en=dict(
        answer="""Give the model several targets; a failure before the first token is tried on the next one, unseen:
```yaml
models:
  - name: chat-cheap
    targets:
      - {{ provider: deepseek, model: deepseek-flash, priority: 1 }}
      - {{ provider: alibaba, model: qwen-plus, priority: 2 }}
    price: {{ currency: USD, input: 0.55, output: 2.19 }}
```""",
        do=["set up failover", "use two vendors for one model", "add a fallback", "fall back to another vendor", "give a model several targets", "route a model to two providers", "add a backup provider"],
        ask=["What happens when a vendor fails?", "Does Sahab do failover?", "What if a provider is down?", "Can a model have a fallback?", "How does failover look in YAML?"],
    ),
    zh=dict(
        answer="""给模型写多个目标；在第一个 token 之前出错会悄悄换下一个：
```yaml
models:
  - name: chat-cheap
    targets:
      - {{ provider: deepseek, model: deepseek-flash, priority: 1 }}
      - {{ provider: alibaba, model: qwen-plus, priority: 2 }}
    price: {{ currency: USD, input: 0.55, output: 2.19 }}
```""",
        do=["设置故障转移", "一个模型用两家供应商", "添加备用供应商", "切换到另一家供应商", "给模型多个目标"],
        ask=["供应商出故障会怎样？", "Sahab 支持故障转移吗？", "供应商宕机怎么办？", "模型可以有备用吗？"],
    ),
    ar=dict(
        answer="""أعط النموذج أكثر من هدف؛ فإن فشل أحدها قبل أول رمز جرب التالي دون أن يظهر ذلك:
```yaml
models:
  - name: chat-cheap
    targets:
      - {{ provider: deepseek, model: deepseek-flash, priority: 1 }}
      - {{ provider: alibaba, model: qwen-plus, priority: 2 }}
    price: {{ currency: USD, input: 0.55, output: 2.19 }}
```""",
        do=["إعداد التحويل عند الفشل", "استخدام مزودين لنموذج واحد", "إضافة مزود احتياطي", "إعطاء النموذج عدة أهداف"],
        ask=["ماذا يحدث عند فشل المزود؟", "هل ينتقل سحاب إلى مزود آخر؟", "ماذا لو توقف المزود؟", "هل للنموذج بديل احتياطي؟"],
    ),
)

intent(
    "price",
    en=dict(
        answer=SAME["price"]["en"],
        do=["set the price of a model", "change the price of a model", "override the price book", "declare my own prices", "define the price per token", "configure model prices"],
        ask=["How does a price look in YAML?", "Can I set my own prices?", "In which unit are prices?", "Show me the YAML for a price."],
    ),
    zh=dict(
        answer=SAME["price"]["zh"],
        do=["设置模型的价格", "修改模型的价格", "覆盖价格表", "声明自己的价格", "配置模型价格"],
        ask=["价格在 YAML 里怎么写？", "可以自己定价格吗？", "价格的单位是什么？", "给我价格的 YAML。"],
    ),
    ar=dict(
        answer=SAME["price"]["ar"],
        do=["تحديد سعر النموذج", "تغيير سعر النموذج", "كتابة أسعاري الخاصة", "إعداد أسعار النماذج"],
        ask=["كيف يكتب السعر في YAML؟", "هل أحدد الأسعار بنفسي؟", "بأي وحدة تكون الأسعار؟", "أعطني YAML للسعر."],
    ),
)

intent(
    "local-model-yaml",
    en=dict(
        answer="""Declare it in `cloud.yaml`:
```yaml
models:
  - name: nano
    local: {{ file: nano.gguf, context: 4096, slots: 4 }}
```
Without it: `npm run sahab -- pull ./some-model.gguf` serves a file at once.""",
        do=["declare a local model in YAML", "write a local model into cloud.yaml", "set the context of a local model", "set the slots of a local model", "configure a GGUF model in cloud.yaml"],
        ask=["How does a local model look in cloud.yaml?", "Show me the YAML for a local model.", "Where do I set context and slots?"],
    ),
    zh=dict(
        answer="""在 `cloud.yaml` 里声明：
```yaml
models:
  - name: nano
    local: {{ file: nano.gguf, context: 4096, slots: 4 }}
```
不写也行：`npm run sahab -- pull ./some-model.gguf` 直接提供一个文件。""",
        do=["在 YAML 里声明本地模型", "把本地模型写进 cloud.yaml", "设置本地模型的上下文", "设置本地模型的槽位"],
        ask=["本地模型在 cloud.yaml 里怎么写？", "给我本地模型的 YAML。", "上下文和槽位在哪里设置？"],
    ),
    ar=dict(
        answer="""صفه في `cloud.yaml`:
```yaml
models:
  - name: nano
    local: {{ file: nano.gguf, context: 4096, slots: 4 }}
```
أو من دونه: يتيح `npm run sahab -- pull ./some-model.gguf` ملفا مباشرة.""",
        do=["وصف نموذج محلي في YAML", "كتابة نموذج محلي في cloud.yaml", "ضبط سياق النموذج المحلي", "ضبط خانات النموذج المحلي"],
        ask=["كيف يكتب النموذج المحلي في cloud.yaml؟", "أعطني YAML لنموذج محلي.", "أين أضبط السياق والخانات؟"],
    ),
)

intent(
    "budget",
    en=dict(
        answer="""Give the project a budget in `cloud.yaml`:
```yaml
projects:
  - name: {project}
    currency: {currency}
    budget: {{ amount: {amount}, period: {period} }}
```
For one person: `npm run sahab -- key create anna --budget {amount}/{period}`.""",
        do=["give the project {project} {amount} {currency} per {period}", "limit {project} to {amount} {currency} a {period}", "set a budget of {amount} {currency} per {period} for {project}", "cap {project} at {amount} {currency} per {period}", "allow {project} {amount} {currency} each {period}"],
        ask=["Project {project} may spend {amount} {currency} per {period}.", "YAML for {project} with {amount} {currency} per {period}, please."],
    ),
    zh=dict(
        answer="""在 `cloud.yaml` 里给项目设预算：
```yaml
projects:
  - name: {project}
    currency: {currency}
    budget: {{ amount: {amount}, period: {period} }}
```
给一个人：`npm run sahab -- key create anna --budget {amount}/{period}`。""",
        do=["给项目 {project} 每{period_zh} {amount} {currency} 的预算", "把 {project} 限制在每{period_zh} {amount} {currency}", "为 {project} 设置每{period_zh} {amount} {currency} 的预算", "让 {project} 每{period_zh}最多花 {amount} {currency}"],
        ask=["项目 {project} 每{period_zh}可以花 {amount} {currency}。", "写 {project} 的 YAML，每{period_zh} {amount} {currency}。"],
    ),
    ar=dict(
        answer="""حدد ميزانية المشروع في `cloud.yaml`:
```yaml
projects:
  - name: {project}
    currency: {currency}
    budget: {{ amount: {amount}, period: {period} }}
```
ولشخص واحد: `npm run sahab -- key create anna --budget {amount}/{period}`.""",
        do=["إعطاء المشروع {project} ميزانية {amount} {currency} كل {period_ar}", "تحديد {amount} {currency} كل {period_ar} للمشروع {project}", "ضبط ميزانية {project} على {amount} {currency} كل {period_ar}"],
        ask=["للمشروع {project} أن ينفق {amount} {currency} كل {period_ar}.", "أعطني YAML للمشروع {project} بميزانية {amount} {currency} كل {period_ar}."],
    ),
)

intent(
    "budget-any",
    en=dict(
        answer=SAME["budget"]["en"],
        do=["set a budget", "limit the spending of a team", "give a project a budget", "cap the cost of a project", "set a spending limit", "add a budget to a project", "limit what a project may spend"],
        ask=["How does a budget look in YAML?", "Are budgets hard?", "Can I limit spending?", "Can a budget be overspent?", "Show me the YAML for a budget."],
    ),
    zh=dict(
        answer=SAME["budget"]["zh"],
        do=["设置预算", "限制团队的花费", "给项目设预算", "限制项目的费用", "设置花费上限", "添加预算"],
        ask=["预算在 YAML 里怎么写？", "预算会超支吗？", "能限制花费吗？", "给我预算的 YAML。"],
    ),
    ar=dict(
        answer=SAME["budget"]["ar"],
        do=["تحديد ميزانية", "تحديد إنفاق الفريق", "إعطاء مشروع ميزانية", "وضع حد للإنفاق", "إضافة ميزانية"],
        ask=["كيف تكتب الميزانية في YAML؟", "هل يمكن تجاوز الميزانية؟", "هل أستطيع تحديد الإنفاق؟", "أعطني YAML للميزانية."],
    ),
)

intent(
    "limits",
    en=dict(
        answer=SAME["budget"]["en"],
        do=["set a rate limit", "limit requests per minute", "limit tokens per minute", "limit concurrency", "add rate limits to a project", "limit how many requests a team sends"],
        ask=["How do rate limits look in YAML?", "Does Sahab have rate limits?", "What do rpm and tpm mean?", "Show me the YAML for limits."],
    ),
    zh=dict(
        answer=SAME["budget"]["zh"],
        do=["设置速率限制", "限制每分钟的请求数", "限制每分钟的令牌数", "限制并发", "给项目加限流"],
        ask=["限流在 YAML 里怎么写？", "Sahab 有速率限制吗？", "rpm 和 tpm 是什么意思？", "给我限制的 YAML。"],
    ),
    ar=dict(
        answer=SAME["budget"]["ar"],
        do=["ضبط حد المعدل", "تحديد الطلبات في الدقيقة", "تحديد الرموز في الدقيقة", "تحديد عدد الطلبات المتزامنة"],
        ask=["كيف تكتب الحدود في YAML؟", "هل لدى سحاب حدود للمعدل؟", "ما معنى rpm وtpm؟", "أعطني YAML للحدود."],
    ),
)

intent(
    "allow-models",
    en=dict(
        answer="""List the allowed models in the project in `cloud.yaml`:
```yaml
projects:
  - name: search-team
    models: [chat-cheap, nano]
```
For one key: `npm run sahab -- key edit my-app --models nano`.""",
        do=["allow only some models", "restrict which models a project may use", "limit a team to certain models", "choose the models of a project", "forbid a model for a project"],
        ask=["Can I restrict models per project?", "How do I say which models a team may use?", "Can a project be limited to certain models?"],
    ),
    zh=dict(
        answer="""在 `cloud.yaml` 的项目里列出允许的模型：
```yaml
projects:
  - name: search-team
    models: [chat-cheap, nano]
```
对一个密钥：`npm run sahab -- key edit my-app --models nano`。""",
        do=["只允许某些模型", "限制项目可用的模型", "指定团队能用的模型", "选择项目的模型"],
        ask=["能按项目限制模型吗？", "怎么规定团队能用哪些模型？"],
    ),
    ar=dict(
        answer="""اذكر النماذج المسموح بها في المشروع داخل `cloud.yaml`:
```yaml
projects:
  - name: search-team
    models: [chat-cheap, nano]
```
ولمفتاح واحد: `npm run sahab -- key edit my-app --models nano`.""",
        do=["السماح ببعض النماذج فقط", "تقييد النماذج التي يستخدمها المشروع", "اختيار نماذج المشروع"],
        ask=["هل أقيد النماذج لكل مشروع؟", "كيف أحدد النماذج المسموحة لفريق؟"],
    ),
)

intent(
    "vendors",
    en=dict(
        answer="Sahab knows alibaba, deepseek, bytedance, openai, xai, anthropic, google, azure-openai, bedrock, vertex, openrouter, groq, mistral and many more, and `compatible` for any OpenAI-compatible server. `npm run sahab -- provider test` tries yours.",
        fact=["the list of vendors", "the list of supported vendors", "the list of providers"],
        ask=["Which vendors does Sahab support?", "Which providers can I use?", "What vendors are there?", "Which vendors are known?", "Which clouds can Sahab use?", "What providers does Sahab know?"],
    ),
    zh=dict(
        answer="Sahab 支持 alibaba、deepseek、bytedance、openai、xai、anthropic、google、azure-openai、bedrock、vertex、openrouter、groq、mistral 等许多供应商，以及用于任何兼容 OpenAI 服务器的 `compatible`。`npm run sahab -- provider test` 测试你的供应商。",
        fact=["支持的供应商", "供应商列表"],
        ask=["Sahab 支持哪些供应商？", "可以用哪些供应商？", "有哪些供应商？", "Sahab 认识哪些厂商？"],
    ),
    ar=dict(
        answer="يعرف سحاب alibaba وdeepseek وbytedance وopenai وxai وanthropic وgoogle وazure-openai وbedrock وvertex وopenrouter وgroq وmistral وغيرها كثيرا، و`compatible` لأي خادم متوافق مع OpenAI. ويجرب `npm run sahab -- provider test` مزوديك.",
        fact=["المزودون المدعومون", "قائمة المزودين"],
        ask=["أي مزودين يدعم سحاب؟", "أي مزودين أستطيع استخدامهم؟", "من هم المزودون؟", "ما المزودون الذين يعرفهم سحاب؟"],
    ),
)

intent(
    "postgres",
    en=dict(
        answer="Set `SAHAB_DATABASE_URL=postgres://user:password@host/sahab`. Without it Sahab uses an SQLite file in the data folder.",
        fact=["the database of Sahab", "the default database", "the variable for the database"],
        do=["use PostgreSQL", "connect Sahab to Postgres", "share state between replicas", "use another database", "switch from SQLite to PostgreSQL", "change the database"],
        ask=["Which database does Sahab use?", "Does Sahab support Postgres?", "What database is used?", "Which variable sets the database?"],
    ),
    zh=dict(
        answer="设置 `SAHAB_DATABASE_URL=postgres://user:password@host/sahab`。否则 Sahab 使用数据文件夹里的 SQLite 文件。",
        fact=["Sahab 的数据库", "默认数据库", "数据库的变量"],
        do=["使用 PostgreSQL", "让 Sahab 连接 Postgres", "在副本之间共享状态", "换一个数据库", "更改数据库"],
        ask=["Sahab 用什么数据库？", "Sahab 支持 Postgres 吗？", "哪个变量设置数据库？"],
    ),
    ar=dict(
        answer="اضبط `SAHAB_DATABASE_URL=postgres://user:password@host/sahab`. ومن دونه يستخدم سحاب ملف SQLite في مجلد البيانات.",
        fact=["قاعدة بيانات سحاب", "قاعدة البيانات الافتراضية"],
        do=["استخدام PostgreSQL", "توصيل سحاب بقاعدة Postgres", "مشاركة الحالة بين النسخ", "تغيير قاعدة البيانات"],
        ask=["أي قاعدة بيانات يستخدم سحاب؟", "هل يدعم سحاب Postgres؟", "أي متغير يضبط قاعدة البيانات؟"],
    ),
)

intent(
    "workers",
    en=dict(
        answer="Set `SAHAB_WORKERS`, for example `SAHAB_WORKERS=4 npm start`. The processes share the port.",
        fact=["the variable for workers", "the number of workers"],
        do=["run several processes", "use more cores", "start more workers", "set the number of workers", "scale Sahab on one machine", "run more than one process"],
        ask=["How many workers does Sahab run?", "Which variable sets the workers?", "Can Sahab use several cores?"],
    ),
    zh=dict(
        answer="设置 `SAHAB_WORKERS`，例如 `SAHAB_WORKERS=4 npm start`。这些进程共用一个端口。",
        fact=["工作进程的变量", "工作进程的数量"],
        do=["运行多个进程", "使用更多核心", "启动更多工作进程", "设置工作进程的数量"],
        ask=["Sahab 有多少个工作进程？", "哪个变量设置进程数？", "Sahab 能用多个核心吗？"],
    ),
    ar=dict(
        answer="اضبط `SAHAB_WORKERS`، مثلا `SAHAB_WORKERS=4 npm start`. تشترك العمليات في المنفذ نفسه.",
        fact=["عدد العمليات", "متغير عدد العمليات"],
        do=["تشغيل عدة عمليات", "استخدام أنوية أكثر", "ضبط عدد العمليات", "زيادة عدد العمليات"],
        ask=["كم عملية يشغل سحاب؟", "أي متغير يضبط عدد العمليات؟", "هل يستخدم سحاب عدة أنوية؟"],
    ),
)

intent(
    "master-key",
    en=dict(
        answer="`SAHAB_MASTER_KEY` encrypts the vendors' keys that Sahab stores; of its own keys it keeps only a hash. If you do not set it, Sahab generates one and keeps it in the data folder.",
        fact=["the master key", "SAHAB_MASTER_KEY", "the purpose of the master key"],
        do=["set the master key", "encrypt vendor secrets", "use my own master key", "protect vendor keys at rest"],
        ask=["How are vendor secrets stored?", "Are vendor keys encrypted?", "What is SAHAB_MASTER_KEY for?", "How does Sahab encrypt secrets?"],
    ),
    zh=dict(
        answer="`SAHAB_MASTER_KEY` 是主密钥，用来加密 Sahab 保存的供应商密钥；Sahab 自己的密钥只保存哈希。如果不设置，Sahab 会生成一个并保存在数据文件夹里。",
        fact=["主密钥", "SAHAB_MASTER_KEY", "主密钥的作用"],
        do=["设置主密钥", "加密供应商的密钥", "使用自己的主密钥"],
        ask=["供应商的密钥怎样保存？", "供应商密钥加密了吗？", "SAHAB_MASTER_KEY 是做什么的？"],
    ),
    ar=dict(
        answer="`SAHAB_MASTER_KEY` هو المفتاح الرئيسي الذي يشفر مفاتيح المزودين المحفوظة في سحاب، أما مفاتيح سحاب فلا يحفظ إلا بصمتها. فإن لم تضبطه ولد سحاب واحدا وحفظه في مجلد البيانات.",
        fact=["المفتاح الرئيسي", "SAHAB_MASTER_KEY", "فائدة المفتاح الرئيسي"],
        do=["ضبط المفتاح الرئيسي", "تشفير أسرار المزودين"],
        ask=["كيف تحفظ أسرار المزودين؟", "هل مفاتيح المزودين مشفرة؟", "لماذا يستخدم SAHAB_MASTER_KEY؟"],
    ),
)

intent(
    "config-at-start",
    en=dict(
        answer="Start with `SAHAB_CONFIG=cloud.yaml npm start`: the file is applied at each start. By hand it is `npm run sahab -- apply -f cloud.yaml`, and `--dry-run` only shows the changes.",
        fact=["SAHAB_CONFIG", "the variable SAHAB_CONFIG"],
        do=["apply a configuration at start", "load cloud.yaml when Sahab starts", "configure Sahab at startup", "apply cloud.yaml automatically"],
        ask=["Can cloud.yaml be applied at start?", "What is SAHAB_CONFIG for?", "Which variable names the configuration file?"],
    ),
    zh=dict(
        answer="用 `SAHAB_CONFIG=cloud.yaml npm start` 启动：每次启动都会应用这个文件。手动是 `npm run sahab -- apply -f cloud.yaml`，加 `--dry-run` 只显示变化。",
        fact=["SAHAB_CONFIG", "变量 SAHAB_CONFIG"],
        do=["在启动时应用配置", "启动时加载 cloud.yaml", "自动应用 cloud.yaml"],
        ask=["启动时能应用 cloud.yaml 吗？", "SAHAB_CONFIG 是做什么的？", "哪个变量指定配置文件？"],
    ),
    ar=dict(
        answer="شغله بالأمر `SAHAB_CONFIG=cloud.yaml npm start` فيطبق الملف عند كل تشغيل. ويدويا `npm run sahab -- apply -f cloud.yaml`، ومع `--dry-run` يعرض التغييرات فقط.",
        fact=["SAHAB_CONFIG", "المتغير SAHAB_CONFIG"],
        do=["تطبيق الإعداد عند التشغيل", "تحميل cloud.yaml عند بدء سحاب", "تطبيق cloud.yaml تلقائيا"],
        ask=["هل يطبق cloud.yaml عند التشغيل؟", "لماذا يستخدم SAHAB_CONFIG؟", "أي متغير يحدد ملف الإعداد؟"],
    ),
)

intent(
    "environment",
    en=dict(
        answer="The main variables are `SAHAB_HOST`, `SAHAB_PORT`, `SAHAB_DATA`, `SAHAB_DATABASE_URL`, `SAHAB_ADMIN_KEY`, `SAHAB_MASTER_KEY`, `SAHAB_CONFIG` and `SAHAB_WORKERS`.",
        fact=["the list of environment variables", "the list of settings", "the set of variables"],
        ask=["Which environment variables are there?", "Which variables does Sahab read?", "What environment variables does Sahab have?", "What settings are there?", "List the environment variables."],
    ),
    zh=dict(
        answer="主要的变量有 `SAHAB_HOST`、`SAHAB_PORT`、`SAHAB_DATA`、`SAHAB_DATABASE_URL`、`SAHAB_ADMIN_KEY`、`SAHAB_MASTER_KEY`、`SAHAB_CONFIG` 和 `SAHAB_WORKERS`。",
        fact=["环境变量的列表", "设置的列表"],
        ask=["有哪些环境变量？", "Sahab 读取哪些变量？", "有哪些设置？", "列出环境变量。"],
    ),
    ar=dict(
        answer="أهم المتغيرات `SAHAB_HOST` و`SAHAB_PORT` و`SAHAB_DATA` و`SAHAB_DATABASE_URL` و`SAHAB_ADMIN_KEY` و`SAHAB_MASTER_KEY` و`SAHAB_CONFIG` و`SAHAB_WORKERS`.",
        fact=["قائمة متغيرات البيئة", "قائمة الإعدادات"],
        ask=["ما متغيرات البيئة؟", "أي متغيرات يقرأ سحاب؟", "ما الإعدادات الموجودة؟", "اذكر متغيرات البيئة."],
    ),
)

intent(
    "commands",
    en=dict(
        answer="Often used: `up`, `status`, `stop`, `console`, `chat`, `key`, `models`, `pull`, `ps`, `usage`, `requests`, `apply`, `connect`, `backup` and `doctor`. Run them as `npm run sahab -- COMMAND`; `--help` lists all.",
        fact=["the list of commands", "the command line of Sahab", "the list of CLI commands"],
        do=["use the command line", "run a sahab command", "get help on a command", "use the CLI"],
        ask=["Which commands are there?", "What commands does Sahab have?", "What can the command line do?", "List the commands.", "Which commands does the CLI have?"],
    ),
    zh=dict(
        answer="常用的有 `up`、`status`、`stop`、`console`、`chat`、`key`、`models`、`pull`、`ps`、`usage`、`requests`、`apply`、`connect`、`backup` 和 `doctor`。用 `npm run sahab -- COMMAND` 运行；`--help` 列出全部。",
        fact=["命令列表", "Sahab 的命令行", "命令行的用法"],
        do=["使用命令行", "运行 sahab 命令", "查看命令的帮助"],
        ask=["有哪些命令？", "Sahab 有哪些命令？", "命令行能做什么？", "列出所有命令。"],
    ),
    ar=dict(
        answer="الشائع منها `up` و`status` و`stop` و`console` و`chat` و`key` و`models` و`pull` و`ps` و`usage` و`requests` و`apply` و`connect` و`backup` و`doctor`. نفذها بالشكل `npm run sahab -- COMMAND`، ويعرضها كلها `--help`.",
        fact=["قائمة الأوامر", "سطر أوامر سحاب"],
        do=["استخدام سطر الأوامر", "تنفيذ أمر من أوامر سحاب", "الحصول على مساعدة عن أمر"],
        ask=["ما الأوامر الموجودة؟", "أي أوامر عند سحاب؟", "ماذا يفعل سطر الأوامر؟", "اذكر الأوامر."],
    ),
)

intent(
    "json-output",
    en=dict(
        answer="Add `--json` to a command that prints data, for example `npm run sahab -- usage --json`.",
        do=["get JSON from a command", "print a command's output as JSON", "use Sahab's commands in a script", "parse the output of a command"],
        ask=["Can commands print JSON?", "Is there JSON output for scripts?", "How do scripts read the output?"],
    ),
    zh=dict(
        answer="给打印数据的命令加上 `--json`，例如 `npm run sahab -- usage --json`。",
        do=["让命令输出 JSON", "以 JSON 打印命令的结果", "在脚本里使用 Sahab 的命令"],
        ask=["命令能输出 JSON 吗？", "脚本怎样读取命令的输出？"],
    ),
    ar=dict(
        answer="أضف `--json` إلى أي أمر يطبع بيانات، مثلا `npm run sahab -- usage --json`.",
        do=["طباعة ناتج الأمر بصيغة JSON", "استخدام أوامر سحاب في نص برمجي", "الحصول على JSON من أمر"],
        ask=["هل تطبع الأوامر JSON؟", "كيف تقرأ البرامج ناتج الأوامر؟"],
    ),
)

intent(
    "health",
    en=dict(
        answer=SAME["status"]["en"],
        fact=["the health check", "the health endpoint", "the metrics endpoint", "the readiness endpoint", "the path for health checks"],
        do=["check that Sahab is alive", "get metrics", "connect Prometheus", "add a health check", "scrape metrics"],
        ask=["Is there a health check?", "Does Sahab have Prometheus metrics?", "Where are the metrics?", "Which path tells that Sahab is ready?"],
    ),
    zh=dict(
        answer=SAME["status"]["zh"],
        fact=["健康检查", "健康检查的路径", "指标的路径", "就绪检查"],
        do=["检查 Sahab 是否活着", "获取指标", "接入 Prometheus", "添加健康检查"],
        ask=["有健康检查吗？", "Sahab 有 Prometheus 指标吗？", "指标在哪里？"],
    ),
    ar=dict(
        answer=SAME["status"]["ar"],
        fact=["فحص الصحة", "مسار فحص الصحة", "مسار المقاييس", "فحص الجاهزية"],
        do=["التأكد من أن سحاب يعمل", "الحصول على المقاييس", "توصيل Prometheus"],
        ask=["هل يوجد فحص للصحة؟", "هل لدى سحاب مقاييس Prometheus؟", "أين المقاييس؟"],
    ),
)

intent(
    "admin-api",
    en=dict(
        answer="The admin API is under `/admin/v1/`, and its OpenAPI document is `/admin/v1/openapi.json`. Send the admin key as Bearer.",
        fact=["the admin API", "the OpenAPI document", "the path of the admin API", "the administration API"],
        do=["use the admin API", "automate Sahab over HTTP", "find the API documentation", "read the OpenAPI document", "administer Sahab by HTTP"],
        ask=["Is there an admin API?", "Where is the OpenAPI document?", "Is there API documentation?"],
    ),
    zh=dict(
        answer="管理 API 在 `/admin/v1/` 下，OpenAPI 文档是 `/admin/v1/openapi.json`。以 Bearer 方式发送管理员密钥。",
        fact=["管理 API", "OpenAPI 文档", "管理 API 的路径"],
        do=["使用管理 API", "通过 HTTP 自动化 Sahab", "找到 API 文档"],
        ask=["有管理 API 吗？", "OpenAPI 文档在哪里？", "有 API 文档吗？"],
    ),
    ar=dict(
        answer="واجهة الإدارة تحت `/admin/v1/` ووثيقة OpenAPI هي `/admin/v1/openapi.json`. أرسل مفتاح المدير بصيغة Bearer.",
        fact=["واجهة الإدارة", "وثيقة OpenAPI", "مسار واجهة الإدارة"],
        do=["استخدام واجهة الإدارة", "إدارة سحاب عبر HTTP", "إيجاد وثائق الواجهة"],
        ask=["هل توجد واجهة إدارة؟", "أين وثيقة OpenAPI؟", "هل توجد وثائق للواجهة؟"],
    ),
)

intent(
    "streaming",
    en=dict(
        answer="Send `\"stream\": true` in the request. A stream that breaks ends with an error event, never as if it were whole.",
        do=["stream an answer", "get tokens as they come", "turn on streaming", "receive a streamed response", "enable streaming"],
        ask=["Does Sahab stream?", "Is streaming supported?", "What happens when a stream breaks?", "Can I get the answer token by token?"],
    ),
    zh=dict(
        answer="在请求里发送 `\"stream\": true`。中断的流会以错误事件结束，绝不会装作完整。",
        do=["流式接收回答", "逐个令牌接收回答", "打开流式输出", "启用流式传输"],
        ask=["Sahab 支持流式吗？", "流中断会怎样？", "支持流式输出吗？"],
    ),
    ar=dict(
        answer="أرسل `\"stream\": true` في الطلب. والبث الذي ينقطع ينتهي بحدث خطأ، ولا يبدو كاملا أبدا.",
        do=["بث الإجابة", "استلام الرموز فور صدورها", "تفعيل البث"],
        ask=["هل يدعم سحاب البث؟", "ماذا يحدث عند انقطاع البث؟", "هل أستلم الإجابة رمزا رمزا؟"],
    ),
)

intent(
    "cost-field",
    en=dict(
        answer="The cost is in the usage of the last event or body, as `usage.cost` and `usage.cost_currency`. `npm run sahab -- usage` sums it up.",
        fact=["the field with the cost", "the cost field of an answer"],
        do=["see the cost of one request", "read the cost from an answer", "find the price of a single call"],
        ask=["What did this request cost?", "Where is the cost in the response?", "Does the answer contain the cost?", "Which field holds the cost?"],
    ),
    zh=dict(
        answer="费用在最后一个事件或响应体的 usage 里：`usage.cost` 和 `usage.cost_currency`。`npm run sahab -- usage` 汇总费用。",
        fact=["费用字段", "响应里的费用字段"],
        do=["查看一次请求的费用", "从响应里读取费用"],
        ask=["这次请求花了多少？", "响应里的费用在哪里？", "回答里有费用吗？", "哪个字段是费用？"],
    ),
    ar=dict(
        answer="التكلفة في usage من آخر حدث أو من جسم الرد: `usage.cost` و`usage.cost_currency`. ويجمعها `npm run sahab -- usage`.",
        fact=["حقل التكلفة", "حقل التكلفة في الرد"],
        do=["معرفة تكلفة طلب واحد", "قراءة التكلفة من الرد"],
        ask=["كم كلف هذا الطلب؟", "أين التكلفة في الرد؟", "هل يحتوي الرد على التكلفة؟", "أي حقل يحمل التكلفة؟"],
    ),
)

intent(
    "privacy",
    en=dict(
        answer="Nothing is sent anywhere that you did not configure. By default, logs hold no prompt, no answer and no key. Chats of the console are kept encrypted on your server, for 30 days unless told otherwise.",
        ask=["Is my data private?", "Does Sahab send data anywhere?", "Does Sahab phone home?", "Are my prompts logged?", "Do you keep my prompts?", "Is my chat sent to the internet?", "Does Sahab log prompts?", "Who can see my messages?", "Does Sahab collect telemetry?", "Is it safe to use Sahab?", "Does my data leave the machine?"],
    ),
    zh=dict(
        answer="除了你配置的地方，不会向任何地方发送数据。默认情况下，日志里没有提示、回答或密钥。控制台的聊天加密保存在你的服务器上，默认 30 天。",
        ask=["我的数据是私密的吗？", "Sahab 会把数据发到别处吗？", "我的提示会被记录吗？", "聊天内容会上传到网上吗？", "Sahab 会记录提示吗？", "Sahab 收集数据吗？", "我的数据会离开这台机器吗？", "用 Sahab 安全吗？"],
    ),
    ar=dict(
        answer="لا يرسل شيء إلى مكان لم تضبطه أنت. ولا تحتوي السجلات افتراضيا على سؤال أو إجابة أو مفتاح. وتحفظ محادثات لوحة التحكم مشفرة على خادمك 30 يوما ما لم تحدد غير ذلك.",
        ask=["هل بياناتي خاصة؟", "هل يرسل سحاب البيانات إلى مكان آخر؟", "هل تسجل أسئلتي؟", "هل ترسل محادثتي إلى الإنترنت؟", "هل يجمع سحاب بيانات؟", "هل تغادر بياناتي الجهاز؟", "هل استخدام سحاب آمن؟"],
    ),
)

intent(
    "offline",
    en=dict(
        answer="I run on this machine, without a network and without an account. Only vendors' models need the internet.",
        ask=["Does Sahab work offline?", "Do I need the internet?", "Do you need a network?", "Can I use Sahab without an account?", "Do you run locally?", "Does it work without the internet?", "Do I need an account?", "Is a network connection needed?"],
    ),
    zh=dict(
        answer="我在这台机器上运行，不需要网络，也不需要账号。只有供应商的模型需要联网。",
        ask=["Sahab 能离线用吗？", "需要联网吗？", "没有账号能用 Sahab 吗？", "你在本地运行吗？", "没有网络能用吗？", "需要注册账号吗？"],
    ),
    ar=dict(
        answer="أعمل على هذا الجهاز دون شبكة ودون حساب. نماذج المزودين وحدها تحتاج الإنترنت.",
        ask=["هل يعمل سحاب دون إنترنت؟", "هل أحتاج الإنترنت؟", "هل أستخدم سحاب دون حساب؟", "هل تعمل محليا؟", "هل يلزم حساب؟", "هل تحتاج إلى شبكة؟"],
    ),
)

intent(
    "licence",
    en=dict(
        answer="Sahab is free software under the Apache-2.0 licence, and so am I.",
        fact=["the licence of Sahab", "the license of Sahab", "your licence", "the licence", "the price of Sahab itself"],
        ask=["Is Sahab open source?", "Under which licence is Sahab?", "Which license does Sahab have?", "Can I use Sahab commercially?", "Does Sahab cost money?", "Which licence do you have?"],
    ),
    zh=dict(
        answer="Sahab 是采用 Apache-2.0 许可证的自由软件，我也是。",
        fact=["Sahab 的许可证", "你的许可证", "许可证"],
        ask=["Sahab 是开源的吗？", "Sahab 用什么许可证？", "Sahab 可以商用吗？", "Sahab 要钱吗？"],
    ),
    ar=dict(
        answer="سحاب برنامج حر برخصة Apache-2.0، وكذلك أنا.",
        fact=["رخصة سحاب", "رخصتك", "الرخصة"],
        ask=["هل سحاب مفتوح المصدر؟", "بأي رخصة سحاب؟", "هل أستخدم سحاب تجاريا؟", "هل يكلف سحاب مالا؟"],
    ),
)

intent(
    "runtime",
    en=dict(
        answer="Sahab is written in TypeScript and runs on Bun, which `npm start` installs by itself. Local models run on llama.cpp.",
        fact=["the programming language of Sahab", "the runtime of Sahab", "the tech stack of Sahab", "the engine of Sahab"],
        ask=["What language is Sahab written in?", "What is Sahab written in?", "Does Sahab run on Node?", "Which runtime does Sahab use?", "Which engine runs local models?", "Does Sahab use Bun?"],
    ),
    zh=dict(
        answer="Sahab 用 TypeScript 编写，运行在 Bun 上，`npm start` 会自动安装 Bun。本地模型由 llama.cpp 运行。",
        fact=["Sahab 的编程语言", "Sahab 的运行时", "Sahab 的技术栈"],
        ask=["Sahab 是用什么语言写的？", "Sahab 在 Node 上运行吗？", "Sahab 用什么运行时？", "本地模型用什么引擎？"],
    ),
    ar=dict(
        answer="سحاب مكتوب بلغة TypeScript ويعمل على Bun الذي يثبته `npm start` بنفسه. وتعمل النماذج المحلية على llama.cpp.",
        fact=["لغة برمجة سحاب", "بيئة تشغيل سحاب", "تقنيات سحاب"],
        ask=["بأي لغة كتب سحاب؟", "هل يعمل سحاب على Node؟", "أي بيئة تشغيل يستخدم سحاب؟", "أي محرك يشغل النماذج المحلية؟"],
    ),
)

intent(
    "gpu",
    en=dict(
        answer="No GPU is needed. To use one, run `npm run gpu` in the checkout. Sahab finds it at the next start. `npm run sahab -- plan fit qwen3-32b --on h100-sxm` tells how many a model takes.",
        do=["use a GPU", "run models on the GPU", "enable CUDA", "speed up local models with a GPU", "turn on GPU support", "use my graphics card"],
        ask=["Does Sahab support GPUs?", "Can Sahab use my GPU?", "Does Sahab use CUDA?", "Is a GPU needed?"],
    ),
    zh=dict(
        answer="不需要 GPU。要用 GPU，请在代码目录里运行 `npm run gpu`。Sahab 下次启动时会找到它。`npm run sahab -- plan fit qwen3-32b --on h100-sxm` 会说明一个模型需要几张。",
        do=["使用 GPU", "在 GPU 上运行模型", "启用 CUDA", "用显卡加速本地模型", "打开 GPU 支持"],
        ask=["Sahab 支持 GPU 吗？", "Sahab 能用我的显卡吗？", "需要 GPU 吗？"],
    ),
    ar=dict(
        answer="لا حاجة إلى GPU. ولاستخدامه نفذ `npm run gpu` في مجلد المشروع. يجده سحاب في التشغيل التالي. ويقول `npm run sahab -- plan fit qwen3-32b --on h100-sxm` كم بطاقة يحتاج نموذج.",
        do=["استخدام GPU", "تشغيل النماذج على GPU", "تفعيل CUDA", "استخدام بطاقة الرسوم", "تسريع النماذج المحلية بوحدة GPU"],
        ask=["هل يدعم سحاب GPU؟", "هل يستخدم سحاب بطاقة الرسوم؟", "هل أحتاج إلى GPU؟"],
    ),
)

intent(
    "stop",
    en=dict(
        answer="Press Ctrl-C in its terminal, or run `npm run sahab -- stop` in another. Requests under way may finish first. `npm start` starts it again, `deploy/systemd/sahab.service` at each boot.",
        do=["stop Sahab", "shut down Sahab", "end the server", "quit Sahab", "stop the server", "turn off Sahab", "close Sahab"],
        ask=["How does Sahab stop?", "Which key stops Sahab?", "What is the way to end Sahab?"],
    ),
    zh=dict(
        answer="在它的终端里按 Ctrl-C，或在另一个终端运行 `npm run sahab -- stop`。正在进行的请求会先完成。`npm start` 再次启动它，`deploy/systemd/sahab.service` 让它开机启动。",
        do=["停止 Sahab", "关闭 Sahab", "停掉服务器", "退出 Sahab", "结束 Sahab"],
        ask=["怎么停？", "按什么键停止 Sahab？", "服务器怎么关？"],
    ),
    ar=dict(
        answer="اضغط Ctrl-C في طرفيته أو نفذ `npm run sahab -- stop` في طرفية أخرى. تكتمل الطلبات الجارية أولا. ويشغله `npm start` من جديد، و`deploy/systemd/sahab.service` مع كل إقلاع.",
        do=["إيقاف سحاب", "إغلاق سحاب", "إنهاء الخادم", "إيقاف الخادم", "إطفاء سحاب"],
        ask=["كيف أوقف سحاب؟", "أي مفتاح يوقف سحاب؟", "كيف أغلق الخادم؟"],
    ),
)

intent(
    "tests",
    en=dict(
        answer="Run `npm test`. It does all the set-up it needs and runs every test.",
        do=["run the tests", "test Sahab itself", "start the test suite", "execute all tests", "run Sahab's unit tests"],
        ask=["Which command runs the tests?", "Are there tests?", "How is Sahab tested?"],
    ),
    zh=dict(
        answer="运行 `npm test`。它会做好所需的准备并运行全部测试。",
        do=["运行测试", "测试 Sahab 本身", "启动测试套件", "执行全部测试"],
        ask=["哪个命令运行测试？", "有测试吗？", "怎么跑测试？"],
    ),
    ar=dict(
        answer="نفذ `npm test`. يجهز ما يلزم ثم يشغل كل الاختبارات.",
        do=["تشغيل الاختبارات", "اختبار سحاب نفسه", "تنفيذ كل الاختبارات"],
        ask=["أي أمر يشغل الاختبارات؟", "هل توجد اختبارات؟", "كيف أشغل الاختبارات؟"],
    ),
)

intent(
    "bigger-model",
    en=dict(
        answer="Add a vendor with its API key in the environment, or serve a larger model of your own: `npm run sahab -- pull hf.co/OWNER/REPO` or `npm run sahab -- pull ./some-model.gguf`.",
        do=["get a smarter model", "use a bigger model", "use a better model than you", "replace you with a larger model", "get better answers"],
        ask=["You are too small.", "Is there a better model?", "You are not smart enough.", "Can I use a larger model?", "Which model is smarter than you?"],
    ),
    zh=dict(
        answer="在环境变量里设置供应商的密钥来接入供应商，或者自己提供更大的模型：`npm run sahab -- pull hf.co/OWNER/REPO` 或 `npm run sahab -- pull ./some-model.gguf`。",
        do=["用更聪明的模型", "使用更大的模型", "换一个更好的模型", "得到更好的回答"],
        ask=["你太小了。", "有更好的模型吗？", "你不够聪明。", "能用更大的模型吗？"],
    ),
    ar=dict(
        answer="أضف مزودا بمفتاحه في البيئة، أو شغل نموذجا أكبر عندك: `npm run sahab -- pull hf.co/OWNER/REPO` أو `npm run sahab -- pull ./some-model.gguf`.",
        do=["الحصول على نموذج أذكى", "استخدام نموذج أكبر", "استخدام نموذج أفضل منك", "الحصول على إجابات أفضل"],
        ask=["أنت صغير جدا.", "هل يوجد نموذج أفضل؟", "لست ذكيا بما يكفي.", "هل أستخدم نموذجا أكبر؟"],
    ),
)

intent(
    "languages",
    en=dict(
        answer=SAME["who"]["en"],
        ask=["Which languages do you speak?", "Do you speak Arabic?", "Do you speak Chinese?", "What languages do you know?", "Can you speak English?", "Do you understand Arabic?", "Which languages can you understand?", "Do you speak French?", "How many languages do you speak?"],
    ),
    zh=dict(
        answer=SAME["who"]["zh"],
        ask=["你会说哪些语言？", "你会说中文吗？", "你会阿拉伯语吗？", "你懂哪些语言？", "你会英语吗？", "你会说几种语言？"],
    ),
    ar=dict(
        answer=SAME["who"]["ar"],
        ask=["أي لغات تتكلم؟", "هل تتكلم العربية؟", "هل تتكلم الصينية؟", "ما اللغات التي تعرفها؟", "هل تفهم الإنجليزية؟", "كم لغة تتكلم؟"],
    ),
)
