"""OpenAI's SDK with chat completions, and what else it has under /v1."""

import json

import openai
from checks import PNG, WEATHER, equal, given, raises, run
from openai import OpenAI, pydantic_function_tool
from pydantic import BaseModel


class Town(BaseModel):
    town: str
    sizes: list[int]


class weather(BaseModel):
    """The weather of a place."""

    place: str


client = OpenAI(base_url=f"{given.address}/v1", api_key=given.key, max_retries=0)
asked = [{"role": "user", "content": "Hi"}]
tools = [{"type": "function", "function": {"name": "weather", "parameters": WEATHER}}]


def ask(model, messages=asked, **more):
    return client.chat.completions.create(model=model, messages=messages, **more)


def results_of(message):
    return [
        {"role": "tool", "tool_call_id": call.id, "content": f"31 degrees: {call.function.arguments}"}
        for call in message.tool_calls
    ]


def check_text(vendor):
    answer = ask(vendor("text"))
    equal([answer.choices[0].message.content, answer.choices[0].finish_reason], [given.text, "stop"])
    equal([answer.usage.prompt_tokens, answer.usage.completion_tokens], [120, 30])


def check_stream(vendor):
    chunks = list(ask(vendor("text"), stream=True, stream_options={"include_usage": True}))
    equal("".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices), given.text)
    equal([choice.finish_reason for chunk in chunks for choice in chunk.choices][-1], "stop")
    equal([chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens], [120, 30])


def check_tools(vendor):
    message = ask(vendor("tools"), tools=tools).choices[0].message
    equal([call.function.name for call in message.tool_calls], ["weather", "weather"])
    equal(
        ask(vendor("tools"), [*asked, message, *results_of(message)], tools=tools).choices[0].message.content,
        given.text,
    )


def check_tools_in_a_stream(vendor):
    calls = {}
    for chunk in ask(vendor("tools"), tools=tools, stream=True):
        for call in chunk.choices[0].delta.tool_calls or [] if chunk.choices else []:
            known = calls.setdefault(
                call.index,
                {"id": call.id, "type": "function", "function": {"name": call.function.name, "arguments": ""}},
            )
            known["function"]["arguments"] += call.function.arguments or ""
    equal(
        [json.loads(call["function"]["arguments"]) for call in calls.values()],
        [{"place": place} for place in given.places],
    )
    results = [{"role": "tool", "tool_call_id": call["id"], "content": "31 degrees"} for call in calls.values()]
    messages = [*asked, {"role": "assistant", "tool_calls": list(calls.values())}, *results]
    equal(ask(vendor("tools"), messages, tools=tools).choices[0].message.content, given.text)


def check_a_call_that_the_sdk_parses(vendor):
    with client.chat.completions.stream(
        model=vendor("thinks"), messages=asked, tools=[pydantic_function_tool(weather)]
    ) as stream:
        done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
        answer = stream.get_final_completion().choices[0]
    equal([event.parsed_arguments for event in done], [weather(place=given.places[0])])
    equal(answer.finish_reason, "tool_calls")


def check_reasoning_with_tools(vendor):
    options = {"tools": tools, "reasoning_effort": "high"}
    message = ask(vendor("thinks"), **options).choices[0].message
    equal(message.reasoning_content, given.thought)
    answer = ask(vendor("thinks"), [*asked, message, *results_of(message)], **options)
    equal(answer.choices[0].message.content, given.text)


def check_reasoning_that_the_client_forgets(translated):
    options = {"tools": tools, "reasoning_effort": "high"}
    message = ask(translated("thinks"), **options).choices[0].message
    kept = {"role": "assistant", "tool_calls": [call.model_dump() for call in message.tool_calls]}
    answer = ask(translated("thinks"), [*asked, kept, *results_of(message)], **options)
    equal(answer.choices[0].message.content, given.text)


def check_an_object(vendor):
    answer = client.chat.completions.parse(model=vendor("object"), messages=asked, response_format=Town)
    equal(answer.choices[0].message.parsed, Town(**given.town))


def check_an_image(vendor):
    parts = [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
    ]
    equal(ask(vendor("text"), [{"role": "user", "content": parts}]).choices[0].message.content, given.text)


def check_a_cut_stream(vendor):
    def read():
        found = [choice.finish_reason for chunk in ask(vendor("cut"), stream=True) for choice in chunk.choices]
        return found

    raises(openai.APIError, read)


def check_errors_of_the_vendor(vendor):
    for stream in [False, True]:
        kinds = {400: openai.BadRequestError, 401: openai.InternalServerError, 429: openai.RateLimitError}
        for status in given.failures:
            error = raises(openai.APIStatusError, lambda: ask(vendor(f"fails-{status}"), stream=stream))
            equal(type(error), kinds.get(status, openai.InternalServerError))


def check_own_errors(vendor):
    other = client.with_options(api_key="sk-sahab-of-nobody")
    raises(openai.AuthenticationError, lambda: other.chat.completions.create(model=vendor("text"), messages=asked))
    raises(openai.BadRequestError, lambda: ask(vendor("odd"), []))


def check_unknown_model():
    equal(raises(openai.NotFoundError, lambda: ask("no-such-model")).code, "model_not_found")


def check_embeddings(embedder):
    # It asks for base64 unasked, and decodes it.
    answer = client.embeddings.create(model=embedder("vectors"), input=["one", "two"])
    equal([item.embedding for item in answer.data], given.vectors)


def check_models():
    names = [model.id for model in client.models.list()]
    equal(client.models.retrieve(names[0]).id, names[0])


run(__name__)
