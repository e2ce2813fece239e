"""What somebody asks in the first week with Sahab, in a newcomer's own words; the form is that of sahab.py."""

from sahab import SAME, intent

intent(
    "upgrade",
    en=dict(
        answer="Make a backup (`npm run sahab -- backup sahab.age`), run `git pull` in the checkout, stop Sahab and run `npm start` again. It installs what is new and keeps all data in `~/.sahab`.",
        do=["upgrade Sahab", "update Sahab", "get a newer version", "install the latest version", "move to a new version", "bring Sahab up to date", "upgrade to the newest release", "update to the latest release"],
        ask=["Is there an update command?", "how to upgrade?", "how do i update this?", "A new version is out. What now?", "Will an upgrade lose my data?", "Do I lose my keys when I update?", "What happens to my data on an upgrade?", "Where do I get updates?", "Does Sahab update itself?"],
    ),
    zh=dict(
        answer="先做备份（`npm run sahab -- backup sahab.age`），在代码目录里运行 `git pull`，停止 Sahab，再运行 `npm start`。它会安装新的内容，`~/.sahab` 里的数据都会保留。",
        do=["升级 Sahab", "更新 Sahab", "安装新版本", "换到最新版本", "更新到最新版"],
        ask=["怎么升级？", "怎么更新？", "升级会丢数据吗？", "有更新命令吗？", "新版本出来了怎么办？", "更新后密钥还在吗？", "Sahab 会自动更新吗？"],
    ),
    ar=dict(
        answer="خذ نسخة احتياطية (`npm run sahab -- backup sahab.age`)، ثم نفذ `git pull` في مجلد المشروع، وأوقف سحاب ونفذ `npm start` من جديد. يثبت الجديد وتبقى كل البيانات في `~/.sahab`.",
        do=["ترقية سحاب", "تحديث سحاب", "الحصول على إصدار أحدث", "تثبيت آخر إصدار", "الانتقال إلى إصدار جديد"],
        ask=["كيف أحدث البرنامج؟", "هل تضيع بياناتي عند الترقية؟", "هل يوجد أمر للتحديث؟", "صدر إصدار جديد فماذا أفعل؟", "هل يحدث سحاب نفسه؟", "هل تبقى مفاتيحي بعد التحديث؟"],
    ),
)

intent(
    "backup",
    en=dict(
        answer="Run `npm run sahab -- backup sahab.age` on the machine of the data folder, while Sahab runs or not. It asks for a passphrase and encrypts everything with it.",
        do=["back up Sahab", "make a backup", "save my data", "back up my keys", "keep a copy of everything", "back up the database", "secure my data against a dead disk"],
        ask=["Is there a backup command?", "how do i back up?", "Can I back up while it runs?", "How are backups encrypted?", "What if my disk dies?", "What should I back up?", "Do you have backups?", "backup?"],
    ),
    zh=dict(
        answer="在数据文件夹所在的机器上运行 `npm run sahab -- backup sahab.age`，Sahab 运行与否都可以。它会要一个口令，并用它加密全部内容。",
        do=["备份 Sahab", "做备份", "备份数据", "备份密钥", "备份数据库"],
        ask=["怎么备份？", "有备份命令吗？", "运行时可以备份吗？", "备份是加密的吗？", "硬盘坏了怎么办？", "要备份什么？"],
    ),
    ar=dict(
        answer="نفذ `npm run sahab -- backup sahab.age` على جهاز مجلد البيانات، سواء كان سحاب يعمل أم لا. يطلب عبارة سر ويشفر بها كل شيء.",
        do=["نسخ سحاب احتياطيا", "عمل نسخة احتياطية", "حفظ بياناتي", "نسخ قاعدة البيانات احتياطيا", "نسخ المفاتيح احتياطيا"],
        ask=["هل يوجد أمر للنسخ الاحتياطي؟", "هل أستطيع النسخ وهو يعمل؟", "ماذا لو تعطل القرص؟", "هل النسخة مشفرة؟", "ماذا أنسخ احتياطيا؟"],
    ),
)

intent(
    "restore",
    en=dict(
        answer="Restore into a new folder: `SAHAB_DATA=~/restored npm run sahab -- restore sahab.age`. Then start Sahab with the same `SAHAB_DATA`.",
        do=["restore a backup", "bring a backup back", "move Sahab to another machine", "move Sahab to a new server", "recover from a backup", "get my data back", "copy Sahab to a new computer"],
        ask=["How does restore work?", "I have a backup. How do I use it?", "Can I restore on another machine?", "how to restore?", "My server died, I have a backup file.", "Where is a backup restored to?"],
    ),
    zh=dict(
        answer="恢复到一个新文件夹：`SAHAB_DATA=~/restored npm run sahab -- restore sahab.age`。然后用同样的 `SAHAB_DATA` 启动 Sahab。",
        do=["恢复备份", "从备份恢复", "把 Sahab 搬到另一台机器", "迁移到新服务器", "找回数据"],
        ask=["怎么恢复？", "备份怎么用？", "可以在另一台机器上恢复吗？", "服务器坏了，我有备份，怎么办？", "恢复到哪里？"],
    ),
    ar=dict(
        answer="استعدها في مجلد جديد: `SAHAB_DATA=~/restored npm run sahab -- restore sahab.age`. ثم شغل سحاب بنفس `SAHAB_DATA`.",
        do=["استعادة نسخة احتياطية", "نقل سحاب إلى جهاز آخر", "نقل سحاب إلى خادم جديد", "استرجاع بياناتي"],
        ask=["كيف أستعيد النسخة؟", "عندي نسخة احتياطية فكيف أستخدمها؟", "هل أستطيع الاستعادة على جهاز آخر؟", "تعطل خادمي وعندي نسخة."],
    ),
)

intent(
    "compare",
    en=dict(
        answer="Sahab is one program for keys, hard budgets, an exact bill, vendors and local models. LiteLLM is a gateway without an engine, Ollama is an engine without budgets.",
        fact=["the difference to LiteLLM", "the difference to Ollama", "the difference to OpenRouter", "better here than in LiteLLM"],
        ask=["How does Sahab compare with LiteLLM?", "Sahab or LiteLLM?", "Sahab or Ollama?", "Why not LiteLLM?", "Why not just Ollama?", "why not openrouter?", "Is Sahab better than LiteLLM?", "How is this different from Portkey?", "What are the alternatives to Sahab?", "Is this like Ollama?", "Is this like LiteLLM?", "compare sahab with others", "Sahab vs LiteLLM", "Sahab vs Ollama", "sahab vs portkey", "Which is better, Sahab or New-API?"],
    ),
    zh=dict(
        answer="Sahab 一个程序就有密钥、硬预算、精确账单、供应商和本地模型。LiteLLM 是没有引擎的网关，Ollama 是没有预算的引擎。",
        ask=["Sahab 和 LiteLLM 有什么区别？", "Sahab 和 Ollama 有什么不同？", "为什么不用 LiteLLM？", "为什么不直接用 Ollama？", "Sahab 比 New-API 好吗？", "和 OpenRouter 比怎么样？", "有什么替代品？", "Sahab 和别的有什么不一样？", "这个和 Ollama 一样吗？"],
    ),
    ar=dict(
        answer="سحاب برنامج واحد فيه المفاتيح والميزانيات الصارمة والفاتورة الدقيقة والمزودون والنماذج المحلية. أما LiteLLM فبوابة بلا محرك، وOllama محرك بلا ميزانيات.",
        ask=["ما الفرق بين سحاب وLiteLLM؟", "ما الفرق بين سحاب وOllama؟", "لماذا لا أستخدم LiteLLM؟", "لماذا لا أكتفي بـ Ollama؟", "هل سحاب أفضل من LiteLLM؟", "ما بدائل سحاب؟", "هل هذا مثل Ollama؟"],
    ),
)

