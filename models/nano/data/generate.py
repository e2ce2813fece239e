"""Writes nano's dialogues: training text as JSON lines (what comes first, the most, and what comes last), and the evaluation, whose phrasings training never sees."""

import json
import pathlib
import random as randoms
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import frames
import loose
import outside
import skills
import tools
import newcomer  # Adds its intents to those of sahab.py.
from sahab import INTENTS
from talk import TALK
from words import WORDS

SHARES = {"en": 0.4, "zh": 0.3, "ar": 0.3}

# Of a hundred exchanges: the guide to Sahab and the honest "I do not know" are what the model is for.
MIX = {
    "sahab": 41, "unknown": 18, "add": 8, "subtract": 3, "multiply": 2, "divide": 1, "compare": 1, "order": 2, "spell": 2,
    "calendar": 3, "exchange": 1, "translate": 5, "json": 6, "repeat": 3, "talk": 4,
}
# What is trained first, alone: in prose that can be known by heart, copying was learned very late (README).
FIRST = {"repeat": 32, "json": 16, "translate": 16, "spell": 10, "order": 10, "add": 16}
FIRST_SHARE = 0.1  # Of the number of dialogues; they are short.
# What is trained last, while the rate is low: more of what the model is for.
LAST = {
    "sahab": 51, "unknown": 13, "add": 5, "subtract": 2, "multiply": 1, "divide": 2, "compare": 3, "order": 4, "spell": 1,
    "calendar": 3, "exchange": 1, "translate": 2, "json": 3, "repeat": 3, "talk": 6,
}
LAST_SHARE = 0.8
PROSE = ("sahab", "unknown", "talk")  # Their answers say nothing of the question back, so that its words may be cut in any way.
TOOL_SHARE = 0.05  # Of the dialogues, tell of tools.
SKILLS = {
    "add": skills.add, "subtract": skills.subtract, "multiply": skills.multiply, "divide": skills.divide, "compare": skills.compare,
    "order": skills.order, "spell": skills.spell, "calendar": skills.calendar, "exchange": skills.exchange,
    "translate": skills.translate, "json": skills.make_json, "repeat": skills.repeat,
}
EVALUATION = {"sahab": 660, "unknown": 300, "add": 300, "subtract": 60, "multiply": 60, "divide": 30, "compare": 60, "order": 90,
              "spell": 60, "calendar": 90, "exchange": 60, "translate": 120, "json": 120, "repeat": 45, "talk": 90, "tool": 45}

VENDORS = {
    "alibaba": ("DASHSCOPE_API_KEY", ["Alibaba", "DashScope", "Alibaba Cloud"]),
    "deepseek": ("DEEPSEEK_API_KEY", ["DeepSeek"]),
    "bytedance": ("ARK_API_KEY", ["ByteDance", "Volcano Ark", "Doubao"]),
    "openai": ("OPENAI_API_KEY", ["OpenAI"]),
    "xai": ("XAI_API_KEY", ["xAI", "Grok"]),
    "anthropic": ("ANTHROPIC_API_KEY", ["Anthropic", "Claude"]),
    "google": ("GEMINI_API_KEY", ["Google", "Gemini"]),
}
# No amount is drawn that looks like the code of an error or like a port: those numbers belong to other questions.
AMOUNTS = [amount for amount in range(10, 9901, 10) if (amount <= 990 or amount % 100 == 0) and not 400 <= amount < 600 and amount not in (3000, 4000, 8000, 9000)]
PERIODS = {"month": ("月", "شهر"), "week": ("周", "أسبوع"), "day": ("天", "يوم")}
APPLICATIONS = ["my-app", "billing", "search", "chatbot", "mobile", "website", "reports", "support", "test", "laptop", "backend", "demo", "ci", "notebook"]


