"""Questions as people type them: a word that says what is meant, in whatever stands around it.

KEYS has, for each intent, words that decide it wherever they stand; AROUND has what may stand around them and decides nothing.
"""

KEYS = {
    "en": {
        "upgrade": ["upgrades and my keys", "a new release without losing anything", "going to the current release", "an upgrade that keeps the keys", "the new version", "an update", "the latest release", "upgrading", "updating sahab", "a newer version", "the upgrade", "the current version", "version upgrades", "my outdated version", "an old version that must become current"],
        "backup": ["a backup", "backups", "backing up", "a safety copy", "copying all data away", "saving everything before a disk fails", "a dead disk", "losing my data", "a snapshot of everything", "data loss"],
        "restore": ["restoring", "a restore", "my backup file", "getting back the old data", "migrating to another server", "moving to a new machine", "a sahab.age file"],
        "compare": ["choosing sahab over litellm", "preferring sahab to ollama", "reasons for sahab and against litellm", "why sahab when there is ollama", "litellm or sahab", "ollama or sahab", "the difference to litellm", "the difference to ollama", "portkey", "sahab vs litellm", "sahab vs ollama", "sahab instead of ollama", "sahab instead of litellm", "alternatives", "competitors", "replacing litellm with sahab", "other gateways", "what sahab has that others lack"],
        "import-litellm": ["a litellm config", "my litellm config.yaml", "importing litellm", "the litellm importer", "converting litellm yaml", "our old litellm proxy", "migrating from litellm", "taking over litellm settings", "litellm migration"],
        "own-vendor-keys": ["my own api keys", "our own vendor keys", "bring your own key", "my own openai key", "a key i pay for already", "keys of our company", "my personal anthropic key", "an existing openai account"],
        "limit-person": ["a limit per person", "a cap for each user", "a budget per user", "20 dollars per person", "spending limits for employees", "a quota for an intern", "max 10 euros for each student", "50 bucks per developer", "how much one person may spend", "a person who spends too much", "5 dollars a day for a trainee"],
        "error-401": ["being unauthorized", "a 401 unauthorized from the api", "a 401", "401", "error 401", "unauthorized", "401 unauthorized", "status 401", "401s", "an authentication error", "invalid api key", "a key that is rejected", "http 401", "AuthenticationError", "AuthenticationError 401 from the openai sdk", "openai.AuthenticationError", "error code: 401 - invalid_api_key", "a PermissionDenied with my key", "Incorrect API key provided", "401 in python", "401 from litellm", "401 in postman"],
        "error-404": ["a 404 from an endpoint", "404 not found from chat completions", "the endpoint says 404", "a 404", "404", "error 404", "not found", "404 not found", "status 404", "404s", "model not found", "a model that does not exist", "http 404", "NotFoundError", "openai.NotFoundError", "error code: 404 - model_not_found", "404 in python", "404 in postman", "the model does not exist error"],
        "error-402": ["a 402", "402", "error 402", "budget_exceeded", "payment required", "status 402", "402s", "a budget that is used up", "an empty budget", "running out of budget", "a spent budget", "error code: 402", "402 in python", "insufficient funds from the api", "http 402"],
        "error-429": ["a 429", "429", "error 429", "too many requests", "status 429", "429s", "rate_limit_exceeded", "being rate limited", "http 429", "RateLimitError", "openai.RateLimitError", "error code: 429", "429 in python", "throttling of my calls"],
        "error-not-priced": ["model_not_priced", "a model without a price", "403 model_not_priced", "an unpriced model"],
        "ollama": ["my running ollama", "ollama models", "ollama as a provider", "connecting ollama", "ollama behind sahab", "an ollama server", "models that are in ollama"],
        "https": ["https", "tls", "ssl", "a certificate", "https certificates", "lets encrypt", "encryption of the connection", "a secure connection", "nginx with https", "caddy", "a reverse proxy", "an ssl certificate we bought"],
        "docker": ["a docker-compose file", "a compose file", "docker", "a docker image", "docker compose", "a container", "containers", "a dockerfile", "podman", "docker hub", "running in docker"],
        "service": ["systemd", "autostart", "starting at boot", "a reboot after which nothing runs", "coming back by itself", "a background service", "a daemon", "running after logout", "automatic start after a reboot"],
        "logs": ["the logs", "the log file", "logs", "log output", "debug logs", "SAHAB_LOG", "server messages", "logging", "an error log", "a log i cannot find"],
        "requests": ["the list of requests", "recent requests", "a failed request", "the story of a request", "request history", "single calls", "past api calls"],
        "who-used": ["tokens per employee in november", "consumption by user last month", "who used how much", "usage by user", "tokens per employee", "usage per person", "the biggest user", "the user who spends most", "costs by key", "usage per key", "tokens of each colleague", "who burns the most money", "who is the most expensive"],
        "usage": ["the total cost", "our spending", "costs of this month", "tokens by project", "the bill", "a cost report", "how much we spent", "spending so far"],
        "speed": ["a lot of latency", "calls that get slower", "extra delay", "the speed", "how fast it is", "latency", "overhead", "performance", "benchmarks", "slow calls", "how much slower it makes things", "throughput", "requests per second", "tokens per second", "milliseconds it adds"],
        "agents": ["codex with sahab", "making codex work", "claude code through sahab", "gemini cli over sahab", "claude code", "codex", "codex cli", "gemini cli", "cursor", "aider", "cline", "a coding agent", "coding agents", "opencode", "my ide", "open webui", "the claude code cli", "setup of codex", "connecting claude code", "hooking up cursor"],
        "status": ["the status", "whether it runs", "the health of the server", "uptime", "an overview of the server"],
        "login": ["using the cli from my laptop", "a remote sahab", "commands against another server", "sahab login", "the company's sahab from here"],
        "rotate": ["a leaked key", "rotating keys", "key rotation", "a key that somebody saw", "replacing the admin key", "a stolen key", "renewing a key"],
        "port-taken": ["EADDRINUSE", "address already in use", "a port that is taken", "a busy port", "port 8787 in use", "an occupied port", "another program on the port", "a port conflict"],
        "uninstall": ["removing all of sahab from a mac", "deleting everything of sahab", "uninstalling", "removing sahab", "deleting sahab completely", "getting rid of sahab", "removing everything", "uninstall", "cleaning sahab off my machine", "the removal of sahab"],
        "several-machines": ["sharing budgets between two servers", "two servers with the same keys", "one database for two machines", "several machines", "3 servers", "two servers together", "4 machines", "a cluster", "high availability", "many nodes", "2 boxes with one database", "a load balancer", "scaling out", "more than one server", "5 computers at once", "three hosts", "sharing keys between servers"],
        "memory-needed": ["memory for my machine", "enough memory", "how much memory a machine should have", "ram needs", "how much ram", "ram for a model", "the ram it needs", "memory requirements", "hardware requirements", "4 gb of ram", "a 1 gb vps", "2 gb of memory", "a small server", "disk space", "ram", "an old laptop with little ram", "how many cores", "hardware sizing", "8 gb ram"],
        "not-reachable": ["connection refused", "ECONNREFUSED", "no answer from the server", "failed to connect", "a server that does not answer", "APIConnectionError", "openai.APIConnectionError", "Connection error.", "ERR_CONNECTION_REFUSED", "fetch failed"],
        "test-provider": ["testing a vendor", "checking a vendor key", "whether openai is reached", "sahab provider test"],
        "alias": ["an alias", "another name for a model", "renaming a model", "gpt-4o as a name for something else"],
        "cost-of-sahab": ["the price of sahab", "what sahab costs", "a subscription", "a monthly fee", "fees", "is it free", "a paid plan", "free of charge", "buying sahab", "paying for sahab", "a licence fee"],
        "systems": ["running on windows", "a computer with windows", "windows", "windows 11", "mac", "macos", "ubuntu", "a windows laptop", "arm64", "a macbook", "a windows pc", "linux or windows", "my operating system", "raspberry pi", "wsl"],
        "batches": ["batches", "the batch api", "a file of many requests"],
        "embeddings": ["embeddings", "vectors", "reranking", "an embedding model"],
        "users-roles": ["user accounts", "single sign-on", "sso", "roles", "ldap", "an account for a colleague", "google login"],
        "metrics": ["prometheus", "grafana", "metrics", "monitoring", "alerts", "a dashboard in grafana"],
        "hugging-face": ["llama 3 from huggingface", "mistral on my own machine", "running llama 3", "hugging face", "huggingface", "a model from hugging face", "mistral from huggingface", "llama", "qwen", "modelscope", "an open model", "hf models", "open weights", "downloading qwen"],
        "console-sign-in": ["signing in", "the login page", "the sign-in page", "the console login", "the sign-in link", "a link that no longer signs in", "not_signed_in", "the password of the console", "logging in with the browser", "the web login", "a session that ended", "the key that the console wants", "the admin key for the console", "the console asking for a key", "an expired login link"],
        "console-use": ["chatting in the browser", "a chat page", "creating keys in the browser", "charts of usage in the browser", "adding a vendor in the web page", "the features of the console", "what the console can do", "a chat window like chatgpt", "managing keys with clicks", "dark mode of the console", "the console on my phone", "usage graphs in the console"],
        "console": ["gui", "any gui at all", "a gui", "a web interface", "the console", "a dashboard in the browser", "a web page", "a graphical interface", "an admin panel", "a web ui", "something to click", "the browser interface", "a website for it", "a frontend"],
        "admin-key": ["the admin key", "my admin key", "a lost admin key", "the admin password", "where the admin key is", "a forgotten admin key"],
        "key-revoke": ["the key of a person who left the company", "making a former colleague's key useless", "his key after he left", "deleting an api key", "revoking a key", "a key of someone who left", "deleting a key", "blocking a key", "a fired colleague's key", "removing somebody's access", "key revocation", "killing a key", "an ex employee with a key", "disabling a key", "a person who quit and still has a key"],
        "key-create": ["a new key", "an api key for my app", "creating a key", "a key for a colleague", "getting a key"],
        "key-expiry": ["access for one week", "a key for just a few days", "access that ends on friday", "a temporary key", "a key that expires", "a key for 2 weeks", "an expiry date for a key", "a key that ends in 30 days"],
        "key-list": ["the list of keys", "all keys", "existing keys"],
        "listen-network": ["access from other computers", "my phone in the same network", "colleagues on other laptops", "the local network", "reaching it from another machine", "opening it to the office", "the same wifi", "lan access", "external access", "my coworkers reaching it"],
        "privacy": ["what you upload", "text that i type being uploaded", "privacy", "telemetry", "my data being sent somewhere", "who reads my prompts", "uploading my data", "data protection", "what is sent home", "stored prompts", "gdpr", "prompts being saved"],
        "offline": ["no internet", "offline use", "an air-gapped network", "working without internet", "a lab without internet", "an isolated machine", "being offline"],
        "models-list": ["the available models", "a list of models", "the names of models", "models i can call", "which models there are", "models i can use"],
        "data-folder": ["data on disk", "where the files are on disk", "where sahab stores things", "the place where it keeps data", "the data folder", "the folder where you store everything", "where all the files end up", "where things get stored", "where it saves data", "the path of the data", "where the state lives", "where data is stored", "the place of the database", "the folder with everything", "the storage location", "where my data lies", "the directory of the data"],
        "gpu": ["an rtx 3080", "using my rtx", "my gpu", "an nvidia card", "an rtx 4070", "an rtx 5090", "cuda", "gpu support", "my graphics card", "a video card", "an amd gpu", "gpu acceleration"],
        "stop": ["how to stop the server", "stopping the server again", "a stop command", "killing the process", "ending the process", "terminating the server", "killing sahab", "the server process that must end", "kill -9 on sahab", "stopping it", "stopping the server", "shutting it down", "turning it off", "quitting", "the shutdown", "ending sahab properly", "switching it off"],
        "start": ["starting it", "the first start", "installing sahab", "installation", "getting started", "launching it"],
        "change-port": ["another port", "a different port", "changing the port", "the port number"],
        "pull": ["a gguf file", "my own local model", "a local model file", "adding a gguf"],
        "budget": ["a project budget", "a hard budget for a project", "a monthly budget for the team"],
        "limits": ["requests per minute", "a rate limit for a project", "rpm and tpm"],
        "doctor": ["diagnosing problems", "a check of my machine", "sahab doctor", "finding out what is broken"],
        "vendors": ["supported vendors", "azure", "bedrock", "groq", "openrouter", "the list of vendors"],
        "failover": ["failover", "a fallback", "openai being down", "a second vendor when one fails"],
        "python-sdk": ["python", "a python script", "the python sdk"],
        "openai-sdk": ["the openai sdk", "typescript", "node.js code", "javascript"],
        "anthropic": ["the anthropic sdk", "anthropic's messages api"],
        "first-call": ["curl", "a curl example", "a test request"],
        "licence": ["the licence", "apache-2.0", "open source", "the license"],
        "postgres": ["postgres", "postgresql", "another database than sqlite"],
        "planner": ["sahab plan", "the planner", "capacity planning", "planning a data center", "machines for our money", "tokens for a megawatt", "a capacity plan"],
        "plan-fit": ["vram", "a model that must fit on my gpu", "the vram of a model", "gpu memory for a model", "a model too big for my card", "24 gb of vram", "how many gpus a model takes", "fitting a model on two cards"],
        "plan-buy": ["buying or owning", "own machines or a vendor", "break-even of own gpus", "when own hardware pays off", "self-hosting costs against an api", "buy or own"],
        "streaming": ["streaming", "streamed answers", "stream true"],
        "json-output": ["json output", "output in json for scripts"],
        "requirements": ["what must be installed before", "node and git", "prerequisites"],
        "memory-budget": ["models that sleep when nobody uses them", "memory for all local models together", "keep_alive"],
        "bigger-model": ["a smarter model", "a larger model than you", "a better model"],
    },
    "zh": {
        "upgrade": ["新版本", "升级", "更新", "最新版"], "backup": ["备份", "数据备份", "备份数据"], "restore": ["恢复备份", "数据恢复", "迁移到新机器"],
        "compare": ["和 LiteLLM 的区别", "和 Ollama 的区别", "跟别的网关比"], "import-litellm": ["LiteLLM 的配置", "导入 LiteLLM", "从 LiteLLM 迁移"],
        "own-vendor-keys": ["自己的 API 密钥", "公司自己的密钥"], "limit-person": ["每个人的额度", "每人 20 元", "个人花费上限", "限制一个人的花费"],
        "error-401": ["401", "401 错误", "未授权", "HTTP 401"], "error-404": ["404", "404 错误", "找不到模型", "HTTP 404"], "error-402": ["402", "402 错误", "预算用完"], "error-429": ["429", "429 错误", "请求太多"],
        "ollama": ["接 Ollama", "Ollama 里的模型"], "https": ["https", "证书", "TLS", "SSL"], "docker": ["docker", "容器", "Docker 镜像"], "service": ["开机自启", "后台运行", "systemd"],
        "logs": ["日志", "日志文件", "错误日志"], "who-used": ["谁用得最多", "每个人的用量", "各个密钥的用量"], "usage": ["总费用", "花了多少钱", "用了多少 token"], "speed": ["速度", "性能", "延迟"],
        "agents": ["Claude Code", "Codex", "Cursor", "Gemini CLI", "编程助手", "接入 Claude Code", "接入 Codex"], "rotate": ["密钥泄露", "更换密钥"], "port-taken": ["端口被占用", "端口冲突"],
        "uninstall": ["卸载", "彻底删除 Sahab"], "several-machines": ["多台机器", "3 台服务器", "集群", "高可用"], "memory-needed": ["内存要求", "多少内存", "硬件要求", "2 GB 内存"], "not-reachable": ["连接被拒绝", "连不上服务器"],
        "cost-of-sahab": ["Sahab 的价格", "收费", "免费"], "systems": ["Windows", "mac", "操作系统"], "console-sign-in": ["登录控制台", "登录页面", "登录链接", "控制台密码", "链接过期", "网页登录"], "console-use": ["在浏览器里聊天", "聊天页面", "在网页上管理密钥", "控制台的功能", "网页上看用量"], "console": ["网页界面", "图形界面", "管理页面", "控制台"], "admin-key": ["管理员密钥", "忘记管理密钥"],
        "key-revoke": ["作废密钥", "离职员工的密钥", "停用密钥", "吊销密钥"], "listen-network": ["局域网访问", "同事访问", "其他电脑访问"], "privacy": ["隐私", "数据上传", "保存聊天内容"], "offline": ["断网", "没有网络", "离线使用"],
        "models-list": ["可用的模型", "模型列表"], "data-folder": ["数据目录", "数据存放位置"], "planner": ["sahab plan", "容量规划", "规划器"], "plan-fit": ["显存", "显存大小", "显卡放不放得下模型"], "plan-buy": ["自建还是购买", "自建划不划算", "自有机器的回本"],
        "gpu": ["显卡", "GPU", "NVIDIA 显卡"], "stop": ["停止服务", "关闭 Sahab"], "hugging-face": ["Hugging Face", "魔搭", "下载开源模型"],
    },
    "ar": {
        "upgrade": ["الإصدار الجديد", "التحديث", "الترقية"], "backup": ["النسخ الاحتياطي", "نسخة احتياطية", "نسخ البيانات"], "restore": ["استعادة النسخة", "النقل إلى جهاز جديد"],
        "compare": ["الفرق عن LiteLLM", "الفرق عن Ollama", "المقارنة بغيره"], "import-litellm": ["إعدادات LiteLLM", "الانتقال من LiteLLM"], "own-vendor-keys": ["مفاتيحي الخاصة", "مفتاح شركتنا"],
        "limit-person": ["حد لكل شخص", "20 دولارا لكل شخص", "ميزانية لكل موظف"], "error-401": ["401", "خطأ 401", "غير مصرح"], "error-404": ["404", "خطأ 404", "غير موجود"], "error-402": ["402", "خطأ 402", "نفاد الميزانية"], "error-429": ["429", "خطأ 429", "طلبات كثيرة"],
        "ollama": ["ربط Ollama", "نماذج Ollama"], "https": ["https", "الشهادة", "TLS"], "docker": ["docker", "حاوية", "صورة Docker"], "service": ["التشغيل عند الإقلاع", "العمل في الخلفية"], "logs": ["السجلات", "ملف السجل"],
        "who-used": ["من استهلك أكثر", "استهلاك كل شخص"], "usage": ["مجموع الكلفة", "كم صرفنا"], "speed": ["السرعة", "الأداء", "التأخير"], "agents": ["Claude Code", "Codex", "Cursor", "Gemini CLI"], "rotate": ["مفتاح مسرب", "تبديل المفتاح"],
        "port-taken": ["منفذ مشغول", "المنفذ مستخدم"], "uninstall": ["إزالة سحاب", "حذف سحاب تماما"], "several-machines": ["عدة أجهزة", "3 خوادم", "أكثر من خادم"], "memory-needed": ["الذاكرة المطلوبة", "العتاد المطلوب", "2 GB من الذاكرة"], "not-reachable": ["رفض الاتصال", "خادم لا يجيب"],
        "cost-of-sahab": ["سعر سحاب", "الاشتراك", "مجاني"], "systems": ["ويندوز", "ماك", "نظام التشغيل"], "console-sign-in": ["تسجيل الدخول إلى اللوحة", "صفحة الدخول", "رابط الدخول", "كلمة مرور اللوحة"], "console-use": ["المحادثة في المتصفح", "صفحة المحادثة", "إدارة المفاتيح من المتصفح", "إمكانات لوحة التحكم"], "console": ["واجهة ويب", "واجهة رسومية", "لوحة التحكم"], "admin-key": ["مفتاح المدير", "مفتاح المدير الضائع"],
        "key-revoke": ["إلغاء مفتاح", "مفتاح موظف غادر", "إيقاف مفتاح"], "listen-network": ["الوصول من جهاز آخر", "الشبكة المحلية", "وصول الزملاء"], "privacy": ["الخصوصية", "إرسال بياناتي"], "offline": ["بلا إنترنت", "العمل دون شبكة"],
        "models-list": ["النماذج المتاحة", "قائمة النماذج"], "data-folder": ["مجلد البيانات", "مكان البيانات"], "planner": ["sahab plan", "تخطيط السعة", "المخطط"], "plan-fit": ["VRAM", "ذاكرة البطاقة لنموذج", "نموذج أكبر من بطاقتي"], "plan-buy": ["الشراء أم الامتلاك", "أجهزتنا أم المزود"],
        "gpu": ["بطاقة الرسوم", "بطاقة NVIDIA"], "stop": ["إيقاف الخادم", "إطفاء سحاب"], "hugging-face": ["Hugging Face", "نموذج مفتوح"],
    },
}