intent(
    "import-litellm",
    en=dict(
        answer="Run `npm run sahab -- import litellm config.yaml -o cloud.yaml`. It tells what it took over and what it could not; then apply `cloud.yaml`.",
        do=["move from LiteLLM", "migrate from LiteLLM", "import a LiteLLM config", "switch from LiteLLM to Sahab", "convert my LiteLLM config", "take over my LiteLLM setup"],
        ask=["Can Sahab read my LiteLLM config?", "I use LiteLLM today. How do I switch?", "we come from litellm", "Is there a migration from LiteLLM?", "Can I keep my litellm config.yaml?"],
    ),
    zh=dict(
        answer="运行 `npm run sahab -- import litellm config.yaml -o cloud.yaml`。它会说明哪些已转换、哪些不能；然后应用 `cloud.yaml`。",
        do=["从 LiteLLM 迁移", "导入 LiteLLM 的配置", "从 LiteLLM 换到 Sahab", "转换 LiteLLM 配置"],
        ask=["能读 LiteLLM 的配置吗？", "我现在用 LiteLLM，怎么换？", "怎么从 LiteLLM 迁移过来？", "有迁移工具吗？"],
    ),
    ar=dict(
        answer="نفذ `npm run sahab -- import litellm config.yaml -o cloud.yaml`. يخبرك بما نقله وما تعذر، ثم طبق `cloud.yaml`.",
        do=["الانتقال من LiteLLM", "استيراد إعدادات LiteLLM", "التحول من LiteLLM إلى سحاب", "تحويل ملف LiteLLM"],
        ask=["هل يقرأ سحاب إعدادات LiteLLM؟", "أستخدم LiteLLM اليوم فكيف أنتقل؟", "هل توجد أداة انتقال من LiteLLM؟"],
    ),
)

intent(
    "own-vendor-keys",
    en=dict(
        answer="Yes: your vendors' keys stay yours. Set one before the start, for example `OPENAI_API_KEY=sk-... npm start`; people get Sahab's keys and never see the vendor's. `npm run sahab -- provider test` tries it.",
        do=["use my own OpenAI key", "bring my own vendor key", "use my existing API keys", "give Sahab my Anthropic key", "use the key that I have from DeepSeek", "hide the vendor's key from my team"],
        ask=["Can I use my own API keys?", "i already have an openai key, can i use it?", "Where do I put my OpenAI key?", "Do I need an OpenAI account?", "Will people see my OpenAI key?", "Can I keep my own keys?", "Where does my DeepSeek key go?"],
    ),
    zh=dict(
        answer="可以，供应商的密钥仍是你的。启动前设置，例如 `OPENAI_API_KEY=sk-... npm start`；别人只拿到 Sahab 的密钥，看不到供应商的。用 `npm run sahab -- provider test` 测试。",
        do=["用我自己的 OpenAI 密钥", "用自己的供应商密钥", "使用已有的 API 密钥", "不让同事看到供应商密钥"],
        ask=["可以用自己的 API key 吗？", "我已经有 OpenAI 的 key 了，能用吗？", "OpenAI 的密钥放在哪里？", "需要 OpenAI 账号吗？", "别人会看到我的密钥吗？", "我的 DeepSeek 密钥填在哪里？"],
    ),
    ar=dict(
        answer="نعم، مفاتيح المزودين تبقى لك. ضعها قبل التشغيل، مثلا `OPENAI_API_KEY=sk-... npm start`. يأخذ الناس مفاتيح سحاب ولا يرون مفتاح المزود، ويجربه `npm run sahab -- provider test`.",
        do=["استخدام مفتاح OpenAI الخاص بي", "استخدام مفاتيحي الموجودة", "إخفاء مفتاح المزود عن فريقي"],
        ask=["هل أستطيع استخدام مفاتيحي؟", "عندي مفتاح OpenAI فأين أضعه؟", "هل أحتاج حسابا عند OpenAI؟", "هل يرى الناس مفتاحي؟", "أين أضع مفتاح DeepSeek؟"],
    ),
)

intent(
    "limit-person",
    en=dict(
        answer=SAME["budget"]["en"],
        do=["limit what one person spends", "set a limit per user", "give each user a budget", "stop a user from spending too much", "limit a key", "put a budget on a key", "cap the cost of one colleague", "set a daily limit for a person", "keep interns from spending too much"],
        ask=["Can I limit each user?", "Is there a limit per user?", "how to set a limit for one user?", "How do I stop someone from using too much?", "Can a key have its own budget?", "Can each developer have a budget?", "per-user limits?", "Can I give everyone five dollars a day?"],
    ),
    zh=dict(
        answer=SAME["budget"]["zh"],
        do=["限制一个人的花费", "给每个用户设置限额", "给每个人设预算", "限制一个密钥", "给密钥设置预算", "防止同事花太多"],
        ask=["可以限制每个用户吗？", "每个用户能有限额吗？", "怎么限制一个人的用量？", "密钥可以有自己的预算吗？", "怎么给每个人每天五块钱？"],
    ),
    ar=dict(
        answer=SAME["budget"]["ar"],
        do=["تحديد إنفاق شخص واحد", "وضع حد لكل مستخدم", "إعطاء كل مستخدم ميزانية", "وضع ميزانية لمفتاح", "منع زميل من الإنفاق الزائد"],
        ask=["هل أستطيع تحديد كل مستخدم؟", "هل يوجد حد لكل مستخدم؟", "كيف أمنع أحدا من الإسراف؟", "هل يكون للمفتاح ميزانية خاصة؟"],
    ),
)

intent(
    "error-401",
    en=dict(
        answer="401 means that the key is missing or wrong. A key of Sahab begins with `sk-sahab-` and goes into `Authorization: Bearer KEY`; a vendor's own key is not accepted here.",
        fact=["the meaning of 401", "status 401", "invalid_api_key", "an invalid_api_key error"],
        ask=["Why do I get 401?", "I get 401.", "i get a 401 unauthorized", "What does 401 mean?", "401?", "It says unauthorized.", "It says invalid api key.", "My key does not work.", "my key is rejected", "Why is my key refused?", "The key is wrong, it says.", "error 401"],
    ),
    zh=dict(
        answer="401 表示没有密钥或密钥不对。Sahab 的密钥以 `sk-sahab-` 开头，放在 `Authorization: Bearer KEY` 里；供应商自己的密钥在这里无效。",
        ask=["为什么是 401？", "我得到 401。", "401 是什么意思？", "它说 unauthorized。", "提示密钥无效怎么办？", "我的密钥不能用。", "401 错误", "密钥被拒绝了。"],
    ),
    ar=dict(
        answer="تعني 401 أن المفتاح ناقص أو خاطئ. مفتاح سحاب يبدأ بـ `sk-sahab-` ويوضع في `Authorization: Bearer KEY`، ولا يقبل هنا مفتاح المزود نفسه.",
        ask=["لماذا أحصل على 401؟", "ما معنى 401؟", "يقول إن المفتاح خاطئ.", "مفتاحي لا يعمل.", "لماذا رفض مفتاحي؟", "خطأ 401", "يقول unauthorized."],
    ),
)

intent(
    "error-404",
    en=dict(
        answer="404 means that the path or the model is not there. The base address ends in `/v1` for OpenAI's clients; `npm run sahab -- models` lists the names of models. `aliases` in `cloud.yaml` gives one a further name.",
        fact=["the meaning of 404", "status 404", "model_not_found", "a model_not_found error"],
        ask=["Why do I get 404?", "I get 404.", "i get a 404 not found", "What does 404 mean?", "404?", "It says model not found.", "it says the model does not exist", "Why is my model not found?", "error 404", "The path is not served, it says.", "unknown model?"],
    ),
    zh=dict(
        answer="404 表示路径或模型不存在。OpenAI 客户端的地址以 `/v1` 结尾；`npm run sahab -- models` 会列出模型名称。在 `cloud.yaml` 里用 `aliases` 可以给模型另一个名字。",
        ask=["为什么是 404？", "我得到 404。", "404 是什么意思？", "它说找不到模型。", "提示模型不存在怎么办？", "404 错误", "为什么找不到我的模型？"],
    ),
    ar=dict(
        answer="تعني 404 أن المسار أو النموذج غير موجود. ينتهي العنوان لعملاء OpenAI بـ `/v1`، ويعرض `npm run sahab -- models` أسماء النماذج. ويعطي `aliases` في `cloud.yaml` النموذج اسما آخر.",
        ask=["لماذا أحصل على 404؟", "ما معنى 404؟", "يقول إن النموذج غير موجود.", "خطأ 404", "لماذا لا يجد نموذجي؟", "يقول model not found."],
    ),
)

