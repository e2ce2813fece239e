"""Exercises with computed answers: arithmetic, lists, spelling, calendar, currencies, translation, JSON.

Each function takes (random, language, held_out) and returns (question, answer, expectation). With held_out it uses the
phrasings marked ~ and, where there is a number of pairs to keep apart, the pairs that training never sees.
"""

import json
import zlib

from words import WORDS

INDEX = {"en": 0, "zh": 1, "ar": 2}


def choose(random, phrasings: list[str], held_out: bool) -> str:
    fitting = [text[1:] for text in phrasings if text.startswith("~")] if held_out else [text for text in phrasings if not text.startswith("~")]
    return random.choice(fitting)


def is_kept_apart(*values) -> bool:
    """One in twelve of all exercises is for the evaluation alone."""
    return zlib.crc32(repr(values).encode()) % 12 == 0


def draw(random, held_out: bool, make):
    """Draws from `make` until the exercise belongs to the side that asks."""
    for _ in range(200):
        values = make()
        if is_kept_apart(*values) == held_out:
            return values
    raise AssertionError(f"no exercise found: {make}")


ADD = {
    "en": ["{a} + {b}", "{a}+{b}", "{a} + {b} = ?", "{a} + {b} =", "What is {a} + {b}?", "What is {a} plus {b}?", "{a} plus {b}", "Add {a} and {b}.", "How much is {a} + {b}?", "Calculate {a} + {b}.", "What do you get when you add {a} and {b}?", "Compute {a} plus {b}.", "{a}+{b}=?", "The sum of {a} and {b}?", "How much is {a} plus {b}?", "I have {a} apples and get {b} more. How many do I have?", "~What is the sum of {a} and {b}?", "~How much do {a} and {b} make together?", "~Please add {a} to {b}.", "~Work out {a} + {b}.", "~Can you tell me what {a} plus {b} is?"],
    "zh": ["{a}+{b}", "{a} + {b} = ?", "{a}加{b}等于多少？", "{a} + {b} 等于几？", "计算 {a} + {b}。", "{a}加{b}是多少？", "{a} 和 {b} 的和是多少？", "请算一下 {a} + {b}。", "{a}加上{b}得多少？", "我有{a}个苹果，又得到{b}个，一共有多少？", "~{a}和{b}加起来是多少？", "~帮我算 {a} 加 {b}。", "~求 {a} + {b}。"],
    "ar": ["{a} + {b}", "{a} + {b} = ؟", "كم يساوي {a} + {b}؟", "كم {a} زائد {b}؟", "احسب {a} + {b}.", "ما مجموع {a} و {b}؟", "اجمع {a} و {b}.", "{a} زائد {b}", "عندي {a} تفاحة وأخذت {b} أخرى، كم صار عندي؟", "~ما ناتج {a} + {b}؟", "~كم يكون {a} مع {b}؟", "~من فضلك اجمع {a} إلى {b}."],
}
SUBTRACT = {
    "en": ["{a} - {b}", "{a}-{b}", "{a} - {b} = ?", "What is {a} - {b}?", "What is {a} minus {b}?", "{a} minus {b}", "Subtract {b} from {a}.", "How much is {a} - {b}?", "Calculate {a} - {b}.", "Compute {a} minus {b}.", "Take {b} away from {a}.", "I had {a} coins and gave away {b}. How many are left?", "~What is the difference of {a} and {b}?", "~Work out {a} - {b}.", "~How much is {a} less {b}?"],
    "zh": ["{a}-{b}", "{a} - {b} = ?", "{a}减{b}等于多少？", "计算 {a} - {b}。", "{a}减去{b}是多少？", "{a} - {b} 等于几？", "请算一下 {a} - {b}。", "我有{a}块糖，吃了{b}块，还剩多少？", "~帮我算 {a} 减 {b}。", "~求 {a} - {b}。"],
    "ar": ["{a} - {b}", "{a} - {b} = ؟", "كم يساوي {a} - {b}؟", "كم {a} ناقص {b}؟", "احسب {a} - {b}.", "اطرح {b} من {a}.", "{a} ناقص {b}", "كان عندي {a} قطعة وأعطيت {b}، كم بقي؟", "~ما ناتج {a} - {b}؟", "~كم الفرق بين {a} و {b}؟"],
}
MULTIPLY = {
    "en": ["{a} × {b}", "{a} * {b}", "{a}*{b}", "{a} x {b}", "What is {a} times {b}?", "{a} times {b}", "What is {a} × {b}?", "Multiply {a} by {b}.", "How much is {a} times {b}?", "Calculate {a} * {b}.", "~What is the product of {a} and {b}?", "~Work out {a} × {b}.", "~How much is {a} multiplied by {b}?"],
    "zh": ["{a}×{b}", "{a} * {b}", "{a}乘以{b}等于多少？", "{a}乘{b}是多少？", "计算 {a} × {b}。", "{a} × {b} = ?", "请算一下 {a} × {b}。", "~帮我算 {a} 乘 {b}。", "~求 {a} × {b}。"],
    "ar": ["{a} × {b}", "{a} * {b}", "كم يساوي {a} × {b}؟", "كم {a} ضرب {b}؟", "احسب {a} × {b}.", "اضرب {a} في {b}.", "{a} ضرب {b}", "~ما ناتج {a} × {b}؟", "~ما حاصل ضرب {a} في {b}؟"],
}
DIVIDE = {
    "en": ["{a} / {b}", "{a} ÷ {b}", "What is {a} / {b}?", "What is {a} divided by {b}?", "{a} divided by {b}", "Divide {a} by {b}.", "How much is {a} / {b}?", "Calculate {a} / {b}.", "~Work out {a} / {b}.", "~How often does {b} go into {a}?"],
    "zh": ["{a}÷{b}", "{a} / {b}", "{a}除以{b}等于多少？", "{a}除以{b}是多少？", "计算 {a} ÷ {b}。", "{a} ÷ {b} = ?", "~帮我算 {a} 除以 {b}。", "~求 {a} ÷ {b}。"],
    "ar": ["{a} ÷ {b}", "{a} / {b}", "كم يساوي {a} ÷ {b}؟", "اقسم {a} على {b}.", "احسب {a} ÷ {b}.", "كم {a} على {b}؟", "~ما ناتج {a} ÷ {b}؟", "~ما حاصل قسمة {a} على {b}؟"],
}


