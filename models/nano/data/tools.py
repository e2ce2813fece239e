"""Calls of tools: what the chat template says of them, and questions that want one."""

import json

from skills import CITIES, NAMES, choose
from words import WORDS

CALL_RULE = 'Call a tool by <tool_call>{"name": ..., "arguments": {...}}</tool_call>'

# Name, description, arguments with their kind, and ways to ask. A leading ~ marks what the evaluation alone uses.
TOOLS = [
    ("get_weather", "Weather in a city", {"city": "string"}, {
        "en": ["What is the weather in {city}?", "How is the weather in {city}?", "Weather in {city}?", "Is it raining in {city}?", "Tell me the weather in {city}.", "How warm is it in {city}?", "weather {city}", "Is it cold in {city} today?", "Do I need an umbrella in {city}?", "How hot is it in {city} now?", "Look up the weather in {city}.", "Can you see what the weather in {city} does?", "Is the sun out in {city}?", "Weather report for {city}, please.", "~What is the weather like in {city} now?", "~Check the weather in {city}."],
        "zh": ["{city} 的天气怎么样？", "{city} 现在天气如何？", "{city} 下雨吗？", "告诉我 {city} 的天气。", "看看 {city} 的天气。", "帮我看下 {city} 天气", "查 {city} 天气", "{city} 今天冷吗？", "{city} 多少度？", "{city} 要带伞吗？", "请问 {city} 天气怎样？", "{city} 天气", "我想知道 {city} 的天气。", "~查一下 {city} 的天气。"],
        "ar": ["كيف الطقس في {city}؟", "ما حالة الطقس في {city}؟", "هل تمطر في {city}؟", "أخبرني عن الطقس في {city}.", "الطقس في {city}", "هل الجو بارد في {city}؟", "ما الطقس اليوم في {city}؟", "أريد معرفة الطقس في {city}.", "هل الشمس ساطعة في {city}؟", "انظر الطقس في {city}.", "كم درجة الحرارة في {city}؟", "~ما الطقس الآن في {city}؟"],
    }),
    ("get_time", "Local time in a city", {"city": "string"}, {
        "en": ["What time is it in {city}?", "Tell me the time in {city}.", "Time in {city}?", "How late is it in {city}?", "time {city}", "What is the clock in {city} showing?", "What is the time in {city}?", "Look up the time in {city}.", "Is it late in {city} already?", "Local hour in {city}, please.", "Which hour is it in {city}?", "~What is the local time in {city}?"],
        "zh": ["{city} 现在几点？", "告诉我 {city} 的时间。", "{city} 几点了？", "看看 {city} 的时间。", "查 {city} 时间", "{city} 当地时间是多少？", "帮我看 {city} 现在的时间", "请问 {city} 现在几点钟？", "~查一下 {city} 的时间。"],
        "ar": ["كم الساعة في {city}؟", "أخبرني عن الوقت في {city}.", "ما الوقت في {city}؟", "كم الساعة في {city} اليوم؟", "الوقت في {city}", "ما الساعة في {city}؟", "أريد معرفة الوقت في {city}.", "هل تأخر الوقت في {city}؟", "~كم الساعة الآن في {city}؟"],
    }),
    ("get_price", "Price of an item", {"item": "string"}, {
        "en": ["What is the price of {item}?", "How much is {item}?", "How much does {item} cost?", "Price of {item}?", "Get me the price of {item}.", "What would {item} cost me?", "Look up the price of {item}.", "Check what {item} costs.", "Do you know the price of {item}?", "I would like the price of {item}.", "Search for the price of {item}.", "~Find the price of {item}."],
        "zh": ["{item} 多少钱？", "{item} 的价格是多少？", "{item} 怎么卖？", "看看 {item} 的价格。", "查 {item} 价格", "帮我问 {item} 的价钱", "买{item}要多少钱？", "请问 {item} 什么价？", "我想知道 {item} 的价格。", "搜一下 {item} 的价格。", "~查一下 {item} 的价格。"],
        "ar": ["كم سعر {item}؟", "ما سعر {item}؟", "بكم {item}؟", "أريد معرفة سعر {item}.", "ما ثمن {item}؟", "انظر سعر {item}.", "ابحث لي عن سعر {item} من فضلك.", "كم يكلف {item}؟", "هات سعر {item}.", "جد سعر {item}.", "السعر: {item}", "~ابحث عن سعر {item}."],
    }),
    ("search", "Search the web", {"query": "string"}, {
        "en": ["Search for {query}.", "Look up {query}.", "Search the web for {query}.", "Find information on {query}.", "Please look for {query}.", "web search: {query}", "Search {query}.", "search {query}", "Please do a search for {query}.", "Google {query}.", "Find {query} on the web.", "Can you search for {query}?", "I want you to search {query}.", "Could you look up {query}?", "Search: {query}", "~Please search {query}."],
        "zh": ["搜索 {query}。", "查找 {query}。", "上网搜 {query}。", "搜一下 {query}", "请搜 {query}。", "帮我搜索 {query}", "在网上查 {query}。", "搜搜 {query}", "请帮我查找 {query}。", "~请搜索一下 {query}。"],
        "ar": ["ابحث عن {query}.", "ابحث في الويب عن {query}.", "ابحث لي عن {query}.", "ابحث على الإنترنت عن {query}.", "هل يمكنك البحث عن {query}؟", "أريد أن تبحث عن {query}.", "بحث: {query}", "فتش في الويب عن {query}.", "~من فضلك ابحث عن {query}."],
    }),
    ("send_message", "Send a message to a person", {"to": "string", "text": "string"}, {
        "en": ["Send a message to {to}: {text}", "Tell {to}: {text}", "Write to {to}: {text}", "Message {to}: {text}", "Send {to} a message: {text}", "Send this to {to}: {text}", "Let {to} know: {text}", "Send to {to}: {text}", "Text {to} this: {text}", "Please write {to} this message: {text}", "Drop {to} a line: {text}", "A message for {to}: {text}", "~Send {to} this message: {text}"],
        "zh": ["给 {to} 发消息：{text}", "告诉 {to}：{text}", "写给 {to}：{text}", "发消息给 {to}：{text}", "发给 {to}：{text}", "给 {to} 发一条：{text}", "请转告 {to}：{text}", "替我告诉 {to}：{text}", "~发一条消息给 {to}：{text}"],
        "ar": ["أرسل رسالة إلى {to}: {text}", "قل لـ {to}: {text}", "اكتب إلى {to}: {text}", "أرسل إلى {to}: {text}", "أرسل هذا إلى {to}: {text}", "أخبر {to}: {text}", "رسالة إلى {to}: {text}", "ابعث إلى {to} رسالة: {text}", "ابعث هذه الرسالة إلى {to}: {text}", "بلغ {to}: {text}", "اكتب هذه الرسالة لـ {to}: {text}", "~أرسل إلى {to} هذه الرسالة: {text}"],
    }),
    ("set_timer", "Set a timer", {"minutes": "integer"}, {
        "en": ["Set a timer for {minutes} minutes.", "Timer: {minutes} minutes", "Wake me in {minutes} minutes.", "Start a timer of {minutes} minutes.", "Please start a {minutes} minute countdown.", "{minutes} minute timer", "Set {minutes} minutes.", "Remind me in {minutes} minutes.", "I need a timer of {minutes} minutes.", "Count down {minutes} minutes, please.", "Please set {minutes} minutes on the timer.", "~Please set a {minutes} minute timer."],
        "zh": ["设一个 {minutes} 分钟的计时器。", "计时 {minutes} 分钟。", "{minutes} 分钟后叫我。", "定时 {minutes} 分钟。", "请计时 {minutes} 分钟。", "倒计时 {minutes} 分钟", "帮我定 {minutes} 分钟", "{minutes} 分钟后提醒我。", "~请定时 {minutes} 分钟。"],
        "ar": ["اضبط مؤقتا لمدة {minutes} دقيقة.", "مؤقت {minutes} دقيقة", "أيقظني بعد {minutes} دقيقة.", "اضبط {minutes} دقيقة", "ذكرني بعد {minutes} دقيقة.", "ابدأ العد {minutes} دقيقة.", "أريد مؤقتا من {minutes} دقيقة.", "~من فضلك اضبط {minutes} دقيقة."],
    }),
]
RESULTS = ["Sunny, 21 degrees", "Rain, 9 degrees", "14:30", "08:05", "12 dollars", "Sent", "Done", "Nothing found", "3 results", "Cloudy, 15 degrees", "99 yuan", "not available"]