intent(
    "error-402",
    en=dict(
        answer="402 `budget_exceeded` means that the request could cost more than what is left. `npm run sahab -- key show my-app` tells what is left; raise a key's with `npm run sahab -- key edit my-app --budget 40/month`, a project's `budget` in `cloud.yaml`.",
        fact=["the meaning of 402", "status 402", "budget_exceeded", "a budget_exceeded error"],
        ask=["Why do I get 402?", "I get 402.", "What does 402 mean?", "It says budget exceeded.", "my budget is used up", "What happens when the budget is used up?", "The budget is empty. What now?", "Why does it say payment required?", "error 402", "402?"],
    ),
    zh=dict(
        answer="402 `budget_exceeded` 表示请求可能花费的比剩下的多。`npm run sahab -- key show my-app` 会告诉你还剩多少；提高密钥的预算用 `npm run sahab -- key edit my-app --budget 40/month`，项目的 `budget` 在 `cloud.yaml` 里。",
        ask=["为什么是 402？", "402 是什么意思？", "它说预算超了。", "预算用完了怎么办？", "预算用完会怎样？", "402 错误", "提示 budget exceeded。"],
    ),
    ar=dict(
        answer="تعني 402 `budget_exceeded` أن الطلب قد يكلف أكثر مما بقي. يعرض `npm run sahab -- key show my-app` ما بقي، وارفع ميزانية المفتاح بالأمر `npm run sahab -- key edit my-app --budget 40/month`، و`budget` المشروع في `cloud.yaml`.",
        ask=["لماذا أحصل على 402؟", "ما معنى 402؟", "يقول إن الميزانية نفدت.", "ماذا يحدث حين تنفد الميزانية؟", "خطأ 402", "نفدت ميزانيتي فماذا أفعل؟"],
    ),
)

intent(
    "error-429",
    en=dict(
        answer="429 `rate_limit_exceeded` means too many requests or tokens a minute, or too many at once. Wait as long as `retry-after` says. A key's limit is raised by `npm run sahab -- key edit my-app --rpm 600`, a project's `limits` in `cloud.yaml`.",
        fact=["the meaning of 429", "status 429", "rate_limit_exceeded", "a rate limit error"],
        ask=["Why do I get 429?", "I get 429.", "What does 429 mean?", "It says rate limit exceeded.", "too many requests?", "it says too many requests", "Why am I rate limited?", "error 429", "429?", "How do I get rid of 429?"],
    ),
    zh=dict(
        answer="429 `rate_limit_exceeded` 表示每分钟的请求或 token 太多，或同时太多。按 `retry-after` 等待。提高密钥的限制用 `npm run sahab -- key edit my-app --rpm 600`，项目的 `limits` 在 `cloud.yaml` 里。",
        ask=["为什么是 429？", "429 是什么意思？", "它说请求太多。", "为什么被限速？", "429 错误", "提示 rate limit 怎么办？"],
    ),
    ar=dict(
        answer="تعني 429 `rate_limit_exceeded` طلبات أو رموزا كثيرة في الدقيقة أو في وقت واحد. انتظر كما يقول `retry-after`. وارفع حد المفتاح بالأمر `npm run sahab -- key edit my-app --rpm 600`، و`limits` المشروع في `cloud.yaml`.",
        ask=["لماذا أحصل على 429؟", "ما معنى 429؟", "يقول إن الطلبات كثيرة.", "خطأ 429", "لماذا تم تحديد معدلي؟"],
    ),
)

intent(
    "error-not-priced",
    en=dict(
        answer=SAME["price"]["en"],
        fact=["model_not_priced", "a model_not_priced error"],
        ask=["It says model_not_priced.", "Why is my model not priced?", "What does model_not_priced mean?", "My model has no price. What now?", "How do I make a model free?", "i don't want to set a price", "Can a model cost nothing?", "Why do I need a price?"],
    ),
    zh=dict(
        answer=SAME["price"]["zh"],
        ask=["它说 model_not_priced。", "model_not_priced 是什么意思？", "模型没有价格怎么办？", "怎么让模型免费？", "为什么需要价格？"],
    ),
    ar=dict(
        answer=SAME["price"]["ar"],
        ask=["يقول model_not_priced.", "ما معنى model_not_priced؟", "نموذجي بلا سعر فماذا أفعل؟", "كيف أجعل النموذج مجانيا؟"],
    ),
)

intent(
    "ollama",
    en=dict(
        answer="""Ollama is an engine without budgets; Sahab adds keys, budgets and a bill, and takes a running Ollama as a vendor:
```yaml
providers:
  - name: ollama
    vendor: ollama
```""",
        do=["use Ollama with Sahab", "connect Ollama", "put Ollama behind Sahab", "use my Ollama models", "serve Ollama's models", "add Ollama"],
        ask=["Does Sahab work with Ollama?", "Can I use my Ollama models?", "i have ollama running, can sahab use it?", "Can Ollama be a provider?", "What about Ollama?", "ollama?"],
    ),
    zh=dict(
        answer="""Ollama 是没有预算的引擎；Sahab 加上密钥、预算和账单，并把运行中的 Ollama 当作供应商：
```yaml
providers:
  - name: ollama
    vendor: ollama
```""",
        do=["接入 Ollama", "在 Sahab 里用 Ollama", "使用 Ollama 的模型", "添加 Ollama"],
        ask=["支持 Ollama 吗？", "可以用 Ollama 的模型吗？", "我有 Ollama 在运行，能用吗？", "Ollama 可以当供应商吗？"],
    ),
    ar=dict(
        answer="""Ollama محرك بلا ميزانيات، ويضيف سحاب المفاتيح والميزانيات والفاتورة، ويأخذ Ollama العامل مزودا:
```yaml
providers:
  - name: ollama
    vendor: ollama
```""",
        do=["استخدام Ollama مع سحاب", "وصل Ollama", "إضافة Ollama", "استخدام نماذج Ollama"],
        ask=["هل يعمل سحاب مع Ollama؟", "هل أستطيع استخدام نماذج Ollama؟", "عندي Ollama يعمل، هل يستخدمه سحاب؟"],
    ),
)

intent(
    "https",
    en=dict(
        answer="Set `SAHAB_TLS_CERT` and `SAHAB_TLS_KEY` to files in PEM and start; new certificates are taken over while it runs. Or put nginx or Caddy in front: examples are in `deploy/`.",
        do=["use HTTPS", "set up HTTPS", "turn on TLS", "add a certificate", "encrypt the connection", "use a Let's Encrypt certificate", "put nginx in front", "put Caddy in front", "run it behind a reverse proxy"],
        ask=["Does Sahab speak HTTPS?", "how do i get https?", "Where do I put my certificate?", "Can Sahab do TLS?", "Is there TLS?", "https?", "Does it work behind nginx?", "Do I need nginx?"],
    ),
    zh=dict(
        answer="把 `SAHAB_TLS_CERT` 和 `SAHAB_TLS_KEY` 设为 PEM 文件再启动；新证书会在运行中生效。也可以在前面放 nginx 或 Caddy，例子在 `deploy/`。",
        do=["使用 HTTPS", "开启 HTTPS", "设置 TLS", "添加证书", "在前面放 nginx", "放在反向代理后面"],
        ask=["支持 HTTPS 吗？", "怎么用 https？", "证书放在哪里？", "有 TLS 吗？", "能放在 nginx 后面吗？"],
    ),
    ar=dict(
        answer="اجعل `SAHAB_TLS_CERT` و`SAHAB_TLS_KEY` ملفين بصيغة PEM ثم شغل، وتؤخذ الشهادات الجديدة أثناء العمل. أو ضع nginx أو Caddy أمامه، والأمثلة في `deploy/`.",
        do=["استخدام HTTPS", "تفعيل TLS", "إضافة شهادة", "تشفير الاتصال", "وضع nginx أمامه"],
        ask=["هل يدعم سحاب HTTPS؟", "أين أضع الشهادة؟", "هل يوجد TLS؟", "هل يعمل خلف nginx؟"],
    ),
)