def slots(random) -> dict[str, str]:
    vendor = random.choice(list(VENDORS))
    variable, names = VENDORS[vendor]
    period = random.choice(list(PERIODS))
    name = random.choice(APPLICATIONS) if random.random() < 0.4 else skills.made_up_name(random)
    if random.random() < 0.25:
        name += random.choice(["-app", "-bot", "-team", "-dev", "-api"])
    return {
        "vendor": vendor, "variable": variable, "Vendor": random.choice(names), "name": name,
        "project": random.choice(["search-team", "research", "sales", "data-team", skills.made_up_name(random), skills.made_up_name(random) + "-team"]),
        "port": str(random.choice([8080, 9000, 3000, 8000, random.randint(1024, 9999), random.randint(1024, 9999)])),
        "currency": random.choice(["CNY", "USD", "SAR", "EUR"]),
        "amount": str(random.choice([50, 100, 1000, 5000, *random.sample(AMOUNTS, 3)])),
        "period": period, "period_zh": PERIODS[period][0], "period_ar": PERIODS[period][1],
    }


SLOT = re.compile(r"\{(vendor|variable|Vendor|name|project|port|currency|amount|period|period_zh|period_ar)\}")


def fill(text: str, values: dict[str, str]) -> str:
    return SLOT.sub(lambda match: values[match.group(1)], text).replace("{{", "{").replace("}}", "}")


KEPT_FILE = pathlib.Path(__file__).parent / "kept.json"


