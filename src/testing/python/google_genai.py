"""Google's SDK."""

import base64

from checks import PNG, WEATHER, equal, given, raises, run
from google import genai
from google.genai import errors, types
from pydantic import BaseModel


class Town(BaseModel):
    town: str
    sizes: list[int]


def client_with(key):
    options = types.HttpOptions(base_url=given.address, retry_options=types.HttpRetryOptions(attempts=1))
    return genai.Client(api_key=key, http_options=options)


client = client_with(given.key)
weather = types.FunctionDeclaration(
    name="weather", description="The weather of a place.", parameters_json_schema=WEATHER
)
tools = [types.Tool(function_declarations=[weather])]
asked = types.UserContent("Hi")


def ask(model, contents=asked, **config):
    return client.models.generate_content(model=model, contents=contents, config=types.GenerateContentConfig(**config))


def stream(model, contents=asked, **config):
    return client.models.generate_content_stream(
        model=model, contents=contents, config=types.GenerateContentConfig(**config)
    )


def results_of(calls):
    parts = [
        types.Part(
            function_response=types.FunctionResponse(id=call.id, name=call.name, response={"result": "31 degrees"})
        )
        for call in calls
    ]
    return types.Content(role="user", parts=parts)


def check_text(vendor):
    answer = ask(vendor("text"))
    equal([answer.text, answer.candidates[0].finish_reason], [given.text, types.FinishReason.STOP])
    equal([answer.usage_metadata.prompt_token_count, answer.usage_metadata.candidates_token_count], [120, 30])


def check_stream(vendor):
    chunks = list(stream(vendor("text")))
    equal("".join(chunk.text or "" for chunk in chunks), given.text)
    equal(chunks[-1].candidates[0].finish_reason, types.FinishReason.STOP)
    equal(chunks[-1].usage_metadata.total_token_count, 150)


def check_tools(vendor):
    answer = ask(vendor("tools"), tools=tools)
    equal([call.args for call in answer.function_calls], [{"place": place} for place in given.places])
    contents = [asked, answer.candidates[0].content, results_of(answer.function_calls)]
    equal(ask(vendor("tools"), contents, tools=tools).text, given.text)


def check_tools_in_a_stream(vendor):
    parts = [part for chunk in stream(vendor("tools"), tools=tools) for part in chunk.candidates[0].content.parts or []]
    calls = [part.function_call for part in parts if part.function_call]
    equal([call.args for call in calls], [{"place": place} for place in given.places])
    equal(
        ask(vendor("tools"), [asked, types.Content(role="model", parts=parts), results_of(calls)], tools=tools).text,
        given.text,
    )


def check_tools_that_the_sdk_calls(vendor):
    places = []

    def weather(place: str) -> str:
        """The weather of a place."""
        places.append(place)
        return "31 degrees"

    chat = client.chats.create(model=vendor("tools"), config=types.GenerateContentConfig(tools=[weather]))
    equal(chat.send_message("Hi").text, given.text)
    equal(places, given.places)


def check_reasoning_with_tools(vendor):
    config = {"tools": tools, "thinking_config": types.ThinkingConfig(include_thoughts=True, thinking_budget=2048)}
    answer = ask(vendor("thinks"), **config)
    content = answer.candidates[0].content
    equal("".join(part.text for part in content.parts if part.thought), given.thought)
    equal(ask(vendor("thinks"), [asked, content, results_of(answer.function_calls)], **config).text, given.text)


def check_an_object(vendor):
    equal(ask(vendor("object"), response_mime_type="application/json", response_schema=Town).parsed, Town(**given.town))
    schema = Town.model_json_schema()
    equal(ask(vendor("object"), response_mime_type="application/json", response_json_schema=schema).parsed, given.town)


def check_an_image(vendor):
    image = types.Part.from_bytes(data=base64.b64decode(PNG), mime_type="image/png")
    equal(ask(vendor("text"), ["What is it?", image]).text, given.text)


def check_count(vendor):
    equal(client.models.count_tokens(model=vendor("text"), contents="How many tokens?").total_tokens > 0, True)


def check_a_cut_stream(vendor):
    chunks = []
    raises((errors.APIError, errors.UnknownApiResponseError), lambda: chunks.extend(stream(vendor("cut"))))
    equal(
        [
            chunk.candidates[0].finish_reason
            for chunk in chunks
            if chunk.candidates and chunk.candidates[0].finish_reason
        ],
        [],
    )


def check_errors_of_the_vendor(vendor):
    for status in given.failures:
        for act in [lambda: ask(vendor(f"fails-{status}")), lambda: list(stream(vendor(f"fails-{status}")))]:
            error = raises(errors.APIError, act)
            equal(error.code in ({400: [400], 429: [429], 529: [502, 529]}.get(status, [502])), True)


def check_own_errors(vendor):
    other = client_with("sk-sahab-of-nobody")
    error = raises(errors.ClientError, lambda: other.models.generate_content(model=vendor("text"), contents="Hi"))
    equal([error.code, error.status], [401, "UNAUTHENTICATED"])
    error = raises(
        errors.ClientError, lambda: ask(vendor("odd"), types.Content(role="nobody", parts=[types.Part(text="Hi")]))
    )
    equal([error.code, error.status], [400, "INVALID_ARGUMENT"])


def check_unknown_model():
    error = raises(errors.ClientError, lambda: ask("no-such-model"))
    equal([error.code, error.status], [404, "NOT_FOUND"])


def check_embeddings(embedder):
    answer = client.models.embed_content(model=embedder("vectors"), contents=["one", "two"])
    equal([item.values for item in answer.embeddings], given.vectors)


def check_models():
    names = [model.name for model in client.models.list()]
    equal(client.models.get(model=names[0]).name, names[0])


run(__name__)