intent(
    "docker",
    en=dict(
        answer="Yes: `deploy/docker` has a Dockerfile and a compose file with PostgreSQL. Build it in the checkout: `docker build -f deploy/docker/Dockerfile -t sahab .`",
        do=["run Sahab in Docker", "use Docker", "build a container", "run Sahab in a container", "use docker compose", "deploy Sahab with Docker"],
        ask=["Is there a Docker image?", "Is there a Dockerfile?", "docker?", "Can I run it in Docker?", "Do you have a compose file?", "does it run in a container?", "How about Kubernetes?"],
    ),
    zh=dict(
        answer="可以，`deploy/docker` 里有 Dockerfile 和带 PostgreSQL 的 compose 文件。在代码目录里构建：`docker build -f deploy/docker/Dockerfile -t sahab .`",
        do=["在 Docker 里运行 Sahab", "使用 Docker", "用容器运行 Sahab", "用 docker compose"],
        ask=["有 Docker 镜像吗？", "有 Dockerfile 吗？", "可以在容器里运行吗？", "支持 Docker 吗？", "有 compose 文件吗？"],
    ),
    ar=dict(
        answer="نعم، في `deploy/docker` ملف Dockerfile وملف compose مع PostgreSQL. ابنه في مجلد المشروع: `docker build -f deploy/docker/Dockerfile -t sahab .`",
        do=["تشغيل سحاب في Docker", "استخدام Docker", "تشغيل سحاب في حاوية"],
        ask=["هل توجد صورة Docker؟", "هل يوجد Dockerfile؟", "هل يعمل في حاوية؟", "هل يدعم Docker؟"],
    ),
)

intent(
    "service",
    en=dict(
        answer="`deploy/systemd/sahab.service` starts Sahab at boot: copy it to `/etc/systemd/system`, then `systemctl enable --now sahab`; `systemctl stop sahab` ends it. The guide is `docs/operations.md`.",
        do=["run Sahab as a service", "start Sahab at boot", "use systemd", "keep Sahab running after I log out", "run Sahab in the background", "start it automatically"],
        ask=["Is there a systemd unit?", "How do I keep it running?", "It stops when I close the terminal.", "how to run it in the background?", "Does it start at boot?"],
    ),
    zh=dict(
        answer="`deploy/systemd/sahab.service` 让 Sahab 开机启动：复制到 `/etc/systemd/system`，再运行 `systemctl enable --now sahab`；`systemctl stop sahab` 停止它。说明在 `docs/operations.md`。",
        do=["把 Sahab 作为服务运行", "开机启动 Sahab", "用 systemd 运行", "在后台运行 Sahab"],
        ask=["有 systemd 单元吗？", "怎么让它一直运行？", "关掉终端它就停了。", "怎么后台运行？"],
    ),
    ar=dict(
        answer="يشغل `deploy/systemd/sahab.service` سحاب مع إقلاع الجهاز: انسخه إلى `/etc/systemd/system` ثم نفذ `systemctl enable --now sahab`، ويوقفه `systemctl stop sahab`. الدليل في `docs/operations.md`.",
        do=["تشغيل سحاب كخدمة", "تشغيل سحاب عند الإقلاع", "استخدام systemd", "تشغيل سحاب في الخلفية"],
        ask=["هل توجد وحدة systemd؟", "كيف أبقيه يعمل؟", "يتوقف حين أغلق الطرفية."],
    ),
)

intent(
    "logs",
    en=dict(
        answer=SAME["requests"]["en"],
        do=["see the logs", "read the log", "find the log file", "get more log output", "turn on debug logging", "see what went wrong", "make the log quieter"],
        ask=["Where are the logs?", "where is the log file?", "Is there a log?", "logs?", "How do I debug a problem?", "Are prompts in the log?", "Does Sahab log my prompts?", "What is logged?"],
    ),
    zh=dict(
        answer=SAME["requests"]["zh"],
        do=["查看日志", "找到日志文件", "打开调试日志", "看哪里出了问题"],
        ask=["日志在哪里？", "有日志吗？", "怎么调试？", "日志里有提示词吗？", "会记录我的提示词吗？", "记录了什么？"],
    ),
    ar=dict(
        answer=SAME["requests"]["ar"],
        do=["رؤية السجلات", "قراءة السجل", "إيجاد ملف السجل", "تفعيل سجل التصحيح"],
        ask=["أين السجلات؟", "هل يوجد سجل؟", "هل تكتب أسئلتي في السجل؟", "كيف أعرف ما الخطأ؟"],
    ),
)

intent(
    "requests",
    en=dict(
        answer=SAME["requests"]["en"],
        do=["see the last requests", "look at one request", "see why a request failed", "list requests", "find a failed request", "watch requests live", "see what one request cost"],
        ask=["Why did my request fail?", "What did the last request cost?", "Where do I see my requests?", "Can I see single requests?", "Which requests failed?", "requests?", "Is there a history of requests?"],
    ),
    zh=dict(
        answer=SAME["requests"]["zh"],
        do=["查看最近的请求", "查看一个请求", "找失败的请求", "实时查看请求", "看一个请求的费用"],
        ask=["请求为什么失败？", "上一个请求花了多少钱？", "在哪里看请求？", "哪些请求失败了？", "有请求记录吗？"],
    ),
    ar=dict(
        answer=SAME["requests"]["ar"],
        do=["رؤية آخر الطلبات", "عرض طلب واحد", "إيجاد طلب فاشل", "متابعة الطلبات مباشرة"],
        ask=["لماذا فشل طلبي؟", "كم كلف الطلب الأخير؟", "أين أرى طلباتي؟", "أي الطلبات فشلت؟"],
    ),
)

intent(
    "who-used",
    en=dict(
        answer=SAME["usage"]["en"],
        do=["see who used how much", "see the cost of each person", "see what each key has spent", "find out who spends the most", "split the bill by person", "see usage per user", "get a report for each key"],
        ask=["Who used how much?", "Who spent the most?", "How much did Anna use?", "how much has each key spent?", "who is using it?", "What did each person cost?", "Which key costs the most?", "Can I see usage per user?"],
    ),
    zh=dict(
        answer=SAME["usage"]["zh"],
        do=["看谁用了多少", "看每个人的费用", "看每个密钥花了多少", "找出谁花得最多", "按用户查看用量"],
        ask=["谁用了多少？", "谁花得最多？", "每个密钥花了多少？", "每个人花了多少钱？", "可以按用户看用量吗？"],
    ),
    ar=dict(
        answer=SAME["usage"]["ar"],
        do=["معرفة من استخدم كم", "رؤية تكلفة كل شخص", "رؤية إنفاق كل مفتاح", "معرفة الأكثر إنفاقا"],
        ask=["من استخدم كم؟", "من أنفق الأكثر؟", "كم أنفق كل مفتاح؟", "كم كلف كل شخص؟"],
    ),
)

intent(
    "speed",
    en=dict(
        answer="On one core Sahab passes some ten thousand small requests a second, with keys, prices and a journal on. `docs/numbers.md` has all figures, with what they were compared to.",
        fact=["the speed of Sahab", "the performance of Sahab", "the overhead of Sahab", "the latency that Sahab adds"],
        ask=["How fast is Sahab?", "Is Sahab fast?", "How many requests per second can it do?", "how many users can it handle?", "Does it slow my requests down?", "How much latency does it add?", "Is it slow?", "speed?", "Are there benchmarks?"],
    ),
    zh=dict(
        answer="在一个核上，Sahab 带着密钥、价格和日志，每秒可转发约一万个小请求。所有数字和比较对象在 `docs/numbers.md`。",
        ask=["Sahab 有多快？", "Sahab 快吗？", "每秒能处理多少请求？", "会变慢吗？", "增加多少延迟？", "性能怎么样？", "有性能测试吗？"],
    ),
    ar=dict(
        answer="يمرر سحاب على نواة واحدة نحو عشرة آلاف طلب صغير في الثانية مع المفاتيح والأسعار والدفتر. كل الأرقام وما قورنت به في `docs/numbers.md`.",
        ask=["ما سرعة سحاب؟", "هل سحاب سريع؟", "كم طلبا في الثانية؟", "هل يبطئ طلباتي؟", "ما أداء سحاب؟", "هل توجد قياسات؟"],
    ),
)

