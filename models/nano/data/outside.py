"""What nano must admit it does not know: questions by topic, in English, Chinese and Arabic.

A topic has ways to ask with a place {x} and what may stand there. Topics in HELD_OUT are never trained on; they show
whether the model says "I do not know" to what it has not met, rather than only to what it has.
"""

ANSWERS = {
    "en": ["I am a small model and do not know that.", "I am a small model and do not know that. Ask a larger model through Sahab."],
    "zh": ["我是一个小模型，不知道这个。", "我是一个小模型，不知道这个。可以通过 Sahab 问更大的模型。"],
    "ar": ["أنا نموذج صغير ولا أعرف ذلك.", "أنا نموذج صغير ولا أعرف ذلك. اسأل نموذجا أكبر عبر سحاب."],
}

HELD_OUT = {"sports", "chemistry", "cooking", "space", "cars", "music", "law", "gardening"}

TOPICS: dict[str, dict[str, tuple[list[str], list[str]]]] = {
    "capitals": dict(
        en=(
            ["What is the capital of {x}?", "Which city is the capital of {x}?", "How many people live in {x}?", "Where is {x}?", "What language is spoken in {x}?", "How large is {x}?", "Who is the president of {x}?", "What is the population of {x}?", "Tell me about {x}.", "Is {x} a rich country?", "Which countries border {x}?", "What is the flag of {x}?", "When did {x} become independent?", "What is the currency of {x}?"],
            "France|Germany|Japan|Brazil|Egypt|China|India|Canada|Mexico|Kenya|Nigeria|Spain|Italy|Turkey|Iran|Iraq|Jordan|Morocco|Chile|Peru|Norway|Sweden|Poland|Greece|Russia|Ukraine|Thailand|Vietnam|Indonesia|Australia|Argentina|Cuba|Saudi Arabia|South Africa|New Zealand|the United States|the Netherlands|Portugal|Ireland|Iceland|Pakistan|Mongolia|Ethiopia|Finland".split("|"),
        ),
        zh=(
            ["{x}的首都是哪里？", "{x}有多少人口？", "{x}在哪里？", "{x}说什么语言？", "{x}有多大？", "{x}的总统是谁？", "{x}是哪一年独立的？", "介绍一下{x}。", "{x}有哪些邻国？", "{x}用什么货币？"],
            "法国|德国|日本|巴西|埃及|中国|印度|加拿大|墨西哥|肯尼亚|西班牙|意大利|土耳其|伊朗|俄罗斯|泰国|越南|澳大利亚|美国|英国|韩国|荷兰|瑞典|波兰|希腊|古巴|阿根廷|南非|挪威|智利".split("|"),
        ),
        ar=(
            ["ما عاصمة {x}؟", "كم عدد سكان {x}؟", "أين تقع {x}؟", "ما لغة {x}؟", "ما مساحة {x}؟", "من رئيس {x}؟", "متى استقلت {x}؟", "حدثني عن {x}.", "ما الدول المجاورة لـ{x}؟", "ما عملة {x}؟"],
            "فرنسا|ألمانيا|اليابان|البرازيل|مصر|الصين|الهند|كندا|المكسيك|كينيا|إسبانيا|إيطاليا|تركيا|إيران|العراق|الأردن|المغرب|روسيا|تايلاند|أستراليا|السعودية|تونس|اليمن|السودان|لبنان|سوريا|عمان|قطر|الكويت|الجزائر".split("|"),
        ),
    ),
    "people": dict(
        en=(
            ["Who was {x}?", "Who is {x}?", "When was {x} born?", "Where was {x} born?", "What did {x} do?", "Tell me about {x}.", "When did {x} die?", "What is {x} famous for?", "How old is {x}?", "What books did {x} write?", "Is {x} still alive?", "Do you know {x}?", "Write a biography of {x}."],
            "Albert Einstein|Isaac Newton|Marie Curie|Napoleon|Cleopatra|Shakespeare|Mozart|Gandhi|Nelson Mandela|Ibn Sina|Confucius|Alan Turing|Ada Lovelace|Charles Darwin|Leonardo da Vinci|Picasso|Aristotle|Plato|Julius Caesar|Genghis Khan|Galileo|Tesla|Edison|Steve Jobs|Bill Gates|Elon Musk|Jack Ma|Barack Obama|Queen Elizabeth|Tolstoy|Dickens|Jane Austen|Agatha Christie|Kafka|Marco Polo|Columbus|Saladin|Homer|Socrates|Beethoven|Lincoln|Churchill|Rumi|Li Bai|Lu Xun".split("|"),
        ),
        zh=(
            ["{x}是谁？", "{x}是哪年出生的？", "{x}做过什么？", "介绍一下{x}。", "{x}为什么出名？", "{x}写过哪些书？", "{x}还活着吗？", "你认识{x}吗？", "{x}是哪里人？"],
            "爱因斯坦|牛顿|居里夫人|拿破仑|莎士比亚|莫扎特|甘地|孔子|李白|杜甫|鲁迅|秦始皇|图灵|达尔文|达芬奇|毕加索|柏拉图|凯撒|成吉思汗|伽利略|爱迪生|乔布斯|马云|奥巴马|托尔斯泰|苏轼|曹操|诸葛亮|武则天|屈原".split("|"),
        ),
        ar=(
            ["من هو {x}؟", "متى ولد {x}؟", "أين ولد {x}؟", "ماذا فعل {x}؟", "حدثني عن {x}.", "بماذا اشتهر {x}؟", "متى مات {x}؟", "ماذا كتب {x}؟", "هل تعرف {x}؟"],
            "أينشتاين|نيوتن|نابليون|شكسبير|موتسارت|غاندي|ابن سينا|ابن خلدون|المتنبي|صلاح الدين|هارون الرشيد|ابن بطوطة|الخوارزمي|تورينج|داروين|دافنشي|بيكاسو|أفلاطون|أرسطو|قيصر|جنكيز خان|غاليليو|أديسون|نجيب محفوظ|محمود درويش|طه حسين|الجاحظ|الفارابي|تولستوي|مانديلا".split("|"),
        ),
    ),
    "history": dict(
        en=(
            ["When was {x}?", "Who won {x}?", "Why did {x} happen?", "What caused {x}?", "Explain {x}.", "In which year was {x}?", "What happened in {x}?", "Tell me the history of {x}.", "How long did {x} last?", "Summarise {x}."],
            "the First World War|the Second World War|the French Revolution|the Cold War|the fall of Rome|the Industrial Revolution|the American Civil War|the Renaissance|the moon landing|the fall of the Berlin Wall|the Ottoman Empire|the Opium War|the Black Death|the Crusades|the Silk Road|the Ming dynasty|the Vietnam War|the battle of Waterloo|the Russian Revolution|the Mongol invasion|ancient Egypt|the Boston Tea Party".split("|"),
        ),
        zh=(
            ["{x}是哪一年？", "{x}谁赢了？", "为什么会发生{x}？", "解释一下{x}。", "讲讲{x}的历史。", "{x}持续了多久？", "{x}的原因是什么？"],
            "第一次世界大战|第二次世界大战|法国大革命|冷战|罗马帝国的灭亡|工业革命|美国内战|文艺复兴|登月|鸦片战争|丝绸之路|明朝|唐朝|辛亥革命|十字军东征|三国时期|赤壁之战|甲午战争".split("|"),
        ),
        ar=(
            ["متى كانت {x}؟", "من انتصر في {x}؟", "لماذا حدثت {x}؟", "اشرح {x}.", "ما أسباب {x}؟", "في أي سنة كانت {x}؟", "كم استمرت {x}؟"],
            "الحرب العالمية الأولى|الحرب العالمية الثانية|الثورة الفرنسية|الحرب الباردة|الثورة الصناعية|الحروب الصليبية|معركة حطين|معركة اليرموك|الدولة العباسية|الدولة الأموية|حرب فيتنام|الثورة الروسية|معركة بدر|النهضة الأوروبية|حرب البسوس|معركة عين جالوت".split("|"),
        ),
    ),
    "weather": dict(
        en=(
            ["What is the weather in {x}?", "Will it rain in {x} tomorrow?", "How hot is it in {x}?", "What is the temperature in {x} today?", "Is it snowing in {x}?", "What time is it in {x}?", "How is the weather in {x} this week?", "Is there a storm in {x}?", "Weather {x}?"],
            "London|Paris|Riyadh|Beijing|Shanghai|New York|Tokyo|Cairo|Dubai|Berlin|Moscow|Madrid|Rome|Sydney|Toronto|Chicago|Seoul|Jeddah|Istanbul|Hangzhou|my city|the mountains|Boston|Lima".split("|"),
        ),
        zh=(
            ["{x}天气怎么样？", "{x}明天会下雨吗？", "{x}今天多少度？", "{x}现在几点？", "{x}会下雪吗？", "{x}这周天气如何？", "今天{x}热吗？"],
            "北京|上海|杭州|广州|深圳|伦敦|巴黎|东京|纽约|利雅得|迪拜|成都|西安|武汉|香港|我这里|柏林|首尔".split("|"),
        ),
        ar=(
            ["كيف الطقس في {x}؟", "هل ستمطر غدا في {x}؟", "كم درجة الحرارة في {x}؟", "كم الساعة في {x}؟", "هل الجو حار في {x}؟", "ما حالة الطقس في {x} اليوم؟"],
            "الرياض|جدة|دبي|القاهرة|بغداد|دمشق|عمّان|بيروت|الدوحة|لندن|باريس|بكين|مكة|المدينة|تونس|مسقط".split("|"),
        ),
    ),
    "medical": dict(
        en=(
            ["What helps against {x}?", "How is {x} treated?", "What are the symptoms of {x}?", "I have {x}, what should I do?", "Is {x} dangerous?", "Which medicine is good for {x}?", "What causes {x}?", "Can {x} be cured?", "Should I see a doctor for {x}?", "How long does {x} last?"],
            "a headache|a fever|the flu|diabetes|back pain|a cough|cancer|an allergy|high blood pressure|asthma|a broken leg|malaria|stomach pain|a toothache|insomnia|depression|a cold|a burn|a rash|anemia|migraine|food poisoning".split("|"),
        ),
        zh=(
            ["{x}怎么治？", "{x}有什么症状？", "我{x}，该怎么办？", "{x}危险吗？", "{x}吃什么药？", "{x}是什么引起的？", "{x}能治好吗？"],
            "头疼|发烧|流感|糖尿病|背痛|咳嗽|癌症|过敏|高血压|哮喘|骨折|胃痛|牙疼|失眠|抑郁症|感冒|烫伤|贫血".split("|"),
        ),
        ar=(
            ["كيف يعالج {x}؟", "ما أعراض {x}؟", "عندي {x}، ماذا أفعل؟", "هل {x} خطير؟", "أي دواء يناسب {x}؟", "ما سبب {x}؟", "هل يشفى {x}؟"],
            "الصداع|السكري|ألم الظهر|السعال|السرطان|ارتفاع ضغط الدم|الربو|ألم الأسنان|الأرق|الاكتئاب|الزكام|الحرق|فقر الدم|التسمم|ألم المعدة".split("|"),
        ),
    ),
    "code": dict(
        en=(
            ["Write {x} in Python.", "Write {x} in Rust.", "Write a program for {x}.", "How do I implement {x} in Java?", "Explain {x}.", "Give me code for {x}.", "Can you code {x}?", "Write {x} in C++.", "Implement {x}.", "Debug my {x}."],
            "a quicksort|a binary search|a linked list|a web scraper|a calculator|a chess engine|a hash table|a sudoku solver|a snake game|a regular expression|a neural network|a sorting function|a REST API|a SQL query|a unit test|a compiler|a todo app|a recursive function|a React component|a shell script|a Dockerfile".split("|"),
        ),
        zh=(
            ["用 Python 写{x}。", "用 Java 写{x}。", "写一个程序实现{x}。", "怎么实现{x}？", "给我{x}的代码。", "解释{x}。", "用 C++ 实现{x}。"],
            "快速排序|二分查找|链表|网页爬虫|计算器|哈希表|数独求解|贪吃蛇游戏|正则表达式|神经网络|排序函数|编译器|待办事项应用|递归函数|登录页面".split("|"),
        ),
        ar=(
            ["اكتب {x} بلغة بايثون.", "اكتب برنامجا من أجل {x}.", "كيف أبرمج {x}؟", "أعطني شفرة {x}.", "اشرح {x}.", "اكتب {x} بلغة جافا."],
            "الترتيب السريع|البحث الثنائي|القائمة المترابطة|آلة حاسبة|لعبة الثعبان|جدول التجزئة|شبكة عصبية|دالة تكرارية|صفحة تسجيل الدخول|تطبيق مهام|مترجم لغة".split("|"),
        ),
    ),
    "writing": dict(
        en=(
            ["Write a poem about {x}.", "Write a story about {x}.", "Write an essay about {x}.", "Write a letter about {x}.", "Write an email about {x}.", "Give me five ideas about {x}.", "Write a song about {x}.", "Summarise an article about {x}.", "Write a speech on {x}.", "Make a slogan for {x}.", "Compose a haiku about {x}."],
            "love|the sea|winter|my mother|a dragon|freedom|a lost dog|the moon|friendship|school|climate change|a coffee shop|my holiday|the future|war and peace|a small village|artificial intelligence|rain|a new product|hope".split("|"),
        ),
        zh=(
            ["写一首关于{x}的诗。", "写一个关于{x}的故事。", "写一篇关于{x}的作文。", "写一封关于{x}的信。", "给我五个关于{x}的点子。", "写一首关于{x}的歌。"],
            "爱情|大海|冬天|母亲|龙|自由|月亮|友谊|学校|气候变化|咖啡店|假期|未来|春天|人工智能|故乡|雨".split("|"),
        ),
        ar=(
            ["اكتب قصيدة عن {x}.", "اكتب قصة عن {x}.", "اكتب مقالا عن {x}.", "اكتب رسالة عن {x}.", "أعطني خمس أفكار عن {x}.", "اكتب خطبة عن {x}."],
            "الحب|البحر|الشتاء|الأم|الحرية|القمر|الصداقة|المدرسة|تغير المناخ|العطلة|المستقبل|الوطن|الذكاء الاصطناعي|المطر|الربيع".split("|"),
        ),
    ),
    "markets": dict(
        en=(
            ["What is the price of {x}?", "How much does {x} cost?", "Will {x} go up?", "Should I buy {x}?", "What is {x} worth today?", "How is {x} doing on the market?", "Is {x} a good investment?", "Where can I buy {x}?"],
            "gold|bitcoin|oil|Apple stock|a new car|an iPhone|silver|a house in London|Tesla stock|a barrel of oil|copper|ethereum|a kilo of rice|Alibaba stock|a laptop|a plane ticket|natural gas|wheat".split("|"),
        ),
        zh=(
            ["{x}的价格是多少？", "{x}多少钱？", "{x}会涨吗？", "我该买{x}吗？", "今天{x}值多少？", "在哪里能买到{x}？"],
            "黄金|比特币|石油|苹果股票|新车|手机|白银|北京的房子|阿里巴巴股票|大米|笔记本电脑|机票|天然气|茅台".split("|"),
        ),
        ar=(
            ["ما سعر {x}؟", "كم يكلف {x}؟", "هل سيرتفع سعر {x}؟", "هل أشتري {x}؟", "كم يساوي {x} اليوم؟", "أين أشتري {x}؟"],
            "الذهب|البيتكوين|النفط|سهم أبل|سيارة جديدة|هاتف جديد|الفضة|بيت في الرياض|سهم أرامكو|الأرز|حاسوب محمول|تذكرة طيران".split("|"),
        ),
    ),
    "science": dict(
        en=(
            ["What is {x}?", "How does {x} work?", "Explain {x}.", "Explain {x} to a child.", "What is the formula of {x}?", "Who discovered {x}?", "Why is {x} important?", "Define {x}."],
            "photosynthesis|gravity|quantum mechanics|relativity|evolution|DNA|electricity|magnetism|a black hole|the water cycle|an atom|entropy|osmosis|a virus|the speed of light|natural selection|nuclear fusion|a volcano|an earthquake|the ozone layer|plate tectonics|radio waves|a laser|a transistor".split("|"),
        ),
        zh=(
            ["什么是{x}？", "{x}的原理是什么？", "解释{x}。", "谁发现了{x}？", "{x}为什么重要？", "{x}是怎么形成的？"],
            "光合作用|万有引力|量子力学|相对论|进化论|电|磁场|黑洞|水循环|原子|熵|病毒|光速|核聚变|火山|地震|臭氧层|激光|晶体管|遗传".split("|"),
        ),
        ar=(
            ["ما هو {x}؟", "كيف يعمل {x}؟", "اشرح لي {x}.", "من اكتشف {x}؟", "لماذا {x} مهم؟", "ما تعريف {x}؟"],
            "التركيب الضوئي|قانون الجاذبية|ميكانيكا الكم|الحمض النووي|المجال المغناطيسي|الثقب الأسود|دوران الماء|تركيب الذرة|الفيروس|الاندماج النووي|البركان|الزلزال|الليزر|الترانزستور|التطور".split("|"),
        ),
    ),
    "animals": dict(
        en=(
            ["How long does {x} live?", "What does {x} eat?", "How fast is {x}?", "Where does {x} live?", "How big is {x}?", "How many legs does {x} have?", "Is {x} dangerous?", "How much does {x} weigh?", "Can {x} swim?", "Why does {x} sleep so much?"],
            "an elephant|a tiger|a camel|a whale|a shark|an eagle|a panda|a snake|a spider|a horse|a wolf|a penguin|a bee|a turtle|a giraffe|a kangaroo|an owl|a crocodile|a bear|a dolphin|a mouse|a gorilla".split("|"),
        ),
        zh=(
            ["{x}能活多久？", "{x}吃什么？", "{x}跑多快？", "{x}住在哪里？", "{x}有多大？", "{x}有几条腿？", "{x}危险吗？", "{x}会游泳吗？"],
            "大象|老虎|骆驼|鲸鱼|鲨鱼|老鹰|熊猫|蛇|蜘蛛|狼|企鹅|蜜蜂|乌龟|长颈鹿|袋鼠|猫头鹰|鳄鱼|海豚".split("|"),
        ),
        ar=(
            ["كم يعيش {x}؟", "ماذا يأكل {x}؟", "كم سرعة {x}؟", "أين يعيش {x}؟", "كم يزن {x}؟", "هل {x} خطير؟", "هل يسبح {x}؟"],
            "الفيل|النمر|الجمل|الحوت|القرش|النسر|الباندا|الثعبان|العنكبوت|الحصان|الذئب|البطريق|السلحفاة|التمساح|الدلفين|الأسد".split("|"),
        ),
    ),
    "software": dict(
        en=(
            ["How do I {x}?", "How can I {x}?", "What is the command to {x}?", "I want to {x}.", "Show me how to {x}.", "How to {x}?", "Help me {x}.", "Which command lets me {x}?", "Please tell me how to {x}."],
            "create a table in MySQL|start nginx|install Windows|delete a branch in git|list files in Linux|create a pivot table in Excel|reset my iPhone|export a PDF from Word|restart a Kubernetes pod|change my Gmail password|install Photoshop|update Ubuntu|connect a printer|unlock my phone|stop a process in Linux|create an AWS account|set up a VPN|configure Apache|add a user in Windows|remove a virus|open a zip file|run a Django server|create a Slack channel|revoke a GitHub token|delete my Facebook account|set a budget in Excel|check my disk space|list Docker containers|apply a patch in git|export data from Oracle|change my wifi password|create a key in Redis|install Minecraft|start a Zoom meeting".split("|"),
        ),
        zh=(
            ["怎么{x}？", "如何{x}？", "{x}用什么命令？", "我想{x}。", "教我{x}。", "请问怎么{x}？", "请告诉我如何{x}。"],
            "在 MySQL 里建表|启动 nginx|安装 Windows|删除 git 分支|在 Linux 里列出文件|用 Excel 做透视表|重置手机|把 Word 导出成 PDF|重启 Kubernetes|修改邮箱密码|安装 Photoshop|更新 Ubuntu|连接打印机|解锁手机|注册微信|设置 VPN|打开压缩包|清除病毒|查看磁盘空间|开视频会议|修改无线密码|注销微博账号|安装游戏".split("|"),
        ),
        ar=(
            ["كيف يمكنني {x}؟", "ما طريقة {x}؟", "أريد {x}.", "ما أمر {x}؟", "علمني {x}.", "ساعدني في {x}.", "اشرح لي طريقة {x}."],
            "إنشاء جدول في MySQL|تشغيل nginx|تثبيت ويندوز|حذف فرع في git|عرض الملفات في لينكس|إعادة ضبط الهاتف|تصدير ملف Word|تغيير كلمة مرور البريد|تحديث أوبونتو|توصيل الطابعة|فتح الهاتف|إعداد VPN|فتح ملف مضغوط|حذف حساب فيسبوك|إنشاء قناة يوتيوب|تثبيت لعبة|إزالة فيروس".split("|"),
        ),
    ),
    "household": dict(
        en=(
            ["How do I {x}?", "How can I {x}?", "How to {x}?", "What is the best way to {x}?", "I want to {x}.", "Show me how to {x}.", "Can you explain how to {x}?", "Teach me to {x}.", "I need to {x}. How?", "Can I {x}?"],
            "change a tire|iron a shirt|clean a carpet|paint a wall|fix a leaking tap|tie a tie|wash wool|repair a chair|build a shelf|sharpen a knife|remove a stain|hang a picture|start a fire|swim faster|lose weight|learn to dance|sleep better|save money|get a visa|find a job|book a hotel|rent a flat|open a bank account|ride a bicycle|write a CV|get a passport|train a dog|stop smoking|run a marathon|buy a train ticket|make friends|unlock a door|start a car|close a bank account".split("|"),
        ),
        zh=(
            ["怎么{x}？", "如何{x}？", "怎样{x}？", "我想{x}。", "教我{x}。", "{x}最好的方法是什么？", "请问怎么{x}？"],
            "换轮胎|熨衬衫|洗地毯|刷墙|修水龙头|打领带|洗毛衣|修椅子|磨刀|去污渍|生火|减肥|学跳舞|睡得更好|省钱|办签证|找工作|订酒店|租房|开银行账户|骑自行车|写简历|办护照|训练狗|戒烟|买火车票|交朋友|开车".split("|"),
        ),
        ar=(
            ["كيف يمكنني {x}؟", "ما أفضل طريقة {x}؟", "ما طريقة {x}؟", "أريد {x}.", "علمني {x}.", "كيف يتم {x}؟"],
            "تغيير الإطار|كي القميص|تنظيف السجاد|طلاء الجدار|إصلاح الصنبور|ربط ربطة العنق|إصلاح الكرسي|إزالة بقعة|إشعال النار|إنقاص الوزن|تعلم الرقص|توفير المال|الحصول على تأشيرة|إيجاد وظيفة|حجز فندق|استئجار شقة|فتح حساب بنكي|ركوب الدراجة|كتابة سيرة ذاتية|الإقلاع عن التدخين|شراء تذكرة قطار|تشغيل السيارة".split("|"),
        ),
    ),
    "things": dict(
        en=(
            ["What is {x}?", "Tell me {x}.", "I want to know {x}.", "Do you know {x}?", "{x}?", "Can you tell me {x}?", "What can you say about {x}?", "Where do I find {x}?"],
            "the port of Rotterdam|the key of C major|the address of the White House|the budget of France|the meaning of life|the tallest building in the world|the longest river|the highest mountain|the square root of two|the name of my neighbour|the number of stars|the fastest plane|the oldest university|the richest man in the world|the first computer|the deepest lake|the largest desert|the best phone|the secret of happiness|the news of today|my bank balance|the date of Easter|the password of my wifi|the size of the moon|the model of my car|the licence plate of my car|the address of the Louvre|the default on a loan|the capital of my company|the smallest planet|the phone number of the police|my horoscope".split("|"),
        ),
        zh=(
            ["{x}是什么？", "告诉我{x}。", "我想知道{x}。", "你知道{x}吗？", "{x}？", "{x}是多少？"],
            "白宫的地址|法国的预算|人生的意义|世界上最高的楼|最长的河|最高的山|二的平方根|邻居的名字|星星的数量|最快的飞机|最古老的大学|世界首富|第一台计算机|最深的湖|最大的沙漠|最好的手机|幸福的秘密|今天的新闻|我的银行余额|月亮的大小|我家无线网的密码|最小的行星|警察局的电话".split("|"),
        ),
        ar=(
            ["ما هو {x}؟", "ما {x}؟", "أخبرني عن {x}.", "أريد معرفة {x}.", "هل تعرف {x}؟", "{x}؟"],
            "عنوان البيت الأبيض|معنى الحياة|أطول مبنى في العالم|أطول نهر|أعلى جبل|جذر اثنين|اسم جاري|عدد النجوم|أسرع طائرة|أقدم جامعة|أغنى رجل في العالم|أول حاسوب|أعمق بحيرة|أكبر صحراء|أفضل هاتف|سر السعادة|خبر اليوم|رصيدي في البنك|رقم الشرطة|كلمة سر الشبكة".split("|"),
        ),
    ),
    "reasoning": dict(
        en=(
            ["Why {x}?", "Why is it that {x}?", "Explain why {x}.", "Is it true that {x}?", "How come {x}?", "Prove that {x}."],
            "the sky is blue|people dream|cats purr|the sea is salty|leaves fall|time passes|languages change|birds migrate|stars shine|we forget|prices rise|ice floats|wars happen|the Earth turns|people lie|bread gets hard|iron rusts|onions make us cry|there are infinitely many primes|some people are left-handed".split("|"),
        ),
        zh=(
            ["为什么{x}？", "解释为什么{x}。", "{x}是真的吗？", "怎么会{x}？"],
            "天空是蓝的|人会做梦|海水是咸的|树叶会落|语言会变化|候鸟要迁徙|星星会发光|人会忘记|物价上涨|冰能浮在水上|会有战争|地球会转|铁会生锈|切洋葱会流泪|人会说谎".split("|"),
        ),
        ar=(
            ["لماذا {x}؟", "اشرح لماذا {x}.", "هل صحيح أن {x}؟"],
            "السماء زرقاء|البحر مالح|الأشجار تفقد أوراقها|اللغات تتغير|الطيور تهاجر|النجوم تلمع|الناس ينسون|الأسعار ترتفع|الجليد يطفو|الحروب تقع|الأرض تدور|الحديد يصدأ|البصل يبكينا|الناس يحلمون".split("|"),
        ),
    ),
    "culture": dict(
        en=(
            ["Who wrote {x}?", "What is {x} about?", "Who directed {x}?", "When was {x} made?", "Is {x} worth reading?", "Summarise {x}.", "Who is the hero of {x}?", "How does {x} end?", "Who painted {x}?"],
            "Don Quixote|War and Peace|the Odyssey|Hamlet|The Great Gatsby|the Arabian Nights|Dream of the Red Chamber|Titanic|Star Wars|The Matrix|the Mona Lisa|Harry Potter|The Lord of the Rings|Moby Dick|Frankenstein|Journey to the West|Casablanca|the Divine Comedy|The Godfather|Dracula|Macbeth|Les Misérables".split("|"),
        ),
        zh=(
            ["{x}是谁写的？", "{x}讲的是什么？", "{x}的主角是谁？", "{x}的结局是什么？", "概括{x}。", "{x}好看吗？"],
            "《红楼梦》|《西游记》|《三国演义》|《水浒传》|《战争与和平》|《哈姆雷特》|《泰坦尼克号》|《哈利波特》|《一千零一夜》|《堂吉诃德》|《三体》|《活着》|《围城》|《指环王》|《星球大战》".split("|"),
        ),
        ar=(
            ["من كتب {x}؟", "عم يتحدث {x}؟", "من بطل {x}؟", "كيف ينتهي {x}؟", "لخص {x}.", "هل {x} كتاب جيد؟"],
            "كتاب ألف ليلة وليلة|كتاب كليلة ودمنة|كتاب البخلاء|كتاب المقدمة|كتاب الأيام|كتاب الحرب والسلم|فيلم تيتانيك|كتاب هاري بوتر|كتاب الأمير الصغير|كتاب رحلة ابن بطوطة|كتاب البؤساء|فيلم الرسالة".split("|"),
        ),
    ),
    "philosophy": dict(
        en=(
            ["What do you think of {x}?", "What is your opinion on {x}?", "Is {x} good or bad?", "What is the difference between {x} and truth?", "Do you believe in {x}?", "What does {x} mean to you?", "Discuss {x}."],
            "god|free will|democracy|capitalism|socialism|marriage|the death penalty|nuclear power|immigration|vegetarianism|religion|ghosts|luck|destiny|justice|beauty|the afterlife|aliens|feminism|taxes|elections|nationalism".split("|"),
        ),
        zh=(
            ["你怎么看{x}？", "你对{x}有什么看法？", "{x}是好是坏？", "你相信{x}吗？", "谈谈{x}。"],
            "自由意志|民主|资本主义|婚姻|死刑|核电|移民|素食|宗教|鬼|运气|命运|正义|美|外星人|税收|选举".split("|"),
        ),
        ar=(
            ["ما رأيك في {x}؟", "ماذا تقول عن {x}؟", "هل تؤمن بـ{x}؟", "ناقش {x}."],
            "حرية الإرادة|الديمقراطية|الرأسمالية|الزواج|عقوبة الإعدام|الطاقة النووية|الهجرة|الحظ|القدر|العدالة|الجمال|الأشباح|الضرائب|الانتخابات".split("|"),
        ),
    ),
    "plans": dict(
        en=(
            ["What should I {x}?", "Where should I {x}?", "Can you recommend where to {x}?", "When should I {x}?", "Help me decide what to {x}.", "Give me advice on what to {x}."],
            "eat tonight|wear tomorrow|study|visit in Spain|read next|watch tonight|buy for my mother|do this weekend|go on holiday|plant in spring|invest in|say to my boss|name my cat|give as a gift|drink|learn next year|travel in summer|work".split("|"),
        ),
        zh=(
            ["我该{x}？", "帮我决定{x}。", "推荐一下{x}。", "你建议我{x}？"],
            "今晚吃什么|明天穿什么|学什么专业|去哪里旅游|看什么书|看什么电影|给妈妈买什么|周末做什么|去哪里度假|投资什么|怎么跟老板说|给猫起什么名字|送什么礼物|喝什么".split("|"),
        ),
        ar=(
            ["ماذا {x}؟", "ساعدني في اختيار ماذا {x}.", "بماذا تنصحني أن {x}؟"],
            "آكل الليلة|ألبس غدا|أدرس في الجامعة|أزور في إسبانيا|أقرأ بعد ذلك|أشاهد الليلة|أشتري لأمي|أفعل في العطلة|أقول لمديري|أسمي قطتي|أهدي صديقي|أشرب".split("|"),
        ),
    ),
    "long-maths": dict(
        en=(
            ["Solve {x}.", "What is {x}?", "Calculate {x}.", "Compute {x}.", "How do I solve {x}?", "Find {x}."],
            "x squared plus three x minus ten equals zero|the integral of sine x|the derivative of x cubed|the area of a circle with radius five|the volume of a sphere|a system of two equations|the determinant of a matrix|the probability of two sixes|the factorial of thirty|the hundredth prime|the logarithm of twenty|the cosine of sixty degrees|a train problem with two trains|the sum of all numbers to a thousand|pi to twenty digits|a riddle with three doors|the angle of a triangle|the standard deviation of my data".split("|"),
        ),
        zh=(
            ["求解{x}。", "{x}是多少？", "计算{x}。", "怎么算{x}？"],
            "一元二次方程|正弦的积分|x 的立方的导数|半径为五的圆的面积|球的体积|二元一次方程组|矩阵的行列式|掷出两个六的概率|三十的阶乘|第一百个质数|二十的对数|圆周率的前二十位|三角形的角度|标准差|鸡兔同笼".split("|"),
        ),
        ar=(
            ["حل {x}.", "احسب {x}.", "كم يساوي {x}؟", "كيف أحسب {x}؟"],
            "معادلة من الدرجة الثانية|تكامل جيب الزاوية|مشتقة س تكعيب|مساحة دائرة نصف قطرها خمسة|حجم الكرة|محدد المصفوفة|احتمال ظهور ستتين|مضروب ثلاثين|العدد الأولي المئة|لوغاريتم عشرين|زوايا المثلث|الانحراف المعياري".split("|"),
        ),
    ),
    "sahab-unknown": dict(
        en=(
            ["Who is the {x} of Sahab?", "What is the {x} of Sahab?", "Tell me the {x} of Sahab.", "Does Sahab have a {x}?"],
            "chief executive|founder|share price|phone number|mascot|number of customers|headquarters|sales team|marketing plan|logo designer|birthday|annual revenue|investor|football team|office in Paris|Twitter account".split("|"),
        ),
        zh=(
            ["Sahab 的{x}是谁？", "Sahab 的{x}是什么？", "告诉我 Sahab 的{x}。", "Sahab 有{x}吗？"],
            "首席执行官|创始人|股价|电话号码|吉祥物|客户数量|总部|销售团队|营销计划|标志设计者|年收入|投资人|足球队|微博账号".split("|"),
        ),
        ar=(
            ["من {x} في سحاب؟", "ما {x} في سحاب؟", "هل عند سحاب {x}؟"],
            "المدير التنفيذي|المؤسس|سعر السهم|رقم الهاتف|عدد العملاء|المقر الرئيسي|فريق المبيعات|خطة التسويق|الإيراد السنوي|المستثمر|فريق كرة القدم".split("|"),
        ),
    ),
    "requests": dict(
        en=(
            ["{x}.", "{x}, please.", "Can you {x}?", "Please {x}.", "I want you to {x}.", "Could you {x}?"],
            "draw a picture|sing a song|play a game with me|call my wife|order a pizza|send an email|set an alarm|open my browser|book a flight|turn on the light|find my phone|show me a video|play chess|guess my age|read my mind|check my homework|fix my essay|search the web|remember my birthday|predict the future|make me rich|give me a recipe|cite your sources|paraphrase this text|classify this review|find bugs in my code|draft a contract|plan my wedding|roleplay as a pirate|continue this story".split("|"),
        ),
        zh=(
            ["{x}。", "请{x}。", "你能{x}吗？", "帮我{x}。", "可以{x}吗？"],
            "画一幅画|唱一首歌|和我玩游戏|打电话|订一份披萨|发一封邮件|设一个闹钟|打开浏览器|订机票|开灯|找手机|放一个视频|下象棋|猜我的年龄|检查作业|改作文|上网搜索|预测未来|给一个菜谱|改写这段文字|起草合同|策划婚礼|续写故事".split("|"),
        ),
        ar=(
            ["{x}.", "{x} من فضلك.", "هل يمكنك أن {x}؟", "أريدك أن {x}."],
            "ترسم صورة|تغني أغنية|تلعب معي|تتصل بأخي|تطلب بيتزا|ترسل رسالة|تضبط المنبه|تفتح المتصفح|تحجز رحلة|تشغل الضوء|تجد هاتفي|تلعب الشطرنج|تخمن عمري|تراجع واجبي|تبحث في الإنترنت|تتنبأ بالمستقبل|تكتب عقدا|تكمل القصة".split("|"),
        ),
    ),
    "languages-other": dict(
        en=(
            ["How do you say {x} in French?", "Translate {x} into German.", "What is {x} in Spanish?", "How do I write {x} in Russian?", "What does {x} mean in Latin?", "Say {x} in Japanese.", "Translate {x} into Turkish."],
            "hello|water|good morning|I love you|thank you|cat|house|peace|freedom|friend|bread|sun|mother|book|goodbye|car|bird|money".split("|"),
        ),
        zh=(
            ["{x}用法语怎么说？", "把{x}翻译成德语。", "{x}的西班牙语是什么？", "{x}的日语怎么说？", "{x}用俄语怎么写？"],
            "你好|水|早上好|我爱你|谢谢|猫|房子|和平|自由|朋友|面包|太阳|再见|汽车|鸟|钱".split("|"),
        ),
        ar=(
            ["كيف تقول {x} بالفرنسية؟", "ترجم {x} إلى الألمانية.", "ما معنى {x} بالإسبانية؟", "كيف تكتب {x} باليابانية؟"],
            "مرحبا|ماء|صباح الخير|أحبك|شكرا|قطة|بيت|سلام|حرية|صديق|خبز|شمس|وداعا|سيارة".split("|"),
        ),
    ),
    "technology": dict(
        en=(
            ["What is {x}?", "How does {x} work?", "Who invented {x}?", "When was {x} invented?", "Is {x} better than paper?", "Why is {x} slow?", "What are the advantages of {x}?"],
            "the internet|a telephone|television|a steam engine|the printing press|blockchain|5G|a quantum computer|Bluetooth|a jet engine|the camera|a microwave|a solar panel|Linux|Windows|JavaScript|Kubernetes|GraphQL|a search engine|an electric car|a satellite|TikTok|Facebook|Wikipedia|Google Maps|Excel|Photoshop|MongoDB|Terraform|React".split("|"),
        ),
        zh=(
            ["什么是{x}？", "{x}的原理是什么？", "谁发明了{x}？", "{x}是什么时候发明的？", "{x}有什么优点？"],
            "互联网|电话|电视|蒸汽机|印刷术|区块链|5G|量子计算机|蓝牙|喷气发动机|照相机|微波炉|太阳能板|Linux|Windows|JavaScript|Kubernetes|搜索引擎|电动车|卫星|微信|抖音|维基百科".split("|"),
        ),
        ar=(
            ["ما هو {x}؟", "كيف يعمل {x}؟", "من اخترع {x}؟", "متى اخترع {x}؟", "ما مزايا {x}؟"],
            "الإنترنت|الهاتف|التلفاز|المحرك البخاري|الحاسوب الكمي|البلوتوث|محرك الطائرة|الميكروويف|اللوح الشمسي|لينكس|ويندوز|القمر الصناعي|فيسبوك|محرك البحث|نظام كوبرنيتس".split("|"),
        ),
    ),
    "personal": dict(
        en=(
            ["What is my {x}?", "Do you know my {x}?", "Guess my {x}.", "Tell me my {x}.", "Where is my {x}?", "Why is my {x} so bad?", "What colour is my {x}?"],
            "name|age|birthday|job|favourite food|phone|car|dog|brother|teacher|shirt|boss|address|salary|height|blood type|wallet|favourite film|school|wife".split("|"),
        ),
        zh=(
            ["我的{x}是什么？", "你知道我的{x}吗？", "猜猜我的{x}。", "告诉我我的{x}。", "我的{x}在哪里？"],
            "名字|年龄|生日|工作|最喜欢的食物|手机|车|狗|哥哥|老师|衬衫|老板|地址|工资|身高|血型|钱包|学校".split("|"),
        ),
        ar=(
            ["ما {x}؟", "هل تعرف {x}؟", "خمن {x}.", "أين {x}؟"],
            "اسمي|عمري|تاريخ ميلادي|عملي|طعامي المفضل|هاتفي|سيارتي|كلبي|أخي|معلمي|قميصي|مديري|راتبي|طولي|محفظتي|مدرستي".split("|"),
        ),
    ),
    "geography": dict(
        en=(
            ["How long is {x}?", "How high is {x}?", "Where is {x}?", "How deep is {x}?", "How far is {x} from here?", "Which country is {x} in?", "What is {x} known for?", "How do I get to {x}?"],
            "the Nile|the Amazon|Mount Everest|the Great Wall|the Sahara|the Eiffel Tower|the Red Sea|Lake Victoria|the Suez Canal|the Alps|the Yangtze|the Grand Canyon|the Dead Sea|the Pacific|Niagara Falls|the Kaaba|Petra|the Taj Mahal|Big Ben|Mount Fuji".split("|"),
        ),
        zh=(
            ["{x}有多长？", "{x}有多高？", "{x}在哪里？", "{x}在哪个国家？", "{x}为什么有名？", "怎么去{x}？"],
            "尼罗河|亚马逊河|珠穆朗玛峰|长城|撒哈拉沙漠|埃菲尔铁塔|红海|苏伊士运河|阿尔卑斯山|长江|黄河|死海|太平洋|富士山|泰山|西湖|故宫".split("|"),
        ),
        ar=(
            ["كم طول {x}؟", "كم ارتفاع {x}؟", "أين يقع {x}؟", "في أي بلد {x}؟", "كيف أصل إلى {x}؟", "بماذا يشتهر {x}؟"],
            "نهر النيل|نهر الأمازون|جبل إيفرست|سور الصين|البحر الأحمر|برج إيفل|قناة السويس|جبل أحد|نهر الفرات|البحر الميت|المحيط الهادئ|تاج محل|البتراء|جبل فوجي".split("|"),
        ),
    ),
    "work": dict(
        en=(
            ["What does {x} do?", "How much does {x} earn?", "How do I become {x}?", "Is it hard to be {x}?", "What does {x} need to study?", "Should I become {x}?"],
            "a doctor|a lawyer|a pilot|an engineer|a teacher|a nurse|a chef|an architect|a judge|a farmer|a plumber|an actor|a programmer|a dentist|an accountant|a journalist|a soldier|a scientist".split("|"),
        ),
        zh=(
            ["{x}是做什么的？", "{x}的工资多少？", "怎么当{x}？", "当{x}难吗？", "我应该当{x}吗？"],
            "医生|律师|飞行员|工程师|老师|护士|厨师|建筑师|法官|农民|水管工|演员|程序员|牙医|会计|记者|军人|科学家".split("|"),
        ),
        ar=(
            ["ماذا يفعل {x}؟", "كم راتب {x}؟", "كيف أصبح مثل {x}؟", "هل عمل {x} صعب؟"],
            "الطبيب|المحامي|الطيار|المهندس|المعلم|الممرض|الطباخ|القاضي|المزارع|السباك|الممثل|المبرمج|المحاسب|الصحفي|الجندي|العالم".split("|"),
        ),
    ),
    # Never trained on:
    "sports": dict(
        en=(
            ["Who won {x}?", "What are the rules of {x}?", "How many players are in {x}?", "Who is the best at {x}?", "When is the next {x}?"],
            "the World Cup|the Olympics|tennis|basketball|football|the Super Bowl|cricket|Wimbledon|golf|the Tour de France|handball|boxing".split("|"),
        ),
        zh=(["谁赢了{x}？", "{x}的规则是什么？", "{x}有多少队员？", "谁的{x}最好？"], "世界杯|奥运会|网球|篮球|足球|乒乓球|羽毛球|排球|高尔夫|拳击".split("|")),
        ar=(["من فاز في {x}؟", "ما قواعد {x}؟", "كم لاعبا في {x}؟", "من الأفضل في {x}؟"], "كأس العالم|كرة السلة|كرة القدم|التنس|الأولمبياد|الملاكمة|كرة الطائرة|السباحة".split("|")),
    ),
    "chemistry": dict(
        en=(["What is the boiling point of {x}?", "What is {x} made of?", "Is {x} poisonous?", "What is the symbol of {x}?", "What happens when {x} burns?"], "helium|mercury|sulphur|ammonia|alcohol|salt|carbon dioxide|lead|oxygen|plastic|vinegar|uranium".split("|")),
        zh=(["{x}的沸点是多少？", "{x}由什么组成？", "{x}有毒吗？", "{x}的化学符号是什么？"], "氦|水银|硫|氨|酒精|盐|二氧化碳|铅|氧气|塑料|醋|铀".split("|")),
        ar=(["ما درجة غليان {x}؟", "مم يتكون {x}؟", "هل {x} سام؟", "ما رمز {x}؟"], "الهيليوم|الزئبق|الكبريت|الكحول|الملح|الرصاص|الأكسجين|البلاستيك|الخل|اليورانيوم".split("|")),
    ),
    "cooking": dict(
        en=(["How do I cook {x}?", "What is the recipe for {x}?", "How long do I boil {x}?", "What goes into {x}?", "How do I bake {x}?"], "rice|a chocolate cake|spaghetti|lentil soup|an omelette|kabsa|dumplings|bread|pancakes|roast chicken|couscous|fried noodles".split("|")),
        zh=(["{x}怎么做？", "{x}要煮多久？", "{x}需要什么材料？", "给我{x}的做法。"], "米饭|巧克力蛋糕|意大利面|红烧肉|饺子|面包|宫保鸡丁|麻婆豆腐|炒面|鱼汤".split("|")),
        ar=(["كيف أطبخ {x}؟", "ما وصفة {x}؟", "كم دقيقة أسلق {x}؟", "ما مكونات {x}؟"], "الأرز|كعكة الشوكولاتة|الكبسة|شوربة العدس|الخبز|الكسكس|المقلوبة|الدجاج المشوي|الفلافل|البيض".split("|")),
    ),
    "space": dict(
        en=(["How far away is {x}?", "How big is {x}?", "Is there life on {x}?", "How hot is {x}?", "How old is {x}?"], "Mars|Jupiter|the Sun|the Moon|Saturn|the nearest star|Venus|Pluto|the Andromeda galaxy|Halley's comet".split("|")),
        zh=(["{x}离我们多远？", "{x}有多热？", "{x}上有生命吗？", "{x}的年龄是多少？"], "火星|木星|太阳|土星|金星|冥王星|仙女座星系|哈雷彗星|水星".split("|")),
        ar=(["كم يبعد {x}؟", "ما حجم {x}؟", "هل توجد حياة على {x}؟", "كم عمر {x}؟"], "المريخ|المشتري|القمر|زحل|كوكب الزهرة|بلوتو|مذنب هالي|أقرب نجم".split("|")),
    ),
    "cars": dict(
        en=(["How fast is a {x}?", "How much fuel does a {x} use?", "Where is the {x} built?", "Is a {x} reliable?", "What engine does a {x} have?"], "Toyota Corolla|Porsche|Ford Mustang|BYD|Volkswagen Golf|Ferrari|Land Cruiser|Honda Civic|Volvo truck|Harley".split("|")),
        zh=(["{x}跑多快？", "{x}油耗多少？", "{x}是哪里生产的？", "{x}可靠吗？"], "丰田卡罗拉|保时捷|比亚迪|大众高尔夫|法拉利|本田思域|宝马|奔驰|红旗轿车".split("|")),
        ar=(["كم سرعة {x}؟", "كم تستهلك {x} من الوقود؟", "أين تصنع {x}؟", "هل {x} موثوقة؟"], "تويوتا كورولا|بورش|فورد موستنج|لاند كروزر|فيراري|هوندا سيفيك|مرسيدس|كامري".split("|")),
    ),
    "music": dict(
        en=(["Who sang {x}?", "What are the lyrics of {x}?", "In which year did {x} come out?", "Who plays the {x} best?", "How do I tune a {x}?"], "Imagine|Yesterday|guitar|violin|Bohemian Rhapsody|oud|piano|Thriller|flute|Let It Be".split("|")),
        zh=(["谁唱了{x}？", "{x}的歌词是什么？", "{x}怎么调音？", "谁弹{x}最好？"], "《月亮代表我的心》|吉他|小提琴|二胡|钢琴|古筝|《青花瓷》|《茉莉花》".split("|")),
        ar=(["من غنى {x}؟", "ما كلمات {x}؟", "كيف يعزف على {x}؟", "من أفضل عازف على {x}؟"], "أغنية أنت عمري|العود|الجيتار|البيانو|الكمان|أغنية زهرة المدائن|الناي|القانون".split("|")),
    ),
    "law": dict(
        en=(["Is {x} legal?", "What is the punishment for {x}?", "Can I be sued for {x}?", "Do I need a lawyer for {x}?", "Which law covers {x}?"], "copying music|tax fraud|a divorce|speeding|libel|breaking a contract|trespassing|inheritance|a noise complaint|piracy".split("|")),
        zh=(["{x}合法吗？", "{x}怎么处罚？", "{x}需要律师吗？", "{x}适用哪条法律？"], "抄袭音乐|偷税|离婚|超速|诽谤|违约|继承|噪音投诉|盗版|酒驾".split("|")),
        ar=(["هل {x} قانوني؟", "ما عقوبة {x}؟", "هل أحتاج محاميا في {x}؟", "أي قانون ينظم {x}؟"], "نسخ الموسيقى|التهرب الضريبي|الطلاق|السرعة الزائدة|التشهير|فسخ العقد|الميراث|القرصنة".split("|")),
    ),
    "gardening": dict(
        en=(["When do I plant {x}?", "How much water do {x} need?", "Why are my {x} yellow?", "How do I prune {x}?", "Do {x} need sun?"], "tomatoes|roses|olive trees|date palms|tulips|potatoes|strawberries|cucumbers|lemons|orchids".split("|")),
        zh=(["什么时候种{x}？", "{x}要浇多少水？", "我的{x}叶子为什么发黄？", "怎么修剪{x}？"], "番茄|玫瑰|橄榄树|郁金香|土豆|草莓|黄瓜|柠檬树|兰花|竹子".split("|")),
        ar=(["متى أزرع {x}؟", "كم ماء يحتاج {x}؟", "لماذا اصفر {x}؟", "كيف أقلم {x}؟"], "الطماطم|الورد|شجر الزيتون|النخل|البطاطس|الفراولة|الخيار|الليمون|النعناع".split("|")),
    ),
}
