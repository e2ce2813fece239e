"""Anthropic's SDK."""

import anthropic
from anthropic import Anthropic
from checks import PNG, WEATHER, equal, given, raises, run
from pydantic import BaseModel


class Town(BaseModel):
    town: str
    sizes: list[int]


client = Anthropic(base_url=given.address, api_key=given.key, max_retries=0)
tools = [{"name": "weather", "description": "The weather of a place.", "input_schema": WEATHER}]
asked = [{"role": "user", "content": "Hi"}]


def ask(model, messages=asked, **more):
    return client.messages.create(model=model, messages=messages, max_tokens=4096, **more)


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def calls_of(message):
    return [block for block in message.content if block.type == "tool_use"]


def after(message):
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": "31 degrees"} for call in calls_of(message)]
    return [*asked, {"role": "assistant", "content": message.content}, {"role": "user", "content": results}]


def check_text(vendor):
    answer = ask(vendor("text"))
    equal([text_of(answer), answer.stop_reason], [given.text, "end_turn"])
    equal([answer.usage.input_tokens, answer.usage.output_tokens], [120, 30])


def check_stream(vendor):
    with client.messages.stream(model=vendor("text"), messages=asked, max_tokens=99) as stream:
        equal("".join(stream.text_stream), given.text)
        final = stream.get_final_message()
    equal([text_of(final), final.stop_reason], [given.text, "end_turn"])
    equal([final.usage.input_tokens, final.usage.output_tokens], [120, 30])


def check_tools(vendor):
    message = ask(vendor("tools"), tools=tools)
    equal([call.input for call in calls_of(message)], [{"place": place} for place in given.places])
    equal(text_of(ask(vendor("tools"), after(message), tools=tools)), given.text)


def check_tools_in_a_stream(vendor):
    with client.messages.stream(model=vendor("tools"), messages=asked, max_tokens=99, tools=tools) as stream:
        message = stream.get_final_message()
    equal(
        [message.stop_reason, *(call.input for call in calls_of(message))],
        ["tool_use", *({"place": place} for place in given.places)],
    )
    equal(text_of(ask(vendor("tools"), after(message), tools=tools)), given.text)


def check_reasoning_with_tools(vendor):
    options = {"tools": tools, "thinking": {"type": "enabled", "budget_tokens": 2048}}
    message = ask(vendor("thinks"), **options)
    equal("".join(block.thinking for block in message.content if block.type == "thinking"), given.thought)
    equal(text_of(ask(vendor("thinks"), after(message), **options)), given.text)


def check_an_object(vendor):
    answer = client.messages.parse(model=vendor("object"), messages=asked, max_tokens=99, output_format=Town)
    equal(answer.parsed_output, Town(**given.town))


def check_an_image(vendor):
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
    equal(
        text_of(ask(vendor("text"), [{"role": "user", "content": [image, {"type": "text", "text": "What is it?"}]}])),
        given.text,
    )


def check_count(vendor):
    equal(client.messages.count_tokens(model=vendor("text"), messages=asked).input_tokens > 0, True)


def check_a_cut_stream(vendor):
    def read():
        with client.messages.stream(model=vendor("cut"), messages=asked, max_tokens=99) as stream:
            return stream.get_final_message()

    raises(anthropic.APIError, read)


def check_errors_of_the_vendor(vendor):
    kinds = {400: anthropic.BadRequestError, 429: anthropic.RateLimitError}
    for stream in [False, True]:
        for status in given.failures:
            error = raises(anthropic.APIStatusError, lambda: ask(vendor(f"fails-{status}"), stream=stream))
            equal(isinstance(error, kinds.get(status, anthropic.InternalServerError)), True)


def check_own_errors(vendor):
    other = client.with_options(api_key="sk-sahab-of-nobody")
    raises(
        anthropic.AuthenticationError, lambda: other.messages.create(model=vendor("text"), messages=asked, max_tokens=9)
    )
    raises(anthropic.BadRequestError, lambda: ask(vendor("odd"), []))


def check_unknown_model():
    raises(anthropic.NotFoundError, lambda: ask("no-such-model"))


def check_models():
    names = [model.id for model in client.models.list()]
    equal(client.models.retrieve(names[0]).id, names[0])


run(__name__)