def add_text(a: int, b: int) -> str:
    if a < 10 and b < 10:
        return f"{a} + {b} = {a + b}"
    return f"{a} + {b} = {a // 10 * 10 + b // 10 * 10} + {a % 10 + b % 10} = {a + b}"


def subtract_text(a: int, b: int) -> str:
    if a < b:
        return f"{a} - {b} = -({subtract_text(b, a)}) = {a - b}" if b >= 10 else f"{a} - {b} = {a - b}"
    if b < 10 or b % 10 == 0:
        return f"{a} - {b} = {a - b}"
    return f"{a} - {b} = {a - b // 10 * 10} - {b % 10} = {a - b}"


def multiply_text(a: int, b: int) -> str:
    if a < 10 and b > 10:
        return f"{a} × {b} = {a * (b // 10 * 10)} + {a * (b % 10)} = {a * b}" if b % 10 else f"{a} × {b} = {a * b}"
    if a > 10 and a % 10 and b < 10:
        return f"{a} × {b} = {a // 10 * 10 * b} + {a % 10 * b} = {a * b}"
    return f"{a} × {b} = {a * b}"


def add(random, language, held_out, two_digits=False):
    def make():
        if two_digits or random.random() < 0.85:
            return "add", random.randint(10, 99), random.randint(10, 99)
        return "add", random.randint(0, 20), random.randint(0, 99)
    _, a, b = draw(random, held_out, make)
    return choose(random, ADD[language], held_out).format(a=a, b=b), add_text(a, b), {"number": a + b}


def subtract(random, language, held_out):
    def make():
        a, b = random.randint(0, 99), random.randint(0, 99)
        return ("subtract", a, b) if random.random() < 0.08 else ("subtract", max(a, b), min(a, b))
    _, a, b = draw(random, held_out, make)
    phrasing = choose(random, SUBTRACT[language], held_out)
    while a < b and not {"-"} & set(phrasing.replace("{a}", "").replace("{b}", "")):
        phrasing = "{a} - {b}"
    return phrasing.format(a=a, b=b), subtract_text(a, b), {"number": a - b}


def multiply(random, language, held_out):
    def make():
        if random.random() < 0.5:
            return "multiply", random.randint(0, 10), random.randint(0, 10)
        a, b = random.randint(11, 99), random.randint(2, 9)
        return ("multiply", a, b) if random.random() < 0.7 else ("multiply", b, a)
    _, a, b = make() if not held_out else draw(random, True, make)
    while not held_out and max(a, b) > 10 and is_kept_apart("multiply", a, b):
        _, a, b = make()
    return choose(random, MULTIPLY[language], held_out).format(a=a, b=b), multiply_text(a, b), {"number": a * b}