intent(
    "agents",
    en=dict(
        answer="Run `npm run sahab -- connect` to see the programs, then for example `npm run sahab -- connect codex --write`. It knows Codex, Claude Code, Gemini CLI, Cline, aider and others.",
        do=["connect Claude Code", "connect Codex", "use Claude Code with Sahab", "use Sahab in Cursor", "use my coding agent with Sahab", "set up Codex", "connect aider", "use Cline with Sahab", "use Gemini CLI with Sahab", "connect my editor", "use opencode with Sahab"],
        ask=["Does it work with Claude Code?", "Does Codex work with Sahab?", "can i use claude code with this?", "Which agents does Sahab support?", "Can I use it in Cursor?", "What about coding agents?", "agents?"],
    ),
    zh=dict(
        answer="运行 `npm run sahab -- connect` 查看支持的程序，然后例如 `npm run sahab -- connect codex --write`。支持 Codex、Claude Code、Gemini CLI、Cline、aider 等。",
        do=["连接 Claude Code", "连接 Codex", "在 Claude Code 里用 Sahab", "在 Cursor 里用 Sahab", "接入编程助手", "设置 Codex"],
        ask=["支持 Claude Code 吗？", "Codex 能用吗？", "支持哪些智能体？", "可以在 Cursor 里用吗？", "怎么接编程工具？"],
    ),
    ar=dict(
        answer="نفذ `npm run sahab -- connect` لترى البرامج، ثم مثلا `npm run sahab -- connect codex --write`. يعرف Codex وClaude Code وGemini CLI وCline وaider وغيرها.",
        do=["وصل Claude Code", "وصل Codex", "استخدام Claude Code مع سحاب", "استخدام سحاب في Cursor", "وصل مساعد البرمجة"],
        ask=["هل يعمل مع Claude Code؟", "هل يعمل Codex مع سحاب؟", "أي الوكلاء يدعمهم سحاب؟", "هل أستخدمه في Cursor؟"],
    ),
)

intent(
    "status",
    en=dict(
        answer=SAME["status"]["en"],
        do=["see whether Sahab runs", "check the status", "see if Sahab is up", "check that it works", "see the state of the server"],
        ask=["Is Sahab running?", "is it up?", "Does it run?", "status?", "How do I know that it works?", "Is the server alive?"],
    ),
    zh=dict(
        answer=SAME["status"]["zh"],
        do=["查看状态", "检查 Sahab 是否在运行", "看服务器状态"],
        ask=["Sahab 在运行吗？", "怎么知道它正常？", "状态怎么看？", "它还活着吗？"],
    ),
    ar=dict(
        answer=SAME["status"]["ar"],
        do=["معرفة حالة سحاب", "التأكد من عمل سحاب", "رؤية حالة الخادم"],
        ask=["هل يعمل سحاب؟", "كيف أعرف أنه يعمل؟", "ما الحالة؟"],
    ),
)

intent(
    "login",
    en=dict(
        answer="Run `npm run sahab -- login https://ai.example.com` once. It asks for the key and remembers both, so that further commands go there. `npm run sahab -- console` prints a link for the browser.",
        do=["use a Sahab on another machine", "log in", "connect the command line to a remote server", "administer a Sahab elsewhere", "point the commands at another server", "sign in to a remote Sahab"],
        ask=["How do I log in?", "Can I administer it from my laptop?", "Is there a login?", "login?", "My Sahab runs on a server. How do I use it from here?"],
    ),
    zh=dict(
        answer="运行一次 `npm run sahab -- login https://ai.example.com`。它会要密钥并记住两者，之后的命令都发到那里。`npm run sahab -- console` 打印浏览器的登录链接。",
        do=["登录", "使用另一台机器上的 Sahab", "让命令行连接远程服务器", "远程管理 Sahab"],
        ask=["怎么登录？", "可以从笔记本上管理吗？", "有登录命令吗？", "Sahab 在服务器上，怎么从这里用？"],
    ),
    ar=dict(
        answer="نفذ مرة واحدة `npm run sahab -- login https://ai.example.com`. يطلب المفتاح ويتذكرهما، فتذهب الأوامر التالية إلى هناك. ويطبع `npm run sahab -- console` رابطا للمتصفح.",
        do=["تسجيل الدخول", "استخدام سحاب على جهاز آخر", "إدارة سحاب عن بعد"],
        ask=["كيف أسجل الدخول؟", "هل أديره من حاسوبي المحمول؟", "سحاب على خادم فكيف أستخدمه من هنا؟"],
    ),
)

intent(
    "rotate",
    en=dict(
        answer=SAME["key-end"]["en"],
        do=["rotate a key", "replace a leaked key", "change a key", "renew a key", "rotate the admin key", "swap a key without downtime"],
        ask=["My key leaked. What now?", "someone has my key", "I pasted my key in public.", "How do I change the admin key?", "Can a key be replaced?", "I posted my key by mistake."],
    ),
    zh=dict(
        answer=SAME["key-end"]["zh"],
        do=["轮换密钥", "更换泄露的密钥", "换一个密钥", "更换管理员密钥"],
        ask=["密钥泄露了怎么办？", "我的密钥被别人拿到了。", "怎么换管理员密钥？", "密钥可以更换吗？"],
    ),
    ar=dict(
        answer=SAME["key-end"]["ar"],
        do=["تدوير مفتاح", "تبديل مفتاح مسرب", "تغيير مفتاح", "تغيير مفتاح المدير"],
        ask=["تسرب مفتاحي فماذا أفعل؟", "حصل أحدهم على مفتاحي.", "كيف أغير مفتاح المدير؟"],
    ),
)

intent(
    "port-taken",
    en=dict(
        answer=SAME["address"]["en"],
        ask=["The port is in use.", "it says the port is already in use", "It says address already in use.", "EADDRINUSE?", "Port 8787 is taken.", "Something else uses port 8787.", "The port is busy.", "Why can't it listen on 8787?"],
    ),
    zh=dict(
        answer=SAME["address"]["zh"],
        ask=["端口被占用了。", "它说端口已被使用。", "8787 端口被占用怎么办？", "提示 address already in use。", "为什么不能监听 8787？"],
    ),
    ar=dict(
        answer=SAME["address"]["ar"],
        ask=["المنفذ مستخدم.", "يقول إن المنفذ مشغول.", "المنفذ 8787 مشغول فماذا أفعل؟", "يقول address already in use."],
    ),
)

intent(
    "uninstall",
    en=dict(
        answer="Run `npm run sahab -- stop`, then delete the checkout and the data folder `~/.sahab`. Nothing else is left on the machine.",
        do=["uninstall Sahab", "remove Sahab", "delete Sahab completely", "get rid of Sahab", "wipe all data"],
        ask=["How do I remove everything?", "Is there an uninstaller?", "What does it leave on my disk?", "uninstall?"],
    ),
    zh=dict(
        answer="运行 `npm run sahab -- stop`，再删除代码目录和数据文件夹 `~/.sahab`。机器上不会留下别的东西。",
        do=["卸载 Sahab", "删除 Sahab", "彻底删除 Sahab", "清除所有数据"],
        ask=["怎么全部删除？", "怎么卸载？", "会在硬盘上留下什么？"],
    ),
    ar=dict(
        answer="نفذ `npm run sahab -- stop` ثم احذف مجلد المشروع ومجلد البيانات `~/.sahab`. لا يبقى شيء آخر على الجهاز.",
        do=["إزالة سحاب", "حذف سحاب تماما", "مسح كل البيانات"],
        ask=["كيف أزيل كل شيء؟", "كيف أحذف البرنامج؟", "ماذا يترك على القرص؟"],
    ),
)

intent(
    "several-machines",
    en=dict(
        answer="Give every machine the same `SAHAB_DATABASE_URL` (PostgreSQL), `SAHAB_MASTER_KEY` and `SAHAB_ADMIN_KEY`, and put a load balancer in front. They share keys, budgets and records.",
        do=["run Sahab on several machines", "scale out", "run a cluster", "share keys between machines", "run several replicas", "grow to more servers", "make Sahab highly available"],
        ask=["Can I run more than one Sahab?", "Does Sahab scale?", "Is there high availability?", "What if one machine is not enough?", "Can two servers share the budgets?", "Does it run on a cluster?"],
    ),
    zh=dict(
        answer="给每台机器同样的 `SAHAB_DATABASE_URL`（PostgreSQL）、`SAHAB_MASTER_KEY` 和 `SAHAB_ADMIN_KEY`，前面放负载均衡。它们共享密钥、预算和记录。",
        do=["在多台机器上运行 Sahab", "横向扩展", "部署集群", "多台机器共享密钥", "实现高可用"],
        ask=["可以运行多个 Sahab 吗？", "能扩展吗？", "一台机器不够怎么办？", "支持高可用吗？"],
    ),
    ar=dict(
        answer="أعط كل جهاز نفس `SAHAB_DATABASE_URL` (PostgreSQL) و`SAHAB_MASTER_KEY` و`SAHAB_ADMIN_KEY`، وضع موزع أحمال أمامها. تتشارك المفاتيح والميزانيات والسجلات.",
        do=["تشغيل سحاب على عدة أجهزة", "توسيع سحاب", "مشاركة المفاتيح بين الأجهزة"],
        ask=["هل أشغل أكثر من سحاب؟", "هل يتوسع سحاب؟", "ماذا لو لم يكف جهاز واحد؟"],
    ),
)