AROUND = {
    "en": [
        "{x}?", "{x}", "{x} please", "help with {x}", "question about {x}", "i need {x}", "we need {x}", "is there {x}", "do you have {x}", "what about {x}", "how about {x}", "looking for {x}", "i dont get {x}", "problem with {x}", "{x} how",
        "{x} what now", "can you do {x}", "i want {x}", "{x} for sahab", "{x} with sahab", "sahab and {x}", "{x} in sahab", "how does sahab handle {x}", "explain {x}", "{x}, possible?", "{x}, how?", "where do i find {x}", "any info on {x}",
        "got {x}?", "show me {x}", "what do i do about {x}", "whats the story with {x}", "first time with {x}, what do i do", "my boss asks about {x}", "i keep thinking about {x}", "does sahab know {x}", "we have {x}, what does sahab say", "need to talk about {x}",
        "i have trouble with {x}", "could someone explain {x}", "what is it with {x}", "i was told to ask about {x}", "dealing with {x}", "{x}: what are my options", "{x} - any hint?", "the thing with {x}", "so {x}, what should i do", "i read about {x}, how does it work here",
        "why {x}", "when i think of {x} i am lost", "the docs say nothing on {x}", "everything about {x}", "we worry about {x}", "who can tell me about {x}", "is {x} a thing here", "can i get {x}", "my app and {x}", "suddenly {x}", "again {x}", "i only have {x}", "we only use {x}",
        "would {x} be ok", "is {x} enough", "does it work with {x}", "i want to try {x}", "how do i use {x} here", "make {x} work", "set up {x}", "{x} setup", "{x} keeps coming up", "i get {x} all the time", "need {x}, how", "need {x}", "want {x}, how", "{x} pls", "how do i do {x}", "how do i get {x}", "can i have {x}", "no idea about {x}", "must have {x}, how", "{x} howto", "missing {x}", "we want {x} but how", "{x} possible", "tips for {x}", "new to {x}", "i see {x} when i call it", "it says {x}", "it shows {x}", "there is {x} on my screen",
    ],
    "zh": ["{x}", "{x}？", "{x}怎么办", "{x}怎么弄", "关于{x}", "想了解{x}", "请问{x}", "{x}的问题", "有{x}吗", "我想要{x}", "遇到{x}", "{x}怎么处理", "说说{x}", "需要{x}", "{x}可以吗", "在 Sahab 里{x}", "同事问{x}", "又是{x}", "{x}是怎么回事", "老板问{x}", "一直{x}", "提示{x}", "支持{x}吗", "怎么看{x}", "要{x}，怎么弄", "需要{x}，怎么做", "{x}求助", "没有{x}", "想用{x}", "{x}行不行"],
    "ar": ["{x}", "{x}؟", "ماذا عن {x}", "سؤال عن {x}", "مشكلة {x}", "أريد {x}", "أحتاج {x}", "عندي {x}", "كيف {x}", "اشرح {x}", "هل يوجد {x}", "ما العمل مع {x}", "يسأل مديري عن {x}", "{x} في سحاب", "لا أفهم {x}", "يظهر لي {x}", "دائما {x}", "معلومات عن {x}", "أحتاج {x}، كيف", "أريد {x}، كيف", "كيف أحصل على {x}", "ساعدني في {x}", "هل يمكن {x}", "أبحث عن {x}", "{x} من فضلك"],
}
BEFORE = {
    "en": ["hey", "hi", "ok so", "quick one:", "sorry,", "hm,", "well,", "so", "hello,", "please help:", "one more thing:", "i am a student.", "i just installed sahab.", "my colleague told me about this.", "our team has 8 people.", "we are a small company.", "not sure where to ask:", "im new.", "it is friday.", "the team wants to know:", "we are 12 people.", "second try:", "i read the readme."],
    "zh": ["你好，", "请问", "那个，", "我是新手，", "我们有 8 个人，", "刚装好，", "想问一下，", "还有，", "不好意思，"],
    "ar": ["مرحبا،", "سؤال:", "أنا جديد.", "عفوا،", "فريقنا 8 أشخاص.", "ثبته للتو.", "من فضلك،", "وشيء آخر:"],
}
AFTER = {
    "en": ["since this morning", "at work", "today", "in production", "on our server", "thanks", "asap", "for our team", "in the office", "with 5 people", "for 20 users", "again", "i am new to this", "for a demo", "if possible", "somehow", "number 2", "for the 3rd time", "right now", "thank you", "at home", "for my company", "this week", "in 10 minutes", "pls", "or not", "in our case"],
    "zh": ["谢谢", "急", "今天", "在公司", "我是新手", "第 2 次了", "现在", "有 5 个人用"],
    "ar": ["شكرا", "اليوم", "في الشركة", "الآن", "أنا جديد هنا", "للمرة 2", "لفريقنا"],
}


def around(random, language: str, thing: str) -> str:
    """Puts `thing` into what decides nothing."""
    return beside(random, language, random.choice(AROUND[language]).replace("{x}", thing), 0.35)


def beside(random, language: str, text: str, share: float = 0.6) -> str:
    """Puts what decides nothing before and after a question, each in the given share of them."""
    gap = "" if language == "zh" else " "
    if random.random() < share:
        text = random.choice(BEFORE[language]) + gap + text
    if random.random() < share:
        text = text.rstrip("?？؟") + (random.choice(["，", " "]) if language == "zh" else " ") + random.choice(AFTER[language])
    return text