def divide(random, language, held_out):
    b = random.randint(1, 10)
    a = b * random.randint(0, 10)
    return choose(random, DIVIDE[language], held_out).format(a=a, b=b), f"{a} ÷ {b} = {a // b}", {"number": a // b}


COMPARE = {
    "en": ["Which is greater, {a} or {b}?", "Which is bigger: {a} or {b}?", "Which number is larger, {a} or {b}?", "Is {a} greater than {b}?", "Compare {a} and {b}.", "{a} or {b}, which is more?", "What is bigger, {a} or {b}?", "Is {a} bigger than {b}?", "{a} vs {b}: which is larger?", "~Which of {a} and {b} is the greater one?", "~Tell me which is more, {a} or {b}.", "~Is {a} larger than {b}?"],
    "zh": ["{a} 和 {b} 哪个大？", "{a} 和 {b} 哪个更大？", "比较 {a} 和 {b}。", "{a} 比 {b} 大吗？", "{a} 与 {b} 谁大？", "哪个数大，{a} 还是 {b}？", "~{a} 和 {b}，哪个数字更大？", "~{a} 大还是 {b} 大？"],
    "ar": ["أيهما أكبر، {a} أم {b}؟", "أي العددين أكبر: {a} أو {b}؟", "قارن بين {a} و {b}.", "هل {a} أكبر من {b}؟", "ما الأكبر، {a} أم {b}؟", "~من الأكبر، {a} أم {b}؟", "~أي عدد أكبر، {a} أم {b}؟"],
}
LARGEST = {
    "en": ["What is the largest of {list}?", "Which is the largest: {list}?", "Find the maximum of {list}.", "What is the biggest number in {list}?", "Largest of {list}?", "~Which number is the greatest among {list}?", "~Give me the largest number of {list}."],
    "zh": ["{list} 中最大的是哪个？", "{list} 里最大的数是多少？", "找出 {list} 的最大值。", "哪个最大：{list}？", "~{list} 中哪个数最大？"],
    "ar": ["ما أكبر عدد في {list}؟", "ما الأكبر بين {list}؟", "أوجد أكبر عدد من {list}.", "أي هذه الأعداد أكبر: {list}؟", "~أي عدد هو الأكبر في {list}؟"],
}
SMALLEST = {
    "en": ["What is the smallest of {list}?", "Which is the smallest: {list}?", "Find the minimum of {list}.", "What is the smallest number in {list}?", "Smallest of {list}?", "~Which number is the least among {list}?", "~Give me the smallest number of {list}."],
    "zh": ["{list} 中最小的是哪个？", "{list} 里最小的数是多少？", "找出 {list} 的最小值。", "哪个最小：{list}？", "~{list} 中哪个数最小？"],
    "ar": ["ما أصغر عدد في {list}؟", "ما الأصغر بين {list}؟", "أوجد أصغر عدد من {list}.", "أي هذه الأعداد أصغر: {list}؟", "~أي عدد هو الأصغر في {list}؟"],
}
SORT = {
    "en": ["Sort {list}.", "Sort the numbers {list}.", "Put {list} in order.", "Sort {list} from small to large.", "Order these numbers: {list}", "Sort {list} in ascending order.", "sort: {list}", "Arrange {list} from the smallest to the largest.", "~Please sort these: {list}", "~Bring {list} into ascending order.", "~List {list} from smallest to largest."],
    "zh": ["把 {list} 排序。", "排序：{list}", "将 {list} 从小到大排列。", "按从小到大排列 {list}。", "给 {list} 排序。", "~请把这些数排序：{list}", "~{list} 从小到大怎么排？"],
    "ar": ["رتب {list}.", "رتب الأعداد {list}.", "رتب {list} من الأصغر إلى الأكبر.", "ترتيب {list} تصاعديا", "رتب تصاعديا: {list}", "~من فضلك رتب هذه الأعداد: {list}", "~ضع {list} بالترتيب من الأصغر إلى الأكبر."],
}
SORT_DOWN = {
    "en": ["Sort {list} from large to small.", "Sort {list} in descending order.", "Order {list} from the largest to the smallest.", "Sort descending: {list}", "~Bring {list} into descending order.", "~List {list} from largest to smallest."],
    "zh": ["将 {list} 从大到小排列。", "按从大到小排列 {list}。", "把 {list} 从大到小排序。", "~{list} 从大到小怎么排？"],
    "ar": ["رتب {list} من الأكبر إلى الأصغر.", "رتب تنازليا: {list}", "ترتيب {list} تنازليا", "~ضع {list} بالترتيب من الأكبر إلى الأصغر."],
}


def compare(random, language, held_out):
    _, a, b = draw(random, held_out, lambda: ("compare", random.randint(0, 99), random.randint(0, 99)))
    question = choose(random, COMPARE[language], held_out).format(a=a, b=b)
    high, low = max(a, b), min(a, b)
    if a == b:
        answer = {"en": f"{a} and {b} are equal.", "zh": f"{a} 和 {b} 相等。", "ar": f"{a} و {b} متساويان."}[language]
    else:
        answer = {"en": f"{high} is greater than {low}.", "zh": f"{high} 比 {low} 大。", "ar": f"{high} أكبر من {low}."}[language]
    return question, answer, {"text": answer}


def order(random, language, held_out):
    separator = random.choice([", ", ", ", ", ", " ", "، " if language == "ar" else "、" if language == "zh" else ","])
    def make():
        top = random.choice([9, 20, 99, 99])
        return "order", *random.sample(range(top + 1), random.choice([3, 3, 4, 4, 5]))
    _, *numbers = draw(random, held_out, make)
    written = separator.join(map(str, numbers))
    what = random.random()
    if what < 0.2:
        question, answer = LARGEST, {"en": "The largest is {}.", "zh": "最大的是 {}。", "ar": "الأكبر هو {}."}[language].format(max(numbers))
    elif what < 0.4:
        question, answer = SMALLEST, {"en": "The smallest is {}.", "zh": "最小的是 {}。", "ar": "الأصغر هو {}."}[language].format(min(numbers))
    elif what < 0.8:
        question, answer = SORT, ", ".join(map(str, sorted(numbers)))
    else:
        question, answer = SORT_DOWN, ", ".join(map(str, sorted(numbers, reverse=True)))
    return choose(random, question[language], held_out).format(list=written), answer, {"text": answer}


SPELL = {
    "en": ["Spell {w}.", "How do you spell {w}?", "Spell the word {w}.", "How is {w} spelled?", "spell {w}", "Please spell {w}.", "Spell \"{w}\".", "Spelling of {w}?", "~Can you spell {w} for me?", "~What is the spelling of {w}?", "~Spell out the word {w}."],
    "zh": ["拼写 {w}。", "{w} 怎么拼写？", "{w} 怎么拼？", "请拼写单词 {w}。", "把 {w} 拼出来。", "~怎样拼写 {w}？", "~请把单词 {w} 拼出来。"],
    "ar": ["تهج {w}.", "كيف تتهجى {w}؟", "كيف تكتب حروف {w}؟", "ما تهجئة {w}؟", "تهجئة كلمة {w}", "~من فضلك تهج كلمة {w}.", "~كيف نتهجى الكلمة {w}؟"],
}
COUNT = {
    "en": ["How many letters are in {w}?", "How many letters does {w} have?", "Count the letters of {w}.", "How long is the word {w}?", "~Can you count the letters in {w}?", "~What is the number of letters in {w}?"],
    "zh": ["{w} 有几个字母？", "{w} 有多少个字母？", "数一数 {w} 的字母。", "~单词 {w} 里有几个字母？"],
    "ar": ["كم حرفا في {w}؟", "كم عدد حروف {w}؟", "عد حروف {w}.", "~ما عدد الحروف في {w}؟"],
}
SPELLABLE = [word[0] for word in WORDS if " " not in word[0]] + ["sahab", "nano", "gateway", "server", "token", "budget", "provider"]


def spell(random, language, held_out):
    word = random.choice(SPELLABLE)
    letters = "-".join(word)
    if random.random() < 0.7:
        return choose(random, SPELL[language], held_out).format(w=word), letters, {"text": letters}
    answer = {"en": f"{letters}: {len(word)} letters.", "zh": f"{letters}：{len(word)} 个字母。", "ar": f"{letters}: عدد الحروف {len(word)}."}[language]
    return choose(random, COUNT[language], held_out).format(w=word), answer, {"text": answer}


DAYS = {
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "zh": ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"],
    "ar": ["الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"],
}
MONTHS = {
    "en": ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
    "zh": ["一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月"],
    "ar": ["يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"],
}
LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
AFTER = {
    "en": ["What comes after {x}?", "Which day or month comes after {x}?", "What is after {x}?", "What follows {x}?", "Today is {x}. What is next?", "Which one is next after {x}?", "what comes after {x}", "~What do we have right after {x}?", "~{x} is followed by what?"],
    "zh": ["{x}之后是什么？", "{x}的后面是什么？", "{x}过后是什么？", "{x}的下一个是什么？", "{x}后面是哪个？", "~{x}接下来是什么？", "~紧接着{x}的是什么？"],
    "ar": ["ماذا يأتي بعد {x}؟", "ما بعد {x}؟", "ما الذي يلي {x}؟", "ما التالي بعد {x}؟", "~بعد {x} ماذا يأتي؟", "~ماذا يلي {x}؟"],
}
BEFORE = {
    "en": ["What comes before {x}?", "Which day or month comes before {x}?", "What is before {x}?", "What precedes {x}?", "Which one is just before {x}?", "what comes before {x}", "~What do we have right before {x}?", "~{x} is preceded by what?"],
    "zh": ["{x}之前是什么？", "{x}的前面是什么？", "{x}的上一个是什么？", "{x}前面是哪个？", "~{x}的前一个是什么？", "~紧挨在{x}前面的是什么？"],
    "ar": ["ماذا يأتي قبل {x}؟", "ما قبل {x}؟", "ما الذي يسبق {x}؟", "ما السابق لـ {x}؟", "~قبل {x} ماذا يأتي؟", "~ماذا يسبق {x}؟"],
}
DAY_AFTER = {
    "en": ["Which day comes after {x}?", "What day is after {x}?", "If today is {x}, what day is tomorrow?", "Today is {x}. What day is tomorrow?", "The day after {x}?", "~Tell me the day after {x}.", "~It is {x} today, so tomorrow is?"],
    "zh": ["{x}之后是星期几？", "今天是{x}，明天是星期几？", "{x}的第二天是星期几？", "如果今天是{x}，明天是什么日子？", "~{x}过后的那天是星期几？", "~今天{x}，那明天呢？"],
    "ar": ["أي يوم بعد {x}؟", "اليوم {x}، فما يوم غد؟", "إذا كان اليوم {x} فماذا غدا؟", "ما اليوم التالي بعد {x}؟", "~ما هو اليوم الذي بعد {x}؟", "~اليوم هو {x}، غدا أي يوم؟"],
}
NTH = {
    "en": ["Which month is number {n}?", "What is month {n}?", "What is the name of month {n}?", "Name month number {n}.", "~Tell me the name of month {n}.", "~What do you call month number {n}?"],
    "zh": ["第 {n} 个月是什么？", "一年的第 {n} 个月叫什么？", "第 {n} 个月是几月？", "~请说出第 {n} 个月。"],
    "ar": ["ما الشهر رقم {n}؟", "ما اسم الشهر {n}؟", "اذكر الشهر رقم {n}.", "~قل لي اسم الشهر رقم {n}."],
}
DAYS_IN = {
    "en": ["How many days has {x}?", "How many days are in {x}?", "How many days does {x} have?", "How long is {x}?", "~What is the number of days in {x}?", "~Tell me how many days {x} has."],
    "zh": ["{x}有多少天？", "{x}有几天？", "{x}一共多少天？", "~{x}的天数是多少？"],
    "ar": ["كم يوما في {x}؟", "كم عدد أيام {x}؟", "كم يوما شهر {x}؟", "~ما عدد الأيام في {x}؟"],
}
ALL_DAYS = {
    "en": ["List the days of the week.", "What are the days of the week?", "Name the weekdays.", "Which days does a week have?", "How many days are in a week?", "~Tell me all days of the week.", "~Name all seven days."],
    "zh": ["列出一星期的每一天。", "一个星期有哪几天？", "说出星期的名字。", "一周有几天？", "~说出一周的七天。"],
    "ar": ["اذكر أيام الأسبوع.", "ما أيام الأسبوع؟", "عدد أيام الأسبوع", "كم يوما في الأسبوع؟", "~قل لي كل أيام الأسبوع."],
}
ALL_MONTHS = {
    "en": ["List the months of the year.", "What are the months of the year?", "Name the months.", "Which months does a year have?", "How many months are in a year?", "~Tell me all months of the year.", "~Name all twelve months."],
    "zh": ["列出一年的月份。", "一年有哪些月份？", "说出所有月份。", "一年有几个月？", "~说出一年的十二个月。"],
    "ar": ["اذكر شهور السنة.", "ما شهور السنة؟", "كم شهرا في السنة؟", "سم الشهور.", "~قل لي كل شهور السنة."],
}


def calendar(random, language, held_out):
    names = DAYS if random.random() < 0.5 else MONTHS
    index = random.randrange(len(names["en"]))
    name = names[language][index]
    following = names[language][(index + 1) % len(names[language])]
    previous = names[language][index - 1]
    what = random.random()
    if what < 0.35:
        phrasings = DAY_AFTER if names is DAYS and random.random() < 0.5 else AFTER
        answer = {"en": f"{following} comes after {name}.", "zh": f"{name}之后是{following}。", "ar": f"بعد {name} يأتي {following}."}[language]
    elif what < 0.6:
        phrasings = BEFORE
        answer = {"en": f"{previous} comes before {name}.", "zh": f"{name}之前是{previous}。", "ar": f"قبل {name} يأتي {previous}."}[language]
    elif what < 0.72:
        phrasings, name, number = NTH, "", index % 7 + random.choice([1, 1, 6])
        number = min(number, 12)
        month = MONTHS[language][number - 1]
        answer = {"en": f"Month {number} is {month}.", "zh": f"第 {number} 个月是{month}。", "ar": f"الشهر رقم {number} هو {month}."}[language]
        return choose(random, phrasings[language], held_out).format(n=number), answer, {"text": answer}
    elif what < 0.85:
        index = random.randrange(12)
        phrasings, name, days = DAYS_IN, MONTHS[language][index], LENGTHS[index]
        special = {"en": "February has 28 days, and 29 in a leap year.", "zh": "二月有 28 天，闰年有 29 天。", "ar": "في فبراير 28 يوما، وفي السنة الكبيسة 29."}[language]
        answer = special if index == 1 else {"en": f"{name} has {days} days.", "zh": f"{name}有 {days} 天。", "ar": f"في {name} {days} يوما."}[language]
    elif what < 0.93:
        phrasings = ALL_DAYS
        answer = {"en": "A week has seven days: ", "zh": "一个星期有七天：", "ar": "في الأسبوع سبعة أيام: "}[language] + {"en": ", ", "zh": "、", "ar": "، "}[language].join(DAYS[language]) + {"en": ".", "zh": "。", "ar": "."}[language]
    else:
        phrasings = ALL_MONTHS
        answer = {"en": "A year has twelve months: ", "zh": "一年有十二个月：", "ar": "في السنة اثنا عشر شهرا: "}[language] + {"en": ", ", "zh": "、", "ar": "، "}[language].join(MONTHS[language]) + {"en": ".", "zh": "。", "ar": "."}[language]
    return choose(random, phrasings[language], held_out).format(x=name), answer, {"text": answer}


CURRENCIES = {
    "en": ["dollars", "yuan", "riyals", "euros", "pounds", "yen", "dirhams", "rupees", "francs"],
    "zh": ["美元", "元", "里亚尔", "欧元", "英镑", "日元", "迪拉姆", "卢比", "法郎"],
    "ar": ["دولار", "يوان", "ريال", "يورو", "جنيه", "ين", "درهم", "روبية", "فرنك"],
}
EXCHANGE = {
    "en": ["One of the {s} is worth {r} {t}. How many {t} are {n} {s}?", "At {r} {t} each, how much are {n} {s} in {t}?", "How many {t} are {n} {s} at a rate of {r}?", "Convert {n} {s} to {t} at a rate of {r}.", "The rate is {r}. What are {n} {s} in {t}?", "{n} {s} in {t} at rate {r}?", "~With a rate of {r}, change {n} {s} into {t}.", "~How much do I get in {t} for {n} {s} at {r}?"],
    "zh": ["汇率是 {r}，{n} {s}等于多少{t}？", "一{s}等于 {r} {t}，{n} {s}是多少{t}？", "按汇率 {r} 把 {n} {s}换成{t}。", "{n} {s}按 {r} 的汇率是多少{t}？", "~汇率 {r} 时，{n} {s}能换多少{t}？"],
    "ar": ["سعر الصرف {r}، فكم {t} تساوي {n} {s}؟", "إذا كان كل {s} يساوي {r} {t} فكم تساوي {n} {s}؟", "حول {n} {s} إلى {t} بسعر {r}.", "كم {t} مقابل {n} {s} بسعر {r}؟", "~بسعر صرف {r}، ما قيمة {n} {s} بعملة {t}؟"],
}


def exchange(random, language, held_out):
    source, target = random.sample(range(9), 2)
    rate = random.randint(2, 9)
    amount = random.choice([random.randint(2, 10), random.randint(11, 99)])
    while not held_out and is_kept_apart("multiply", amount, rate):
        amount = random.randint(2, 99)
    names = CURRENCIES[language]
    question = choose(random, EXCHANGE[language], held_out).format(s=names[source], t=names[target], r=rate, n=amount)
    answer = f"{multiply_text(amount, rate)} {names[target]}"
    return question, answer + {"en": ".", "zh": "。", "ar": "."}[language], {"number": amount * rate}


LANGUAGE_NAMES = {"en": ["English", "Chinese", "Arabic"], "zh": ["英语", "中文", "阿拉伯语"], "ar": ["الإنجليزية", "الصينية", "العربية"]}
TRANSLATE = {
    "en": ["How do you say {w} in {l}?", "Translate {w} into {l}.", "What is {w} in {l}?", "What is the {l} word for {w}?", "{w} in {l}", "Say {w} in {l}.", "translate {w} to {l}", "How do I write {w} in {l}?", "What does {w} mean in {l}?", "Translate \"{w}\" into {l}.", "What's the {l} for {w}?", "~Could you translate {w} into {l}?", "~Please give me the {l} word for {w}.", "~What would {w} be in {l}?"],
    "zh": ["{w}用{l}怎么说？", "把{w}翻译成{l}。", "{w}的{l}是什么？", "{w}{l}怎么说？", "“{w}”用{l}怎么写？", "翻译成{l}：{w}", "{l}里{w}怎么说？", "~请把{w}译成{l}。", "~{w}在{l}里叫什么？"],
    "ar": ["كيف تقول {w} بـ{l}؟", "ترجم {w} إلى {l}.", "ما معنى {w} في {l}؟", "ما كلمة {w} في {l}؟", "{w} في {l}", "ما ترجمة {w} إلى {l}؟", "كيف تكتب {w} في {l}؟", "~من فضلك ترجم {w} إلى {l}.", "~ماذا تسمى {w} في {l}؟"],
}


def translate(random, language, held_out):
    word = random.choice(WORDS)
    own = INDEX[language]
    source = own if random.random() < 0.65 else random.choice([i for i in range(3) if i != own])
    target = random.choice([i for i in range(3) if i != source])
    question = choose(random, TRANSLATE[language], held_out).format(w=word[source], l=LANGUAGE_NAMES[language][target])
    return question, translation_text(language, word, source, target), {"text": translation_text(language, word, source, target)}


def translation_text(language: str, word, source: int, target: int) -> str:
    name = LANGUAGE_NAMES[language][target]
    return {"en": f"\"{word[source]}\" in {name}: {word[target]}", "zh": f"“{word[source]}”的{name}：{word[target]}", "ar": f"\"{word[source]}\" في {name}: {word[target]}"}[language]


NAMES = "Ali Sara Omar Lina Wei Ming Anna Tom Maria John Fatima Yusuf Chen Li Noor Adam Eva Hassan Mona Peter Lucy Karim Zhang Ivan Olga Sami Rosa David Layla Max".split()
CITIES = "Riyadh Beijing Cairo Paris London Tokyo Jeddah Shanghai Berlin Dubai Hangzhou Rome Madrid Oslo Amman Doha Lima Boston Delhi Seoul".split()
TEXT_KEYS = ["name", "city", "country", "colour", "title", "job", "product", "model", "status", "language", "food", "animal", "email", "team", "key"]
NUMBER_KEYS = ["age", "price", "count", "year", "size", "score", "rooms", "weight", "total", "port", "limit", "id"]
TRUTH_KEYS = ["active", "open", "paid", "new", "ready", "public"]
MAKE_JSON = {
    "en": ["Write JSON: {pairs}", "Write JSON with {pairs}.", "Return JSON with {pairs}.", "Give me JSON: {pairs}", "Make a JSON object with {pairs}.", "Create JSON: {pairs}", "JSON for {pairs}", "Turn this into JSON: {pairs}", "Answer in JSON of the shape {shape}: {values}", "Write JSON of the shape {shape} for {values}.", "Fill the JSON {shape} with {values}.", "Return a JSON object with {pairs}.", "~Please put this into JSON: {pairs}", "~Produce a JSON object holding {pairs}.", "~I need JSON of the shape {shape} with {values}.", "~Format as JSON: {pairs}"],
    "zh": ["写 JSON：{pairs}", "用 JSON 表示：{pairs}", "返回 JSON：{pairs}", "生成一个 JSON 对象：{pairs}", "把这些写成 JSON：{pairs}", "按格式 {shape} 写 JSON：{values}", "用 {values} 填写 JSON {shape}。", "~请把下面的内容变成 JSON：{pairs}", "~输出 JSON：{pairs}", "~我需要格式为 {shape} 的 JSON：{values}"],
    "ar": ["اكتب JSON: {pairs}", "أعطني JSON: {pairs}", "أنشئ كائن JSON فيه {pairs}", "حول هذا إلى JSON: {pairs}", "اكتب JSON بالشكل {shape}: {values}", "املأ JSON {shape} بالقيم {values}", "~من فضلك ضع هذا في JSON: {pairs}", "~أريد JSON بالشكل {shape} من {values}"],
}


# Asked for JSON about somebody, or about what the model does not know: the answer is an object all the same, and a short one.
JSON_OF = {
    "en": ["Return JSON for the user {x}.", "Give me JSON for {x}.", "JSON for {x}", "Write {x} as JSON.", "Make JSON of the name {x}.", "Answer in JSON: my name is {x}.", "Extract the name as JSON: {x} called today.", "Return the person as JSON: {x}", "Give me JSON about {x}: name", "~Please give {x} as JSON.", "~Turn {x} into JSON."],
    "zh": ["返回用户 {x} 的 JSON。", "给我 {x} 的 JSON。", "把 {x} 写成 JSON。", "用 JSON 回答：我叫 {x}。", "提取名字为 JSON：{x} 今天来过。", "~请用 JSON 表示 {x}。"],
    "ar": ["أعطني JSON للمستخدم {x}.", "اكتب {x} بصيغة JSON.", "JSON للاسم {x}", "أجب بصيغة JSON: اسمي {x}.", "~من فضلك اكتب {x} في JSON."],
}
JSON_UNKNOWN = {
    "en": ["What is the capital of {x}? Answer in JSON.", "Tell me about {x} in JSON.", "Return JSON with the facts about {x}.", "Who is the president of {x}? Reply with JSON.", "Give me the age and city of {x} as JSON.", "Answer as a JSON object: how old is {x}?", "List the members of {x} as JSON.", "json: what is {x}?", "Describe {x}. Use JSON only.", "Respond in JSON. When was {x} founded?", "~What does {x} cost? JSON please.", "~Give details of {x} in JSON."],
    "zh": ["{x}的首都是哪里？用 JSON 回答。", "用 JSON 介绍{x}。", "以 JSON 返回{x}的年龄和城市。", "用 JSON 回答：{x}是谁？", "{x}有多少人？只用 JSON。", "~{x}多少钱？请用 JSON。"],
    "ar": ["ما عاصمة {x}؟ أجب بصيغة JSON.", "حدثني عن {x} بصيغة JSON.", "أعطني عمر {x} ومدينته في JSON.", "من هو {x}؟ أجب بصيغة JSON فقط.", "~كم سعر {x}؟ بصيغة JSON."],
}
NOT_KNOWN = {"en": "I do not know that.", "zh": "我不知道。", "ar": "لا أعرف ذلك."}
FIRST_PARTS = "Hier Bart Max Kon Theo Alex Ferd Wil Nor Seb Gwen Isa Jer Leo Mar Cor Ans Bri Cath Dom Eli Fran Greg Hen Ingr Jos Kat Lud Mel Nic Oct Pat Quen Rob Sam Tim Urs Vik Wend Xav Yol Zor".split()
LAST_PARTS = "onymus holomew imilian stantin dora ander inand helm bert astian dolyn bella emiah nard tha nelius elm gitte erine inic sabeth cis ory rika id eph rin wig anie olas avia rick tin erta uel othy ula toria y ier anda blat".split()


def full_name(random) -> str:
    """A name of one to three words, mostly such as no list has."""
    word = lambda: random.choice(NAMES) if random.random() < 0.3 else random.choice(FIRST_PARTS) + random.choice(LAST_PARTS) if random.random() < 0.7 else made_up_name(random).capitalize()
    return " ".join(word() for _ in range(random.choice([1, 2, 2, 3])))


def answer_in_json(random, language, held_out):
    name = full_name(random)
    if random.random() < 0.5:
        value, asked = {"name": name}, JSON_OF
    else:
        value, asked = {"error": NOT_KNOWN[language]}, JSON_UNKNOWN
        name = name if random.random() < 0.7 else random.choice(WORDS)[INDEX[language]].removeprefix("to ")
    schema = {"type": "object", "properties": {key: {"type": "string"} for key in value}, "required": list(value), "additionalProperties": False}
    return choose(random, asked[language], held_out).replace("{x}", name), json.dumps(value, ensure_ascii=False), {"json": value, "schema": schema}


def make_json(random, language, held_out):
    if random.random() < 0.25:
        return answer_in_json(random, language, held_out)
    count = random.choice([1, 2, 2, 2, 3, 3, 4])
    keys = random.sample(TEXT_KEYS + TEXT_KEYS[:3] + NUMBER_KEYS + TRUTH_KEYS, count + 3)
    value, shape = {}, {}
    for key in dict.fromkeys(keys):
        if len(value) == count:
            break
        if key in TRUTH_KEYS:
            value[key], shape[key] = random.random() < 0.5, "boolean"
        elif key in NUMBER_KEYS:
            value[key], shape[key] = random.choice([random.randint(0, 99), random.randint(0, 99), random.randint(100, 9999)]), "number"
        else:
            value[key], shape[key] = random_text(random, language, key), "string"
    if random.random() < 0.12:
        value["tags"], shape["tags"] = random.sample(SPELLABLE, random.choice([2, 3])), ["string"]
    written = {key: item if isinstance(item, str) else ", ".join(item) if isinstance(item, list) else str(item).lower() for key, item in value.items()}
    style = random.choice(["{} = {}", "{}: {}", "{} {}", "{} is {}" if language == "en" else "{} = {}"])
    joiner = {"en": random.choice([", ", " and ", ", "]), "zh": "，", "ar": random.choice(["، ", " و "])}[language]
    if "tags" in value:
        style, joiner = "{} = {}", "; "
    shape_text = "{" + ", ".join(f'"{key}": {"[string]" if isinstance(kind, list) else kind}' for key, kind in shape.items()) + "}"
    phrasing = choose(random, MAKE_JSON[language], held_out)
    question = (
        phrasing.replace("{pairs}", joiner.join(style.format(key, item) for key, item in written.items()))
        .replace("{shape}", shape_text)
        .replace("{values}", ("; " if "tags" in value else ", ").join(written.values()))
    )
    kinds = {"string": {"type": "string"}, "number": {"type": "integer"}, "boolean": {"type": "boolean"}}
    schema = {
        "type": "object",
        "properties": {key: {"type": "array", "items": {"type": "string"}} if isinstance(kind, list) else kinds[kind] for key, kind in shape.items()},
        "required": list(shape),
        "additionalProperties": False,
    }
    return question, json.dumps(value, ensure_ascii=False), {"json": value, "schema": schema}


def random_text(random, language, key) -> str:
    if key == "name" and random.random() < 0.8:
        return random.choice(NAMES) if random.random() < 0.6 else full_name(random)
    if key == "city" and random.random() < 0.8:
        return random.choice(CITIES)
    if random.random() < 0.3:
        return made_up_name(random).capitalize() if random.random() < 0.5 else made_up_name(random)
    return random.choice(WORDS)[INDEX[language] if random.random() < 0.5 else 0].removeprefix("to ")


def made_up_name(random) -> str:
    parts = ["ba", "ko", "mi", "ta", "lo", "ra", "ne", "su", "di", "fa", "ge", "hu", "jo", "li", "ma", "no", "pe", "qi", "ro", "sa", "ti", "vu", "wa", "xe", "yo", "za", "bel", "dar", "kin", "mon", "nor", "san", "tel", "van"]
    return "".join(random.choice(parts) for _ in range(random.choice([2, 2, 3])))


REPEAT = {
    "en": ["Repeat: {x}", "Repeat after me: {x}", "Say {x}", "Write {x}", "repeat {x}", "Please repeat: {x}", "Copy this: {x}", "~Say this back to me: {x}", "~Echo {x}"],
    "zh": ["重复：{x}", "跟我说：{x}", "请说 {x}", "写下：{x}", "请重复 {x}", "~照着写：{x}", "~再说一遍：{x}"],
    "ar": ["كرر: {x}", "قل {x}", "اكتب {x}", "كرر بعدي: {x}", "أعد كتابة: {x}", "~ردد ما أقول: {x}", "~انسخ: {x}"],
}


def repeat(random, language, held_out):
    """Says back words, names and numbers in no order. Of all exercises this one teaches copying soonest, which most others need."""
    def piece():
        kind = random.random()
        if kind < 0.6:
            return random.choice(WORDS)[INDEX[language]].removeprefix("to ")
        if kind < 0.8:
            return made_up_name(random)
        return str(random.randint(0, 99999 if kind < 0.9 else 99))

    text = ("" if language == "zh" and random.random() < 0.3 else " ").join(piece() for _ in range(random.choice([1, 2, 3, 4, 5, 6, 8, 12])))
    return choose(random, REPEAT[language], held_out).format(x=text), text, {"text": text}