intent(
    "memory-budget",
    en=dict(
        answer=SAME["memory"]["en"],
        do=["run many local models", "limit the memory of local models", "unload a model after a while", "save memory", "share memory between models", "let idle models sleep"],
        ask=["How much memory do local models take?", "I have too little RAM.", "Can models share the memory?", "When is a model unloaded?", "it uses too much memory", "How do I free memory?"],
    ),
    zh=dict(
        answer=SAME["memory"]["zh"],
        do=["运行多个本地模型", "限制本地模型的内存", "节省内存", "让空闲的模型休眠"],
        ask=["本地模型占多少内存？", "内存不够怎么办？", "模型什么时候卸载？", "怎么释放内存？"],
    ),
    ar=dict(
        answer=SAME["memory"]["ar"],
        do=["تشغيل نماذج محلية كثيرة", "تحديد ذاكرة النماذج المحلية", "توفير الذاكرة"],
        ask=["كم ذاكرة تحتاج النماذج المحلية؟", "الذاكرة لا تكفي فماذا أفعل؟", "متى يفرغ النموذج من الذاكرة؟"],
    ),
)

intent(
    "test-provider",
    en=dict(
        answer="Run `npm run sahab -- provider test`. It tells whether each vendor is reached, takes the key, has the models and answers one token; `npm run sahab -- provider list` names those that you have.",
        do=["test a provider", "check that my vendor key works", "check my OpenAI key", "see why a vendor does not answer", "test the connection to a vendor", "find out what is wrong with a provider"],
        ask=["Does my vendor key work?", "Why does the vendor not answer?", "I get 502.", "What does 502 mean?", "it says upstream error", "Is my provider reachable?", "Why does OpenAI not work?"],
    ),
    zh=dict(
        answer="运行 `npm run sahab -- provider test`。它会说明每个供应商是否可达、密钥是否有效、模型是否存在，并试一个 token；`npm run sahab -- provider list` 列出已有的供应商。",
        do=["测试供应商", "检查供应商的密钥", "测试与供应商的连接", "查供应商的问题"],
        ask=["供应商的密钥有效吗？", "供应商为什么不回答？", "502 是什么意思？", "我得到 502。", "怎么知道供应商能不能用？"],
    ),
    ar=dict(
        answer="نفذ `npm run sahab -- provider test`. يخبرك هل يوصل إلى كل مزود وهل يقبل المفتاح وهل عنده النماذج ويجرب رمزا واحدا. ويعرض `npm run sahab -- provider list` ما عندك من مزودين.",
        do=["اختبار مزود", "التأكد من مفتاح المزود", "اختبار الاتصال بالمزود"],
        ask=["هل يعمل مفتاح المزود؟", "لماذا لا يجيب المزود؟", "ما معنى 502؟", "أحصل على 502."],
    ),
)

intent(
    "alias",
    en=dict(
        answer=SAME["models"]["en"],
        do=["rename a model", "give a model another name", "make an alias", "map one model name to another", "answer gpt-4o with another model", "redirect a model name"],
        ask=["Can a model have two names?", "Are there aliases?", "My program insists on a model name.", "My program asks for a fixed model. What can I do?", "Can gpt-4 lead to another model?"],
    ),
    zh=dict(
        answer=SAME["models"]["zh"],
        do=["给模型改名", "给模型另一个名字", "设置别名", "把一个模型名指向另一个"],
        ask=["模型可以有两个名字吗？", "有别名吗？", "我的程序只认一个模型名怎么办？"],
    ),
    ar=dict(
        answer=SAME["models"]["ar"],
        do=["تغيير اسم نموذج", "إعطاء نموذج اسما آخر", "إنشاء اسم بديل"],
        ask=["هل يكون للنموذج اسمان؟", "هل توجد أسماء بديلة؟", "برنامجي يطلب اسما ثابتا للنموذج."],
    ),
)

intent(
    "cost-of-sahab",
    en=dict(
        answer="Sahab itself costs nothing: it is free software (Apache-2.0). You pay your vendors for their tokens, at their prices; local models are free until you price them. `npm run sahab -- usage` shows the cost.",
        fact=["the price of Sahab", "the cost of Sahab", "the cost of using Sahab"],
        ask=["What does Sahab cost?", "Is Sahab free?", "is it free?", "Do I have to pay?", "Is there a paid version?", "How much does it cost?", "Do you take a share of the tokens?", "Do I need a credit card?"],
    ),
    zh=dict(
        answer="Sahab 本身不要钱，是自由软件（Apache-2.0）。你按供应商的价格付 token 的钱；本地模型在你定价之前是免费的。`npm run sahab -- usage` 显示费用。",
        ask=["Sahab 多少钱？", "Sahab 免费吗？", "要付费吗？", "有收费版吗？", "需要信用卡吗？", "用 Sahab 要花钱吗？"],
    ),
    ar=dict(
        answer="سحاب نفسه مجاني، فهو برنامج حر (Apache-2.0). تدفع للمزودين ثمن الرموز بأسعارهم، والنماذج المحلية مجانية حتى تسعرها. ويعرض `npm run sahab -- usage` التكلفة.",
        ask=["كم يكلف سحاب؟", "هل سحاب مجاني؟", "هل علي أن أدفع؟", "هل توجد نسخة مدفوعة؟", "هل أحتاج بطاقة ائتمان؟"],
    ),
)

intent(
    "systems",
    en=dict(
        answer="Sahab runs on Linux and macOS, on x64 and arm64; Windows is not tested. It needs git and Node 20 or newer.",
        ask=["Does Sahab run on Windows?", "Does it run on a Mac?", "Does it work on Linux?", "Can I use it on macOS?", "Which systems are supported?", "Does it run on a Raspberry Pi?", "windows?", "does it work on my macbook?"],
    ),
    zh=dict(
        answer="Sahab 在 Linux 和 macOS 上运行，支持 x64 和 arm64；Windows 没有测试过。需要 git 和 Node 20 或更新版本。",
        ask=["支持 Windows 吗？", "能在 Mac 上运行吗？", "支持 Linux 吗？", "支持哪些系统？", "可以在树莓派上用吗？"],
    ),
    ar=dict(
        answer="يعمل سحاب على Linux وmacOS، على x64 وarm64، ولم يختبر على Windows. يحتاج git وNode 20 أو أحدث.",
        ask=["هل يعمل سحاب على ويندوز؟", "هل يعمل على ماك؟", "هل يعمل على لينكس؟", "ما الأنظمة المدعومة؟"],
    ),
)

intent(
    "batches",
    en=dict(
        answer="Upload a file of requests to `/v1/files` and make a batch with `/v1/batches`, as with OpenAI. Where the vendor has batches, it runs there at the vendor's lower price.",
        do=["run a batch", "send many requests at once", "use the batch API", "get the batch discount", "process a large file of prompts"],
        ask=["Does Sahab have batches?", "Is there a batch API?", "Are batches cheaper?", "batch?", "I have ten thousand prompts."],
    ),
    zh=dict(
        answer="像 OpenAI 一样，把请求文件上传到 `/v1/files`，再用 `/v1/batches` 建批处理。供应商有批处理时，就在那里以更低的价格运行。",
        do=["运行批处理", "一次发送很多请求", "使用批处理 API", "处理大量提示词"],
        ask=["支持批处理吗？", "有批处理接口吗？", "批处理更便宜吗？"],
    ),
    ar=dict(
        answer="ارفع ملف الطلبات إلى `/v1/files` وأنشئ دفعة عبر `/v1/batches` كما عند OpenAI. وحيث للمزود دفعات تنفذ عنده بسعره الأقل.",
        do=["تشغيل دفعة", "إرسال طلبات كثيرة مرة واحدة", "استخدام واجهة الدفعات"],
        ask=["هل يدعم سحاب الدفعات؟", "هل توجد واجهة للدفعات؟", "هل الدفعات أرخص؟"],
    ),
)