def split_phrases() -> dict[tuple, tuple[list[str], list[str]]]:
    """Which ways to say something are held out: those of kept.json, and of an intent that it does not name one in seven of each list of four or more.

    kept.json holds what no shipped file was trained on. A draw over all lists would change with each new intent, and a file trained
    further would be asked what the file before it had learned.
    """
    kept_before = json.loads(KEPT_FILE.read_text(encoding="utf-8"))
    result = {}
    for name, languages in [*INTENTS.items(), *((f"talk:{key}", value) for key, value in TALK.items())]:
        random = randoms.Random(name)
        for language, entry in languages.items():
            lists = entry.items() if isinstance(entry, dict) else [("say", entry[0])]
            for kind, phrases in lists:
                if kind == "answer":
                    continue
                if name in kept_before:
                    held_out = kept_before[name].get(language, {}).get(kind, [])
                else:
                    held_out = random.sample(phrases, max(1, len(phrases) // 7) if len(phrases) >= 4 else 0)
                result[name, language, kind] = ([phrase for phrase in phrases if phrase not in held_out], held_out)
    return result


PHRASES = split_phrases()


def trained(frame_list: list[str]) -> list[str]:
    return [frame for frame in frame_list if not frame.startswith("~")]


def kept(frame_list: list[str]) -> list[str]:
    return [frame[1:] for frame in frame_list if frame.startswith("~")]


def normal(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


KEPT_PHRASES = {normal(phrase) for _, held_out in PHRASES.values() for phrase in held_out}


def more(name: str) -> dict:
    return json.loads((pathlib.Path(__file__).parent / "more" / f"{name}.json").read_text(encoding="utf-8"))


def slots_of(text: str) -> frozenset:
    return frozenset(re.findall(r"\{(\w+)\}", text))


# Whole questions that nano does not know, by language, many of them near to what it knows.
UNKNOWN_WAYS: dict[str, list[str]] = more("unknown")

# What people type in words of their own, whole questions each: (intent, language) → questions. They need no frame around them.
WAYS: dict[tuple[str, str], list[str]] = {}


def add_more() -> None:
    """Further ways to ask, for training alone: whoever wrote them saw none that is kept for the evaluation, and one that is kept all the same is left out."""
    for known, _ in PHRASES.values():
        known[:] = [phrase for phrase in known if normal(phrase) not in KEPT_PHRASES]
    taken = {(language, normal(phrase)): name for (name, language, _), (known, _) in PHRASES.items() for phrase in known}
    for language in SHARES:
        for name, kinds in [*more(language).items(), *more("casual")[language].items()]:
            forms = {slots_of(phrase) for kind in ("do", "fact", "ask") for phrase in INTENTS[name][language].get(kind, [])}
            for kind, phrases in kinds.items():
                known = PHRASES[name, language, kind][0]
                for phrase in phrases:  # A phrase belongs to the intent that had it first.
                    if normal(phrase) not in KEPT_PHRASES and slots_of(phrase) in forms and taken.setdefault((language, normal(phrase)), name) == name:
                        known.append(phrase)
        ways = [(name, languages[language]) for name, languages in more("ways").items()]
        for name, phrases in [*ways, *((name, kinds["ask"]) for name, kinds in more("casual")[language].items())]:
            forms = {slots_of(phrase) for kind in ("do", "fact", "ask") for phrase in INTENTS[name][language].get(kind, [])}
            WAYS[name, language] = WAYS.get((name, language), []) + [
                phrase
                for phrase in dict.fromkeys(phrases)
                if normal(phrase) not in KEPT_PHRASES and slots_of(phrase) in forms and taken.setdefault((language, normal(phrase)), name) == name
            ]
        for kind, languages in more("frames").items():
            held_out = {normal(frame) for frame in kept(FRAMES[kind.lower()][language])}
            FRAMES[kind.lower()][language] += [frame for frame in languages[language] if normal(frame) not in held_out and frame.count("{x}") == 1]
        for name, languages in more("talk").items():
            PHRASES[f"talk:{name}", language, "say"][0].extend(
                phrase for phrase in languages[language] if normal(phrase) not in KEPT_PHRASES and (language, normal(phrase)) not in taken
            )
        for name, languages in more("skills").items():
            phrasings = getattr(skills, name)[language]
            forms, held_out = {slots_of(phrasing) for phrasing in phrasings}, {normal(phrasing) for phrasing in kept(phrasings)}
            phrasings += [phrasing for phrasing in languages[language] if normal(phrasing) not in held_out and slots_of(phrasing) in forms]


GROUPS = {language: [group.split("|") for group in groups] for language, groups in frames.SYNONYMS.items()}
FINDERS = {
    language: [
        re.compile("|".join((rf"\b{re.escape(word)}\b" if language == "en" else rf"(?<!\w){word}(?!\w)" if language == "ar" else re.escape(word)) for word in sorted(group, key=len, reverse=True)), re.I)
        for group in groups
    ]
    for language, groups in GROUPS.items()
}


def swap_words(random, text: str, language: str, share: float = 0.45) -> str:
    """Puts other words of the same meaning into a question. What results is never one of the phrases kept for the evaluation."""
    if random.random() > share:
        return text
    result = text
    for finder, group in zip(FINDERS[language], GROUPS[language]):
        if random.random() < 0.7:
            result = finder.sub(lambda match: match.group() if "{" in text and is_in_slot(text, match) else random.choice(group), result, count=1)
    return text if normal(result) in KEPT_PHRASES else result


LITTLE = set("a an the is are was do does did i my me we our it this that to of in on for with and so just please can could there be am".split())


def shorten(random, text: str, language: str) -> str:
    """As people type who are in a hurry: one in five English questions loses one or two of its little words."""
    words = text.split(" ")
    if language != "en" or len(words) < 5 or random.random() > 0.2:
        return text
    places = [place for place, word in enumerate(words) if word.lower() in LITTLE]
    gone = set(random.sample(places, min(len(places), random.choice([1, 1, 2]))))
    result = " ".join(word for place, word in enumerate(words) if place not in gone)
    return text if normal(result) in KEPT_PHRASES else result


def with_odd_word(random, text: str, language: str) -> str:
    """One of five longer questions has a word that nobody knows in the place of one of its own: what a question is about stands in more than one word of it."""
    if random.random() > 0.2:
        return text
    if language == "zh":
        places = [place for place, sign in enumerate(text) if "\u4e00" <= sign <= "\u9fff"]
        if len(places) < 8:
            return text
        place = random.choice(places)
        result = text[:place] + random.choice(["", random.choice(HAN)]) + text[place + 1 :]
    else:
        words = text.split(" ")
        places = [place for place, word in enumerate(words) if len(word) > 2 and word.isalpha()]
        if len(words) < 6 or len(places) < 3:
            return text
        words[random.choice(places)] = no_word(random, language)
        result = " ".join(words)
    return text if normal(result) in KEPT_PHRASES else result


def is_in_slot(text: str, match) -> bool:
    return text[: match.start()].count("{") > text[: match.start()].count("}")


def pick_intent(random, language: str) -> str:
    """Half of the time any, else the more often the more ways there are to ask: where many were written, neighbours are hard to tell apart."""
    if random.random() < 0.5:
        return random.choice(list(INTENTS))
    counts = {name: len(WAYS.get((name, language), ())) + 1 for name in INTENTS}
    return random.choices(list(counts), list(counts.values()))[0]


FRAMES = {"do": frames.DO, "fact": frames.FACT, "ask": frames.ASK}


def sahab(random, language, held_out, name=None):
    name = name or pick_intent(random, language)
    entry = INTENTS[name][language]
    if not held_out and (ways := WAYS.get((name, language))) and random.random() < 0.7:
        question = with_odd_word(random, swap_words(random, random.choice(ways), language, 0.3), language)
        if random.random() < 0.15:
            question = loose.beside(random, language, question)
        values = slots(random)
        answer = fill(entry["answer"], values)
        if random.random() < 0.3:  # As people type a vendor's name; the answer writes it as the vendor does.
            values["Vendor"] = values["Vendor"].lower()
        return fill(shorten(random, question, language), values), answer, {"text": answer, "intent": name}
    if not held_out and name in loose.KEYS[language] and random.random() < 0.4:
        key = random.choice(loose.KEYS[language][name])
        if normal(key) not in KEPT_PHRASES:
            answer = fill(entry["answer"], slots(random))
            return loose.around(random, language, key), answer, {"text": answer, "intent": name}
    kinds = [kind for kind in ("do", "fact", "ask") if kind in entry]
    kind = random.choices(kinds, [len(entry[kind]) + (4 if kind != "ask" else 0) for kind in kinds])[0]
    known, unseen = PHRASES[name, language, kind]
    new = "phrase"
    if not held_out:
        phrase, frame = random.choice(known), random.choice(trained(FRAMES[kind][language]))
    elif unseen and random.random() < 0.5:
        phrase, frame = random.choice(unseen), random.choice(trained(FRAMES[kind][language]))
    else:
        phrase, frame, new = random.choice(known), random.choice(kept(FRAMES[kind][language])), "frame"
    if kind == "do" and random.random() < 0.12 and not re.search("sahab|سحاب", phrase, re.I):
        place = random.choice(frames.IN_SAHAB[language])
        phrase = place + phrase if language == "zh" else phrase + place
    if not held_out:
        phrase = swap_words(random, phrase, language)
    values = slots(random)
    answer = fill(entry["answer"], values)
    return frame.replace("{x}", fill(phrase, values)), answer, {"text": answer, "intent": name, "new": new}


def unknown(random, language, held_out):
    answers = outside.ANSWERS[language]
    answer = random.choice([answers[0], answers[0], answers[1]])
    expectation = {"unknown": True}
    if held_out and random.random() < 0.65:
        topic = outside.TOPICS[random.choice(sorted(outside.HELD_OUT))]
        ways, things = topic[language]
        return random.choice(ways).replace("{x}", random.choice(things)), answer, expectation
    if not held_out:
        if random.random() < 0.2:
            return loose.around(random, language, thing_of_no_word(random, language)), answer, expectation
        if random.random() < 0.2:
            question = random.choice(UNKNOWN_WAYS[language])
            return loose.beside(random, language, question) if random.random() < 0.15 else question, answer, expectation
        chance = random.random()
        if chance < 0.2:
            return composed(random, language), answer, expectation
        if chance < 0.5:
            return about_no_word(random, language), answer, expectation
    name = random.choice([topic for topic in outside.TOPICS if topic not in outside.HELD_OUT])
    ways, things = outside.TOPICS[name][language]
    thing = random.choice(things)
    if not held_out and name == "software":
        thing = swap_words(random, thing, language)
    pick = kept if held_out else trained
    general = random.random()
    if name in ("software", "household") and (general < 0.6 or held_out):
        if not held_out and random.random() < 0.04:
            place = random.choice(frames.IN_SAHAB[language])
            thing = place + thing if language == "zh" else thing + place
        return random.choice(pick(frames.DO[language])).replace("{x}", thing), answer, expectation
    if name in ("things", "science", "technology") and (general < 0.5 or held_out):
        return random.choice(pick(frames.FACT[language])).replace("{x}", thing), answer, expectation
    question = random.choice(ways).replace("{x}", thing)
    if held_out or general < 0.3:
        question = random.choice(pick(frames.ASK[language])).replace("{x}", question)
    return question, answer, expectation


HAN = [bytes((high, low)).decode("gb2312") for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFF)]  # The 3,700 common ones.
ONSETS = "b c d f g h j k l m n p r s t v w z bl br ch cl cr dr fl fr gl gr pl pr sc sh sk sl sp st str th tr".split()
NUCLEI = "a a e e i i o o u ai ea ee ie oa oo ou y".split()
CODAS = ["", "", "", "n", "r", "s", "t", "l", "m", "d", "ck", "ng", "st", "nt", "rd", "tion", "er", "ing", "es"]


def no_word(random, language: str) -> str:
    """What looks like a word of a language and is in no list: a topic that nobody told the model of looks so to it."""
    if language == "zh":
        return "".join(random.choice(HAN) for _ in range(random.choice([1, 2, 2, 2, 3, 4])))
    if language == "ar":
        word = "".join(random.choice("ابتثجحخدذرزسشصضطظعغفقكلمنهوي") for _ in range(random.choice([3, 4, 4, 5, 6])))
        return random.choice(["ال", "ال", "", "", "و", "لل"]) + word + random.choice(["ة", "", "", "ات", "ين", ""])
    word = "".join(random.choice(ONSETS) + random.choice(NUCLEI) for _ in range(random.choice([1, 1, 2, 3]))) + random.choice(CODAS)
    return word.capitalize() if random.random() < 0.2 else word


def thing_of_no_word(random, language: str) -> str:
    """Words that are none, and some of the everyday ones."""
    parts = [no_word(random, language)]
    while random.random() < 0.4:
        parts.append(no_word(random, language) if random.random() < 0.5 else random.choice(FOREIGN)[skills.INDEX[language]].removeprefix("to "))
    random.shuffle(parts)
    return ("" if language == "zh" else " ").join(parts)


def about_no_word(random, language: str) -> str:
    """A question as any other, but about words that are none; with some of the everyday ones."""
    def thing():
        return thing_of_no_word(random, language)

    way = random.random()
    if way < 0.3:
        question = random.choice(COMPOSED[language]).format(a=thing(), b=thing())
    elif way < 0.65:
        name = random.choice([topic for topic in outside.TOPICS if topic not in outside.HELD_OUT])
        question = random.choice(outside.TOPICS[name][language][0]).replace("{x}", thing())
    else:
        question = random.choice(trained(FRAMES[random.choice(["do", "fact"])][language])).replace("{x}", thing())
    return random.choice(trained(FRAMES["ask"][language])).replace("{x}", question) if random.random() < 0.3 else question


def beside_chatter(random, language: str, question: str) -> str:
    """Words that the model never saw, before or after a question that it knows: they do not make it one that it does not know."""
    words = [no_word(random, language) if random.random() < 0.6 else random.choice(FOREIGN)[skills.INDEX[language]].removeprefix("to ") for _ in range(random.choice([1, 1, 2, 3]))]
    chatter = ("" if language == "zh" else " ").join(words)
    if random.random() < 0.5:
        return chatter.capitalize() + random.choice({"en": [". ", ", ", ": ", "! "], "zh": ["。", "，", "：", "！"], "ar": [". ", "، ", ": ", "! "]}[language]) + question
    if question[-1].isalnum():
        question += "。" if language == "zh" else "."
    return question + ("" if language == "zh" else " ") + chatter.capitalize() + random.choice({"en": [".", "!", ""], "zh": ["。", "！", ""], "ar": [".", "!", ""]}[language])


# Everyday words that have nothing to do with Sahab: "How do I create a key?" is a question that nano knows.
OWN = """key cloud doctor worker model memory computer machine screen name number question answer word language letter picture money price
work day week month year hour minute today now hello goodbye please yes no open closed read write speak help know learn give run
new old good bad big small fast slow right news""".split()
OF_HELD_OUT_TOPICS = "bread rice salt lemon soup cook sun moon star tree flower garden music song car driver ball game".split()
FOREIGN = [word for word in WORDS if word[0].removeprefix("to ") not in [*OWN, *OF_HELD_OUT_TOPICS] and word[0] != "thank you"]

COMPOSED = {
    "en": ["Why is the {a} {b}?", "Where is the {a} of the {b}?", "Tell me about the {a} and the {b}.", "Do you like the {a}?", "What is the best {a}?", "My {a} is in the {b}.", "How old is the {a}?", "Who has the {a}?", "Can the {a} see the {b}?", "What happens if the {a} meets the {b}?", "How do I find a {a} for my {b}?", "I lost my {a}.", "What is a {a} made of?", "How do I use a {a}?", "Which {a} should I take to the {b}?", "When does the {a} start?", "How many {a} are in a {b}?", "Is the {a} better than the {b}?", "What is the name of the {a}?", "How much is the {a} near the {b}?", "I want to buy a {a}.", "What is the difference between {a} and {b}?", "How do I start the {a}?", "How do I delete the {a}?", "Show me the {a}.", "Where do I put the {a}?", "Which {a} is in the {b}?", "How do I create a {a}?", "How do I list the {a} in the {b}?", "Describe the {a}.", "Explain the {a}."],
    "zh": ["为什么{a}是{b}？", "{a}在哪里？", "讲讲{a}和{b}。", "你喜欢{a}吗？", "最好的{a}是哪个？", "我的{a}在{b}里。", "谁有{a}？", "{a}和{b}有什么区别？", "怎么找到{a}？", "我丢了{a}。", "{a}是什么做的？", "怎么用{a}？", "什么时候有{a}？", "{a}比{b}好吗？", "我想买{a}。", "怎么启动{a}？", "怎么删除{a}？", "给我看{a}。", "{a}的名字是什么？", "描述一下{a}。", "怎么做{a}？"],
    "ar": ["لماذا {a} مثل {b}؟", "أين {a}؟", "حدثني عن {a} و{b}.", "هل تحب {a}؟", "ما أفضل {a}؟", "من عنده {a}؟", "ما الفرق بين {a} و{b}؟", "كيف أجد {a}؟", "أضعت {a}.", "مم يصنع {a}؟", "كيف أستخدم {a}؟", "متى يأتي {a}؟", "هل {a} أفضل من {b}؟", "أريد شراء {a}.", "كيف أشغل {a}؟", "كيف أحذف {a}؟", "أرني {a}.", "ما اسم {a}؟", "صف لي {a}."],
}


def composed(random, language):
    """A question put together from everyday words, mostly odd: what is unknown has no shape of its own."""
    if random.random() < 0.12:  # Sums beyond two digits.
        return f"{random.randint(100, 99999)} {random.choice('+-×*/')} {random.randint(100, 9999)}" if random.random() < 0.6 else f"{random.randint(11, 99)} × {random.randint(11, 99)}"
    words = [word[skills.INDEX[language]].removeprefix("to ") for word in random.sample(FOREIGN, 2)]
    return random.choice(COMPOSED[language]).format(a=words[0], b=words[1])


def talk(random, language, held_out):
    name = random.choice(list(TALK))
    known, unseen = PHRASES[f"talk:{name}", language, "say"]
    phrase = random.choice(unseen if held_out else known)
    answer = TALK[name][language][1][0]
    return phrase, answer, {"text": answer}


def exchange(random, kind, language, held_out):
    if kind == "sahab":
        return sahab(random, language, held_out)
    if kind == "unknown":
        return unknown(random, language, held_out)
    if kind == "talk":
        return talk(random, language, held_out)
    return SKILLS[kind](random, language, held_out)


BESIDE = {key: near for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for key, near in zip(row, zip("_" + row, row[1:] + "_"))}


def with_slip(random, text: str) -> str:
    """One or two slips of the finger: two letters changed about, one left out, written twice, or its neighbour on the keyboard."""
    words = text.split(" ")
    for _ in range(random.choice([1, 1, 1, 2])):
        places = [i for i, word in enumerate(words) if len(word) > 4 and word.isalpha()]
        if not places:
            break
        place = random.choice(places)
        word = words[place]
        at = random.randrange(1, len(word) - 2)
        near = [key for key in BESIDE.get(word[at].lower(), ()) if key != "_"]
        slips = [word[:at] + word[at + 1] + word[at] + word[at + 2 :], word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]]
        words[place] = random.choice(slips + [word[:at] + key + word[at + 1 :] for key in near[:1]])
    return " ".join(words)


def with_vowel_marks(random, text: str) -> str:
    """Some write the mark of a doubled letter, or the ending of an indefinite word, where others leave them out."""
    text = re.sub(r"(?<=\w{2})ا(?= |$|[؟.،])", lambda match: random.choice(["اً", "اً", "ا"]), text)
    return re.sub(r"(?<=\w\w)([دذرزسشصطلنبجحعغفقكمي])(?=\w)", lambda match: match.group() + "\u0651" if random.random() < 0.12 else match.group(), text)


def roughen(random, text: str, kind: str, language: str) -> str:
    """As people write: no capital, no full stop, a slip of the finger."""
    if kind in ("sahab", "unknown", "talk"):
        if random.random() < 0.2:
            text = text.rstrip("?.？。؟!！")
        if language == "en" and random.random() < 0.2:
            text = text[0].lower() + text[1:]
        elif language == "en" and random.random() < 0.18:
            text = text.lower() if not re.search(r"[A-Z_]{3}", text) else text
        if language == "en" and random.random() < 0.15 and not re.search(r"[`{_/]", text):
            text = with_slip(random, text)
        if language == "zh" and random.random() < 0.1:
            text = text.replace("？", "?").replace("，", ",")
        if language == "ar" and random.random() < 0.15:
            text = text.replace("؟", "?").replace("أ", random.choice(["أ", "ا"])).replace("إ", random.choice(["إ", "ا"]))
        if language == "ar" and random.random() < 0.2:
            text = with_vowel_marks(random, text)
    elif random.random() < 0.1:
        text = text.rstrip("?.？。؟")
    return text


def follow_up(random, messages, language, kind):
    """A short second question that leans on the first."""
    if kind == "translate":
        answer = messages[-1]["content"]
        source = re.match('["“](.*?)["”]', answer).group(1)
        word = next((word for word in WORDS if source in word), None)
        if word is None:
            return None
        place = word.index(source)
        target = random.choice([i for i in range(3) if i != place])
        name = skills.LANGUAGE_NAMES[language][target]
        question = random.choice({"en": ["And in {l}?", "and in {l}", "What about {l}?"], "zh": ["那{l}呢？", "{l}呢？"], "ar": ["وفي {l}؟", "وماذا عن {l}؟"]}[language]).format(l=name)
        return question, skills.translation_text(language, word, place, target)
    if kind == "add":
        a, b = random.randint(10, 99), random.randint(10, 99)
        if skills.is_kept_apart("add", a, b):
            return None
        return random.choice({"en": ["And {a} + {b}?", "What about {a} + {b}?"], "zh": ["那 {a} + {b} 呢？"], "ar": ["و {a} + {b}؟", "وماذا عن {a} + {b}؟"]}[language]).format(a=a, b=b), skills.add_text(a, b)
    return None


def pick_language(random) -> str:
    return random.choices(list(SHARES), list(SHARES.values()))[0]


def dialogues(count: int, seed: int, banned: set[str], mix: dict[str, int]):
    random = randoms.Random(seed)
    kinds, weights = list(mix), list(mix.values())
    while count:
        language = pick_language(random)
        messages = []
        if random.random() < TOOL_SHARE:
            messages = tool_dialogue(random, language, kinds, weights)
            if not any(message["role"] == "user" and normal(message["content"]) in banned for message in messages):
                count -= 1
                yield messages
            continue
        if random.random() < 0.08:
            messages.append({"role": "system", "content": random.choice(frames.SYSTEM[language])})
        turns = random.choices([1, 2, 3, 4], [74, 15, 8, 3])[0]
        while turns:
            turns -= 1
            kind = random.choices(kinds, weights)[0]
            question, answer, _ = exchange(random, kind, language, held_out=False)
            if normal(question) in banned:
                continue
            if kind == "sahab" and random.random() < 0.1:
                question = beside_chatter(random, language, question)
            question = roughen(random, question, kind, language)
            messages += [{"role": "user", "content": question, "kind": "prose" if kind in PROSE else kind}, {"role": "assistant", "content": answer}]
            if turns and random.random() < 0.5:
                more = follow_up(random, messages, language, kind)
                if more and normal(more[0]) not in banned:
                    turns -= 1
                    messages += [{"role": "user", "content": more[0]}, {"role": "assistant", "content": more[1]}]
            if random.random() < 0.2:
                language = pick_language(random)
        if not messages or messages[-1]["role"] != "assistant":
            continue
        count -= 1
        yield messages


def first_dialogues(count: int, seed: int, banned: set[str]):
    random = randoms.Random(seed)
    while count:
        kind, language = random.choices(list(FIRST), list(FIRST.values()))[0], pick_language(random)
        question, answer, _ = exchange(random, kind, language, held_out=False)
        if normal(question) in banned:
            continue
        count -= 1
        yield [{"role": "user", "content": roughen(random, question, kind, language)}, {"role": "assistant", "content": answer}]


def tool_dialogue(random, language, kinds, weights) -> list[dict]:
    """With tools told: mostly a question for one of them, and perhaps its result; else what is asked as if there were none."""
    definitions, tool = tools.pick(random)
    system = random.choice(frames.SYSTEM[language]) if random.random() < 0.3 else None
    messages = [{"role": "system", "content": tools.system_text(definitions, system)}]
    if random.random() < 0.3:
        kind = random.choices(kinds, weights)[0]
        question, answer, _ = exchange(random, kind if kind != "unknown" else "sahab", language, held_out=False)
        return messages + [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    question, answer, _ = tools.ask(random, language, tool, held_out=False)
    messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    if random.random() < 0.4:
        result = random.choice(RESULTS_OF_TOOLS)
        messages += [{"role": "tool", "content": result}, {"role": "assistant", "content": result + {"en": ".", "zh": "。", "ar": "."}[language]}]
    return messages


RESULTS_OF_TOOLS = [*tools.RESULTS, *(f"{number} degrees" for number in range(-9, 40)), *(f"{number} dollars" for number in range(1, 60))]


def evaluation(seed: int) -> list[dict]:
    random = randoms.Random(seed)
    rows, seen = [], set()
    intents = [(name, language) for name in INTENTS for language in SHARES] * 4
    for kind, count in EVALUATION.items():
        made = 0
        while made < count:
            language = list(SHARES)[made % 3]
            if kind == "sahab":
                name, language = intents[made]
                question, answer, expectation = sahab(random, language, True, name)
            elif kind == "add":
                question, answer, expectation = skills.add(random, language, True, two_digits=True)
            elif kind == "tool":
                definitions, tool = tools.pick(random)
                question, answer, expectation = tools.ask(random, language, tool, held_out=True)
                expectation["tools"] = definitions
            else:
                question, answer, expectation = exchange(random, kind, language, held_out=True)
            if (normal(question), kind) in seen and random.random() < 0.98:
                continue
            seen.add((normal(question), kind))
            rows.append({"kind": kind, "language": language, "question": question, "answer": answer, "expect": expectation})
            made += 1
    return rows


def write_kept() -> None:
    """Makes what is held out today what stays held out, once a file ships that was trained on the rest."""
    names: dict = {}
    for (name, language, kind), (_, held_out) in PHRASES.items():
        languages = names.setdefault(name, {})
        if held_out:
            languages.setdefault(language, {})[kind] = held_out
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(languages, ensure_ascii=False)}" for name, languages in names.items())
    KEPT_FILE.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


def main() -> None:
    if sys.argv[1] == "--keep":
        write_kept()
        return
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    rows = evaluation(seed=11)
    banned = {normal(row["question"]) for row in rows}
    add_more()
    with open(folder / "evaluation.jsonl", "w") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    parts = {
        "first": first_dialogues(int(count * FIRST_SHARE), seed=2, banned=banned),
        "dialogues": dialogues(count, seed=1, banned=banned, mix=MIX),
        "last": dialogues(int(count * LAST_SHARE), seed=3, banned=banned, mix=LAST),
    }
    for name, made in parts.items():
        with open(folder / f"{name}.jsonl", "w") as file:
            for messages in made:
                file.write(json.dumps(messages, ensure_ascii=False) + "\n")
    print(f"{count} dialogues, {len(rows)} questions for the evaluation")


if __name__ == "__main__":
    main()
