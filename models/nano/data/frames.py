"""Ways to ask that fit many intents. A leading ~ marks one that training never sees: the evaluation uses it."""

DO = {
    "en": [
        "How do I {x}?", "How can I {x}?", "How to {x}?", "how to {x}", "What is the command to {x}?", "I want to {x}.", "I need to {x}. How?",
        "Show me how to {x}.", "Please tell me how to {x}.", "Can you explain how to {x}?", "What do I do to {x}?", "Help me {x}.", "{x}",
        "What's the way to {x}?", "Is there a way to {x}?", "Can I {x}?", "How would I {x}?", "How does one {x}?", "Which command lets me {x}?",
        "Explain how to {x}.", "I would like to {x}.", "I'd like to know how to {x}.", "steps to {x}", "Could you tell me how to {x}?",
        "What is the best way to {x}?", "How should I {x}?", "Tell me how I can {x}.", "Do you know how to {x}?", "I am trying to {x}.",
        "What must I do to {x}?", "In what way can I {x}?", "Is it possible to {x}?", "My task is to {x}.", "We want to {x}. What do we run?",
        "how do we {x}", "What are the steps to {x}?", "Give me the command to {x}.", "I don't know how to {x}.", "How do you {x}?",
        "~Teach me to {x}.", "~Walk me through how to {x}.", "~Quick question: how do I {x}?", "~What should I type to {x}?", "~Any idea how to {x}?",
        "~Can you show me the way to {x}?", "~What's the easiest way to {x}?",
    ],
    "zh": [
        "怎么{x}？", "如何{x}？", "怎样{x}？", "我想{x}。", "我要{x}，该怎么做？", "请告诉我如何{x}。", "{x}用什么命令？", "{x}的命令是什么？",
        "{x}怎么弄？", "能告诉我怎么{x}吗？", "{x}", "请问怎么{x}？", "我需要{x}，怎么办？", "怎样才能{x}？", "可以{x}吗？", "{x}的步骤是什么？",
        "说明如何{x}。", "要{x}该做什么？", "{x}的方法", "我不知道怎么{x}。", "能不能{x}？", "怎么{x}", "{x}要怎么做？", "给我{x}的命令。", "有办法{x}吗？",
        "我打算{x}。", "帮我{x}。", "我们想{x}，运行什么？",
        "~教我{x}。", "~想问一下，{x}该怎么操作？", "~{x}有什么办法？", "~求教：怎么{x}？", "~你知道如何{x}吗？",
    ],
    "ar": [
        "كيف يمكنني {x}؟", "كيف يمكن {x}؟", "ما طريقة {x}؟", "أريد {x}.", "ما أمر {x}؟", "اشرح لي طريقة {x}.", "ساعدني في {x}.",
        "أحتاج إلى {x}.", "هل يمكن {x}؟", "كيفية {x}", "أرني كيفية {x}.", "من فضلك، كيف يمكن {x}؟", "ما خطوات {x}؟", "كيف يتم {x}؟",
        "هل أستطيع {x}؟", "قل لي كيف يمكن {x}.", "لا أعرف طريقة {x}.", "أحاول {x}.", "ما السبيل إلى {x}؟", "أعطني أمر {x}.", "{x}",
        "هل هناك طريقة من أجل {x}؟", "ما أفضل طريقة من أجل {x}؟", "ماذا أنفذ من أجل {x}؟", "نريد {x}.",
        "~علمني {x}.", "~ماذا أفعل من أجل {x}؟", "~سؤال سريع: كيف يمكنني {x}؟", "~هل تعرف طريقة {x}؟", "~ماذا أكتب من أجل {x}؟",
    ],
}

FACT = {
    "en": [
        "What is {x}?", "What's {x}?", "Tell me {x}.", "I want to know {x}.", "{x}?", "Can you tell me {x}?", "Please tell me {x}.", "what is {x}",
        "I need to know {x}.", "Could you tell me {x}?", "Do you know {x}?", "Explain {x}.", "What exactly is {x}?", "I would like to know {x}.",
        "Say what {x} is.", "Give me {x}.", "I forgot {x}.", "~Remind me: what is {x}?", "~Any idea what {x} is?", "~Quick question: what is {x}?",
        "~May I know {x}?",
    ],
    "zh": [
        "{x}是什么？", "什么是{x}？", "告诉我{x}。", "我想知道{x}。", "{x}？", "请告诉我{x}。", "你知道{x}吗？", "请问{x}是什么？", "说说{x}。",
        "解释一下{x}。", "我忘了{x}。", "{x}是啥？", "~能说一下{x}吗？", "~想问一下{x}是什么？", "~麻烦说明{x}。",
    ],
    "ar": [
        "ما {x}؟", "ما هو {x}؟", "ما هي {x}؟", "أخبرني عن {x}.", "أريد معرفة {x}.", "{x}؟", "هل تعرف {x}؟", "من فضلك، ما {x}؟", "اشرح لي {x}.",
        "قل لي ما {x}.", "نسيت {x}.", "~هل تخبرني عن {x}؟", "~سؤال سريع: ما {x}؟", "~أود معرفة {x}.",
    ],
}