intent(
    "embeddings",
    en=dict(
        answer="Send texts to `/v1/embeddings` as with OpenAI, and documents to rank to `/v1/rerank`. The model must be one that can do it; `npm run sahab -- models` shows what each can.",
        do=["get embeddings", "embed a text", "rerank documents", "make vectors from text", "use an embedding model"],
        ask=["Does Sahab do embeddings?", "Is there reranking?", "Which path is for embeddings?", "Can I use it for RAG?", "embeddings?"],
    ),
    zh=dict(
        answer="像 OpenAI 一样把文本发到 `/v1/embeddings`，要排序的文档发到 `/v1/rerank`。模型必须支持；`npm run sahab -- models` 会显示每个模型能做什么。",
        do=["获取嵌入向量", "给文本做嵌入", "给文档重排序", "用嵌入模型"],
        ask=["支持嵌入吗？", "支持重排序吗？", "嵌入用哪个路径？", "可以用来做 RAG 吗？"],
    ),
    ar=dict(
        answer="أرسل النصوص إلى `/v1/embeddings` كما عند OpenAI، والوثائق المراد ترتيبها إلى `/v1/rerank`. يجب أن يكون النموذج قادرا عليه، ويعرض `npm run sahab -- models` قدرات كل نموذج.",
        do=["الحصول على تضمينات", "تحويل نص إلى متجه", "إعادة ترتيب الوثائق"],
        ask=["هل يدعم سحاب التضمينات؟", "هل توجد إعادة ترتيب؟", "هل يصلح لـ RAG؟"],
    ),
)

intent(
    "planner",
    en=dict(
        answer=SAME["plan"]["en"],
        do=["plan my hardware", "find out how many GPUs I need", "plan capacity", "plan a data center", "reckon what my money buys", "find out what 5 megawatts can serve", "use sahab plan"],
        ask=["Is there a planner?", "How many GPUs do I need?", "What is sahab plan?", "plan?", "How many tokens a day do I get for a million dollars?", "What can I serve with 300 MW?", "What does plan do?"],
    ),
    zh=dict(
        answer=SAME["plan"]["zh"],
        do=["规划硬件", "算需要多少 GPU", "规划容量", "规划数据中心", "算资金能买多少算力"],
        ask=["有规划器吗？", "需要多少 GPU？", "sahab plan 是什么？", "一百万美元每天能跑多少 token？", "plan 命令做什么？"],
    ),
    ar=dict(
        answer=SAME["plan"]["ar"],
        do=["تخطيط العتاد", "معرفة عدد المعالجات الرسومية اللازمة", "تخطيط مركز بيانات", "حساب ما يشتريه مالي"],
        ask=["هل يوجد مخطط؟", "كم معالجا رسوميا أحتاج؟", "ما هو sahab plan؟", "كم رمزا في اليوم أحصل عليه بمليون دولار؟"],
    ),
)

intent(
    "plan-fit",
    en=dict(
        answer=SAME["plan"]["en"],
        do=["find out whether a model fits on my GPU", "see if a model fits in my card's memory", "know how much VRAM a model needs", "check that DeepSeek fits on my graphics cards", "know which GPU a model needs", "see how many cards a model takes"],
        ask=["Does it fit on my GPU?", "Will DeepSeek fit on eight H200?", "How much VRAM does a 70B model need?", "Which GPU do I need for Qwen?", "Can my RTX 4090 hold a 32B model?", "Does this GGUF fit in 24 GB of VRAM?", "Is my graphics card big enough for Llama?"],
    ),
    zh=dict(
        answer=SAME["plan"]["zh"],
        do=["看模型能不能放进我的显卡", "了解模型需要多少显存", "检查显存够不够跑 DeepSeek", "了解模型需要几张显卡"],
        ask=["我的显卡放得下吗？", "70B 模型要多少显存？", "4090 能跑 32B 吗？", "DeepSeek 需要几张 H200？", "24G 显存够跑这个模型吗？"],
    ),
    ar=dict(
        answer=SAME["plan"]["ar"],
        do=["معرفة هل يتسع النموذج في بطاقتي", "معرفة ذاكرة البطاقة التي يحتاجها نموذج", "معرفة كم بطاقة يحتاج النموذج", "فحص هل تكفي ذاكرة بطاقتي لنموذج"],
        ask=["هل يتسع في بطاقتي الرسومية؟", "كم VRAM يحتاج نموذج 70B؟", "هل تكفي RTX 4090 لنموذج 32B؟", "كم بطاقة H200 يحتاج DeepSeek؟"],
    ),
)

intent(
    "plan-buy",
    en=dict(
        answer=SAME["plan"]["en"],
        do=["compare owning with buying", "find out whether own GPUs are cheaper than an API", "compare the cost of my own machines with a vendor's", "see when owning pays", "decide between buying GPUs and paying for tokens"],
        ask=["Is it cheaper to own or to buy?", "Should we buy GPUs or pay a vendor?", "When do my own machines pay off?", "At how many tokens a day is self-hosting cheaper?", "Own hardware or API, what costs less?", "buy or own?"],
    ),
    zh=dict(
        answer=SAME["plan"]["zh"],
        do=["比较自建和购买", "算自有显卡是否比 API 便宜", "比较自己的机器和厂商的成本", "看什么时候自建划算"],
        ask=["自建便宜还是购买便宜？", "该买显卡还是付钱给厂商？", "自建多久回本？", "每天多少 token 自建才划算？", "自己买机器还是用 API 省钱？"],
    ),
    ar=dict(
        answer=SAME["plan"]["ar"],
        do=["مقارنة الامتلاك بالشراء", "معرفة هل بطاقاتي أرخص من المزود", "مقارنة تكلفة أجهزتي بتكلفة المزود"],
        ask=["هل الامتلاك أرخص أم الشراء؟", "هل نشتري بطاقات أم ندفع للمزود؟", "متى تصبح أجهزتنا أرخص؟", "أيهما أوفر: أجهزتنا أم الواجهة المدفوعة؟"],
    ),
)

intent(
    "users-roles",
    en=dict(
        answer="Named users, roles and single sign-on are not here yet. Today each person gets a key: `npm run sahab -- key create anna`, and an admin one with `--role admin`.",
        do=["add a user", "add a colleague", "invite my team", "give somebody access", "create an account for a person", "set up single sign-on", "add a second admin"],
        ask=["Are there users?", "Is there single sign-on?", "Does it support OIDC?", "How do I add people?", "Are there roles?", "Can I have two admins?", "how do i give my colleague access?"],
    ),
    zh=dict(
        answer="还没有用户、角色和单点登录。现在给每个人一个密钥：`npm run sahab -- key create anna`，管理员加 `--role admin`。",
        do=["添加用户", "添加同事", "给别人访问权限", "邀请团队", "设置单点登录"],
        ask=["有用户吗？", "支持单点登录吗？", "怎么加人？", "有角色吗？", "可以有两个管理员吗？"],
    ),
    ar=dict(
        answer="المستخدمون والأدوار والدخول الموحد غير موجودة بعد. أعط اليوم كل شخص مفتاحا: `npm run sahab -- key create anna`، وللمدير أضف `--role admin`.",
        do=["إضافة مستخدم", "إضافة زميل", "إعطاء أحد صلاحية الدخول", "دعوة فريقي"],
        ask=["هل يوجد مستخدمون؟", "هل يدعم الدخول الموحد؟", "كيف أضيف أشخاصا؟", "هل توجد أدوار؟"],
    ),
)

intent(
    "metrics",
    en=dict(
        answer="`/metrics` has them for Prometheus; a Grafana dashboard and alert rules are in `deploy/`. For scraping make a key: `npm run sahab -- key create prometheus --role metrics`.",
        do=["monitor Sahab", "use Prometheus", "get a Grafana dashboard", "scrape the metrics", "set up alerts", "watch Sahab in Grafana"],
        ask=["Are there metrics?", "Is there a Grafana dashboard?", "How do I monitor it?", "metrics?", "Why does /metrics say 401?"],
    ),
    zh=dict(
        answer="`/metrics` 提供 Prometheus 指标；Grafana 面板和告警规则在 `deploy/`。抓取时建一个密钥：`npm run sahab -- key create prometheus --role metrics`。",
        do=["监控 Sahab", "使用 Prometheus", "用 Grafana 看 Sahab", "设置告警"],
        ask=["有指标吗？", "有 Grafana 面板吗？", "怎么监控？"],
    ),
    ar=dict(
        answer="يقدمها `/metrics` لـ Prometheus، ولوحة Grafana وقواعد التنبيه في `deploy/`. وللجمع أنشئ مفتاحا: `npm run sahab -- key create prometheus --role metrics`.",
        do=["مراقبة سحاب", "استخدام Prometheus", "الحصول على لوحة Grafana"],
        ask=["هل توجد مقاييس؟", "هل توجد لوحة Grafana؟", "كيف أراقبه؟"],
    ),
)

