"""OpenAI's SDK with responses."""

import time

import openai
from checks import PNG, WEATHER, equal, given, raises, run
from openai import OpenAI
from pydantic import BaseModel


class Town(BaseModel):
    town: str
    sizes: list[int]


client = OpenAI(base_url=f"{given.address}/v1", api_key=given.key, max_retries=0)
tools = [{"type": "function", "name": "weather", "parameters": WEATHER, "strict": False}]
asked = [{"role": "user", "content": "Hi"}]


def ask(model, input="Hi", **more):
    return client.responses.create(model=model, input=input, **more)


def calls_of(response):
    return [item for item in response.output if item.type == "function_call"]


def results_of(response):
    return [
        {"type": "function_call_output", "call_id": call.call_id, "output": "31 degrees"} for call in calls_of(response)
    ]


def check_text(vendor):
    answer = ask(vendor("text"))
    equal([answer.output_text, answer.status], [given.text, "completed"])
    equal([answer.usage.input_tokens, answer.usage.output_tokens], [120, 30])


def check_stream(vendor):
    events = list(ask(vendor("text"), stream=True))
    equal("".join(event.delta for event in events if event.type == "response.output_text.delta"), given.text)
    equal([event.sequence_number for event in events], list(range(len(events))))
    equal([events[-1].type, events[-1].response.output_text], ["response.completed", given.text])


def check_tools(vendor):
    first = ask(vendor("tools"), asked, tools=tools, store=False)
    equal([call.name for call in calls_of(first)], ["weather", "weather"])
    equal(
        ask(vendor("tools"), [*asked, *first.output, *results_of(first)], tools=tools, store=False).output_text,
        given.text,
    )


def check_tools_in_a_stream(vendor):
    # The SDK demands that each item and part is there before its deltas.
    with client.responses.stream(model=vendor("tools"), input=asked, tools=tools) as stream:
        for _ in stream:
            pass
        first = stream.get_final_response()
    equal(
        [call.arguments.replace(" ", "") for call in calls_of(first)],
        ['{"place":"%s"}' % place for place in given.places],
    )
    equal(ask(vendor("tools"), results_of(first), tools=tools, previous_response_id=first.id).output_text, given.text)


def check_reasoning_with_tools(vendor):
    options = {
        "tools": tools,
        "reasoning": {"effort": "high", "summary": "auto"},
        "store": False,
        "include": ["reasoning.encrypted_content"],
    }
    first = ask(vendor("thinks"), asked, **options)
    thoughts = [item for item in first.output if item.type == "reasoning"]
    equal("".join(part.text for item in thoughts for part in [*item.summary, *(item.content or [])]), given.thought)
    equal(ask(vendor("thinks"), [*asked, *first.output, *results_of(first)], **options).output_text, given.text)


def check_reasoning_that_is_kept(vendor):
    options = {"tools": tools, "reasoning": {"effort": "high"}}
    first = ask(vendor("thinks"), **options)
    equal(ask(vendor("thinks"), results_of(first), previous_response_id=first.id, **options).output_text, given.text)


def check_an_object(vendor):
    equal(
        client.responses.parse(model=vendor("object"), input="Hi", text_format=Town).output_parsed, Town(**given.town)
    )


def check_an_image(vendor):
    parts = [
        {"type": "input_text", "text": "What is it?"},
        {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}", "detail": "auto"},
    ]
    equal(ask(vendor("text"), [{"role": "user", "content": parts}]).output_text, given.text)


def check_stored(vendor):
    first = ask(vendor("text"))
    equal(client.responses.retrieve(first.id).output_text, given.text)
    equal([item.content[0].text for item in client.responses.input_items.list(first.id)], ["Hi"])
    client.responses.delete(first.id)
    raises(openai.NotFoundError, lambda: client.responses.retrieve(first.id))


def check_background(vendor):
    response = ask(vendor("text"), background=True)
    until = time.monotonic() + 20
    while response.status in ("queued", "in_progress") and time.monotonic() < until:
        time.sleep(0.02)
        response = client.responses.retrieve(response.id)
    equal([response.status, response.output_text], ["completed", given.text])


def check_cancelled(vendor):
    response = ask(vendor("text"), background=True)
    status = client.responses.cancel(response.id).status
    equal(status, "completed" if status == "completed" else "cancelled")


def check_a_cut_stream(vendor):
    events = []

    def read():
        events.extend(ask(vendor("cut"), stream=True))
        if events[-1].type == "response.failed":
            raise openai.OpenAIError(events[-1].response.error)

    raises(openai.OpenAIError, read)
    equal([event.type for event in events if event.type == "response.completed"], [])


def check_errors_of_the_vendor(vendor):
    for stream in [False, True]:
        kinds = {400: openai.BadRequestError, 401: openai.InternalServerError, 429: openai.RateLimitError}
        for status in given.failures:
            error = raises(openai.APIStatusError, lambda: ask(vendor(f"fails-{status}"), stream=stream))
            equal(type(error), kinds.get(status, openai.InternalServerError))


def check_own_errors(vendor):
    raises(
        openai.AuthenticationError,
        lambda: client.with_options(api_key="sk-sahab-of-nobody").responses.create(model=vendor("text"), input="Hi"),
    )
    raises(openai.BadRequestError, lambda: ask(vendor("odd"), [{"type": "no-such-item"}]))


def check_count(vendor):
    equal(client.responses.input_tokens.count(model=vendor("text"), input="How many tokens?").input_tokens > 0, True)


def check_unknown_model():
    equal(raises(openai.NotFoundError, lambda: ask("no-such-model")).code, "model_not_found")


run(__name__)