ASK = {
    "en": ["{x}", "{x}", "{x}", "{x}", "Hello. {x}", "Hi, {x}", "Please: {x}", "Excuse me. {x}", "Question: {x}", "One question. {x}", "{x} Please answer.", "{x} Tell me.", "{x} Thanks.", "~Hey there! {x}", "~Just wondering: {x}", "~{x} I am curious."],
    "zh": ["{x}", "{x}", "{x}", "{x}", "你好，{x}", "请问，{x}", "问一下：{x}", "麻烦你，{x}", "{x}请回答。", "{x}谢谢。", "~我有点好奇，{x}", "~嗨，{x}", "~{x}拜托了。"],
    "ar": ["{x}", "{x}", "{x}", "{x}", "مرحبا، {x}", "من فضلك، {x}", "سؤال: {x}", "لو سمحت، {x}", "{x} شكرا.", "{x} أجبني.", "~أهلا، {x}", "~عندي فضول: {x}", "~{x} أرجوك."],
}

SYSTEM = {
    "en": ["You are a helpful assistant.", "You are Nano, the assistant of Sahab.", "Answer briefly.", "You are a friendly guide.", "Be concise and honest.", "You help users of Sahab."],
    "zh": ["你是一个有用的助手。", "你是 Sahab 的助手 Nano。", "请简短回答。", "你是友好的向导。", "你帮助 Sahab 的用户。"],
    "ar": ["أنت مساعد مفيد.", "أنت نانو، مساعد سحاب.", "أجب باختصار.", "أنت مرشد ودود.", "أنت تساعد مستخدمي سحاب."],
}

IN_SAHAB = {"en": [" in Sahab", " with Sahab", " on Sahab"], "zh": ["在 Sahab 里", "用 Sahab "], "ar": [" في سحاب", " باستخدام سحاب"]}

# Words that may stand for one another in a question about software. Training swaps them at random, so that a question is not
# known by one word alone; a question that the evaluation keeps for itself is not made this way either.
SYNONYMS = {
    "en": [
        "create|make|generate|produce", "delete|remove|erase|get rid of|drop", "show|list|see|display|view|print|look at",
        "start|run|launch|boot|bring up|fire up", "stop|shut down|end|quit|turn off|halt|close", "change|switch|modify|adjust|edit",
        "use|try|work with|employ", "api key|access key|key", "configuration|config|settings", "available|on offer|offered", "example|sample",
        "terminal|command line|shell", "limit|cap|restrict|bound", "application|app|program", "licence|license", "machine|computer|laptop",
        "several|many|multiple|more than one", "cores|cpus|processors", "speak|talk|understand|know", "big|large", "revoke|withdraw|invalidate|disable|cancel",
        "leaked|was stolen|got out", "apply|load|activate", "loaded|in memory", "check|verify|look at", "connect|attach|hook up|link", "download|fetch|get",
        "set|define|choose|configure", "another|a different", "safe|secure", "save|keep|store", "want|need|would like", "put|place", "server|service",
    ],
    "zh": [
        "创建|新建|生成|建立|做一个", "删除|移除|去掉|删掉", "显示|查看|列出|看看|看一下", "启动|运行|开启|打开", "停止|关闭|停掉|关掉|结束", "修改|更改|改变|换掉|调整",
        "密钥|API 密钥|key", "配置|设置|设定", "加载|载入|装载", "吊销|撤销|作废|注销", "终端|命令行", "例子|示例|样例|范例", "限制|限定|控制", "应用|程序|软件",
        "可用的|能用的|现有的", "会说|会讲|能说", "懂|明白|理解", "安全|保密", "保存|存储|存放", "连接|接入|连上", "添加|加上|增加|加入", "下载|获取|拉取", "使用|采用",
        "需要|得有", "机器|电脑|计算机", "大小|规模", "费用|花费", "花了|用了", "请求|调用", "查询|查一查|查",
    ],
    "ar": [
        "إنشاء|توليد|إضافة|عمل|صنع", "حذف|إزالة|التخلص من|مسح", "عرض|رؤية|إظهار|مشاهدة|معرفة", "تشغيل|بدء|إطلاق", "إيقاف|إغلاق|إنهاء|إطفاء", "تغيير|تعديل|تبديل",
        "استخدام|استعمال", "الإعدادات|التهيئة|الضبط", "الجهاز|الحاسوب|الكمبيوتر", "إلغاء|إبطال|تعطيل", "تحديد|وضع|ضبط|تعيين", "الطرفية|سطر الأوامر", "مثال|نموذج مثال",
        "ربط|توصيل|وصل", "تنزيل|جلب|تحميل", "حفظ|تخزين", "آمن|مأمون", "الخادم|السيرفر", "المتاحة|المتوفرة|الموجودة", "المحملة|الموجودة في الذاكرة", "يكلف|يتكلف", "تفهم|تعرف|تتكلم",
        "أرى|أشاهد|أعرض", "أغير|أبدل|أعدل", "أنشئ|أصنع|أعمل", "أحذف|أزيل|أمسح", "أشغل|أبدأ", "أوقف|أغلق|أنهي", "عدة|عدد من", "تطبيق الملف|تفعيل الملف",
    ],
}