def definition(tool) -> dict:
    name, description, arguments, _ = tool
    properties = {key: {"type": kind} for key, kind in arguments.items()}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": {"type": "object", "properties": properties, "required": list(arguments)}}}


def system_text(definitions: list[dict], system: str | None = None) -> str:
    """The same text as the chat template writes."""
    return (system + "\n" if system else "") + "Tools:\n" + "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in definitions) + CALL_RULE


def pick(random) -> tuple[list, tuple]:
    tools = random.sample(TOOLS, random.choice([1, 2, 2]))
    return [definition(tool) for tool in tools], random.choice(tools)


def ask(random, language: str, tool, held_out: bool):
    name, _, arguments, phrasings = tool
    place = {"en": 0, "zh": 1, "ar": 2}[language]
    words = [word[place].removeprefix("to ") for word in random.sample(WORDS, 3)]
    choices = {"city": random.choice(CITIES), "item": words[0], "query": " ".join(words[: random.choice([1, 2])]), "to": random.choice(NAMES), "text": random.choice(words), "minutes": random.randint(1, 99)}
    values = {key: choices[key] for key in arguments}
    call = {"name": name, "arguments": values}
    return choose(random, phrasings[language], held_out).format(**values), "<tool_call>" + json.dumps(call, ensure_ascii=False) + "</tool_call>", {"call": call}