intent(
    "hugging-face",
    en=dict(
        answer=SAME["pull"]["en"],
        do=["pull a model from Hugging Face", "download a model from Hugging Face", "get a model from ModelScope", "use a Hugging Face model", "pull Qwen", "run Llama here", "download Qwen3", "get an open model"],
        ask=["Can it download from Hugging Face?", "How do I get Llama?", "where do i get models?", "Can I run Qwen locally?", "Does it know ModelScope?", "Can I run DeepSeek on my own machine?"],
    ),
    zh=dict(
        answer=SAME["pull"]["zh"],
        do=["从 Hugging Face 下载模型", "从魔搭下载模型", "用 Hugging Face 的模型", "下载通义千问", "在本地运行 Llama"],
        ask=["能从 Hugging Face 下载吗？", "支持魔搭 ModelScope 吗？", "模型从哪里来？", "可以在本地跑 Qwen 吗？", "能在自己的机器上跑 DeepSeek 吗？"],
    ),
    ar=dict(
        answer=SAME["pull"]["ar"],
        do=["تنزيل نموذج من Hugging Face", "تنزيل نموذج من ModelScope", "استخدام نموذج من Hugging Face", "تشغيل Llama هنا"],
        ask=["هل ينزل من Hugging Face؟", "من أين أحصل على النماذج؟", "هل أشغل Qwen محليا؟", "كيف أحصل على Llama؟"],
    ),
)

intent(
    "memory-needed",
    en=dict(
        answer=SAME["memory"]["en"],
        do=["choose a machine that is big enough for Sahab", "size a server for Sahab", "find out how big a machine Sahab needs", "know how much memory is needed", "know the disk space that Sahab takes"],
        ask=["How much memory does Sahab need?", "What hardware do I need?", "How many GB of RAM should my server have?", "Is 4 GB of memory enough?", "Is a small VPS enough?", "how much disk space does it take?", "Does it run on an old laptop?", "How big is the installation?", "memory needed?", "how many cores should it have?", "Does it eat a lot of RAM?", "What are the hardware requirements?", "will 2 gb of ram do?", "Is it heavy?"],
    ),
    zh=dict(
        answer=SAME["memory"]["zh"],
        do=["为 Sahab 选一台够大的机器", "了解需要多少内存", "了解占用多少磁盘空间"],
        ask=["需要多少内存？", "对硬件有什么要求？", "4 GB 内存够吗？", "小服务器够用吗？", "占多少磁盘空间？", "旧电脑能运行吗？", "需要几个核心？", "很占内存吗？"],
    ),
    ar=dict(
        answer=SAME["memory"]["ar"],
        do=["اختيار جهاز كاف لسحاب", "معرفة الذاكرة المطلوبة", "معرفة مساحة القرص المطلوبة"],
        ask=["كم من الذاكرة يحتاج سحاب؟", "ما العتاد المطلوب؟", "هل تكفي ذاكرة 4 GB؟", "هل يكفي خادم صغير؟", "كم يشغل من القرص؟", "هل يعمل على حاسوب قديم؟", "كم نواة يحتاج؟", "هل يستهلك ذاكرة كثيرة؟"],
    ),
)

intent(
    "not-reachable",
    en=dict(
        answer=SAME["status"]["en"],
        do=["fix a refused connection", "get rid of connection refused", "solve ECONNREFUSED", "find out why Sahab does not answer", "find out why nothing answers"],
        ask=["It says connection refused.", "Why is the connection refused?", "What does \"No Sahab answers\" mean?", "Sahab does not answer.", "curl: failed to connect", "I cannot connect to it.", "ECONNREFUSED, what now?", "the server is not reachable", "My app cannot connect to Sahab.", "localhost refused to connect", "It worked yesterday, today nothing answers."],
    ),
    zh=dict(
        answer=SAME["status"]["zh"],
        do=["解决连接被拒绝", "找出 Sahab 没有应答的原因", "解决 ECONNREFUSED", "解决连不上的问题"],
        ask=["连接被拒绝怎么办？", "连不上 Sahab。", "Sahab 没有反应。", "为什么连不上？", "提示 connection refused。", "服务器无法访问。"],
    ),
    ar=dict(
        answer=SAME["status"]["ar"],
        do=["حل مشكلة رفض الاتصال", "معرفة لماذا لا يجيب سحاب", "حل ECONNREFUSED", "حل مشكلة عدم الاتصال"],
        ask=["الاتصال مرفوض فماذا أفعل؟", "لا أستطيع الاتصال بسحاب.", "سحاب لا يجيب.", "لماذا لا يتصل تطبيقي؟", "يقول connection refused.", "الخادم لا يستجيب."],
    ),
)

intent(
    "console-sign-in",
    en=dict(
        answer=SAME["console"]["en"],
        do=["sign in to the console", "log in to the console", "log in to the web interface", "get past the sign-in page", "get a new sign-in link", "log in without a key", "get the link that signs in", "enter the dashboard"],
        ask=["How do I sign in to the console?", "Which key does the console want?", "What is the password of the console?", "The link does not sign in any more.", "My sign-in link expired.", "Why does the link work only once?", "The console asks for a key.", "It says not_signed_in.", "What do I type on the sign-in page?", "The console signed me out.", "Is there a user name for the console?"],
    ),
    zh=dict(
        answer=SAME["console"]["zh"],
        do=["登录控制台", "登录网页界面", "获取新的登录链接", "不用密钥登录控制台", "进入登录页面"],
        ask=["怎么登录控制台？", "控制台要哪个密钥？", "控制台的密码是什么？", "登录链接失效了。", "登录链接过期怎么办？", "登录页面要填什么？", "控制台要我输入密钥。", "控制台把我登出了。"],
    ),
    ar=dict(
        answer=SAME["console"]["ar"],
        do=["تسجيل الدخول إلى لوحة التحكم", "الدخول إلى واجهة الويب", "الحصول على رابط دخول جديد", "الدخول بلا مفتاح"],
        ask=["كيف أسجل الدخول إلى لوحة التحكم؟", "أي مفتاح تريد لوحة التحكم؟", "ما كلمة مرور لوحة التحكم؟", "رابط الدخول لا يعمل.", "انتهت صلاحية رابط الدخول.", "ماذا أكتب في صفحة الدخول؟", "أخرجتني لوحة التحكم."],
    ),
)

intent(
    "console-use",
    en=dict(
        answer=SAME["console"]["en"],
        do=["chat in the browser", "make a key in the browser", "see usage in the console", "add a vendor in the web interface", "manage keys by mouse", "see requests in the browser", "add a provider in the console", "revoke a key in the web page", "see charts of the cost", "pull a model in the console"],
        fact=["the pages of the console", "the features of the console"],
        ask=["What can I do in the console?", "Can I create a key in the console?", "Is there a chat page?", "Can I see the usage in the browser?", "Is the console in Chinese?", "Can I add a vendor without the command line?", "Does the console work on a phone?", "Does the web page have a dark mode?", "Why can I not change a provider in the console?", "Can I compare two models side by side?"],
    ),
    zh=dict(
        answer=SAME["console"]["zh"],
        do=["在浏览器里聊天", "在网页上创建密钥", "在控制台看用量", "在网页里添加供应商", "在浏览器里看请求", "用鼠标管理密钥"],
        fact=["控制台的功能", "控制台的页面"],
        ask=["控制台能做什么？", "可以在控制台创建密钥吗？", "有聊天页面吗？", "能在浏览器里看用量吗？", "控制台有中文吗？", "手机上能用控制台吗？", "网页有深色模式吗？", "为什么在控制台里改不了供应商？"],
    ),
    ar=dict(
        answer=SAME["console"]["ar"],
        do=["المحادثة في المتصفح", "إنشاء مفتاح في المتصفح", "رؤية الاستهلاك في لوحة التحكم", "إضافة مزود من واجهة الويب", "إدارة المفاتيح بالفأرة"],
        fact=["صفحات لوحة التحكم", "إمكانات لوحة التحكم"],
        ask=["ماذا أفعل في لوحة التحكم؟", "هل أنشئ مفتاحا في لوحة التحكم؟", "هل توجد صفحة للمحادثة؟", "هل أرى الاستهلاك في المتصفح؟", "هل لوحة التحكم بالعربية؟", "هل تعمل لوحة التحكم على الهاتف؟", "هل للصفحة وضع ليلي؟"],
    ),
)
