"""Alibaba's SDK with DashScope's own API."""

import asyncio

import dashscope
from checks import PNG, WEATHER, equal, given, run
from dashscope import AioGeneration, Generation, MultiModalConversation, TextEmbedding, TextReRank
from dashscope.client.base_api import BaseAsyncApi

dashscope.base_http_api_url = f"{given.address}/api/v1"
dashscope.api_key = given.key
tools = [
    {
        "type": "function",
        "function": {"name": "weather", "description": "The weather of a place.", "parameters": WEATHER},
    }
]
asked = [{"role": "user", "content": "Hi"}]


def ask(model, messages=asked, **more):
    return Generation.call(model=model, messages=messages, result_format="message", **more)


def well(response):
    if response.status_code != 200:
        raise AssertionError(f"{response.status_code} {response.code}: {response.message}")
    return response


def message_of(response):
    return well(response).output.choices[0].message


def results_of(message):
    return [{"role": "tool", "tool_call_id": call["id"], "content": "31 degrees"} for call in message["tool_calls"]]


def check_text(vendor):
    response = ask(vendor("text"))
    equal([message_of(response).content, response.output.choices[0].finish_reason], [given.text, "stop"])
    equal([response.usage.input_tokens, response.usage.output_tokens], [120, 30])


def check_result_format_text(vendor):
    response = well(Generation.call(model=vendor("text"), prompt="Hi"))
    equal([response.output.text, response.output.finish_reason], [given.text, "stop"])


def check_stream_of_increments(vendor):
    results = list(ask(vendor("text"), stream=True, incremental_output=True))
    equal("".join(message_of(result).content for result in results), given.text)
    equal(results[-1].output.choices[0].finish_reason, "stop")
    equal([results[-1].usage.input_tokens, results[-1].usage.output_tokens], [120, 30])


def check_stream_of_all_so_far(vendor):
    texts = [message_of(result).content for result in ask(vendor("text"), stream=True)]
    equal([text for before, text in zip(texts, texts[1:]) if not text.startswith(before)], [])
    equal(texts[-1], given.text)


def check_stream_that_the_sdk_puts_together(vendor):
    # For models of this name it asks for increments where the program asks for none.
    texts = [message_of(result).content for result in ask(vendor("qwen3"), stream=True, incremental_output=False)]
    equal(texts[-1], given.text)


def check_asynchronous_calls(vendor):
    async def talk():
        options = {"model": vendor("text"), "messages": asked, "result_format": "message"}
        equal(message_of(await AioGeneration.call(**options)).content, given.text)
        stream = await AioGeneration.call(**options, stream=True, incremental_output=True)
        equal("".join([message_of(result).content async for result in stream]), given.text)

    asyncio.run(talk())


def check_tools(vendor):
    message = message_of(ask(vendor("tools"), tools=tools))
    equal([call["function"]["name"] for call in message.tool_calls], ["weather", "weather"])
    equal(message_of(ask(vendor("tools"), [*asked, message, *results_of(message)], tools=tools)).content, given.text)


def check_tools_in_a_stream(vendor):
    *_, last = ask(vendor("tools"), tools=tools, stream=True)
    message = message_of(last)
    equal(
        [call["function"]["arguments"].replace(" ", "") for call in message.tool_calls],
        ['{"place":"%s"}' % place for place in given.places],
    )
    equal(message_of(ask(vendor("tools"), [*asked, message, *results_of(message)], tools=tools)).content, given.text)


def check_reasoning_with_tools(vendor):
    options = {"tools": tools, "enable_thinking": True}
    *_, last = ask(vendor("thinks"), stream=True, **options)
    message = message_of(last)
    equal(message.reasoning_content, given.thought)
    equal(message_of(ask(vendor("thinks"), [*asked, message, *results_of(message)], **options)).content, given.text)


def check_an_object(vendor):
    shape = {
        "type": "object",
        "properties": {"town": {"type": "string"}, "sizes": {"type": "array", "items": {"type": "integer"}}},
    }
    form = {"type": "json_schema", "json_schema": {"name": "town", "schema": shape}}
    equal(message_of(ask(vendor("object"), response_format=form)).content.replace(" ", ""), given.town_text)


def check_an_image(vendor):
    content = [{"image": f"data:image/png;base64,{PNG}"}, {"text": "What is it?"}]
    messages = [{"role": "user", "content": content}]
    response = MultiModalConversation.call(model=vendor("text"), messages=messages)
    equal("".join(part["text"] for part in message_of(response).content), given.text)
    texts = []
    for result in MultiModalConversation.call(
        model=vendor("text"), messages=messages, stream=True, incremental_output=True
    ):
        texts.extend(part["text"] for part in message_of(result).content)
    equal("".join(texts), given.text)


def check_a_task(vendor):
    model = vendor("text")
    task = BaseAsyncApi.async_call(
        model,
        {"messages": asked},
        task_group="aigc",
        task="text-generation",
        function="generation",
        result_format="message",
    )
    equal(task.output["task_status"], "PENDING")
    done = well(BaseAsyncApi.wait(task, wait_timeout=20))
    equal([done.output["task_status"], done.output["choices"][0]["message"]["content"]], ["SUCCEEDED", given.text])
    equal([BaseAsyncApi.cancel(task).status_code], [400])


def check_a_cut_stream(vendor):
    results = list(ask(vendor("cut"), stream=True, incremental_output=True))
    equal(results[-1].status_code >= 500, True)
    equal([result for result in results[:-1] if result.output.choices[0].finish_reason == "stop"], [])


def check_errors_of_the_vendor(vendor):
    codes = {400: "InvalidParameter", 429: "Throttling.RateQuota"}
    for status in given.failures:
        for response in [ask(vendor(f"fails-{status}")), *ask(vendor(f"fails-{status}"), stream=True)]:
            equal(
                response.status_code, {400: 400, 429: 429}.get(status, response.status_code if status == 529 else 502)
            )
            equal(response.code, codes.get(status, response.code))
            equal([bool(response.message), response.status_code >= 400], [True, True])


def check_own_errors(vendor):
    response = Generation.call(model=vendor("text"), messages=asked, api_key="sk-sahab-of-nobody")
    equal([response.status_code, response.code], [401, "InvalidApiKey"])
    response = ask(vendor("odd"), [{"role": "nobody", "content": "Hi"}])
    equal([response.status_code, response.code], [400, "InvalidParameter"])


def check_unknown_model():
    response = ask("no-such-model")
    equal([response.status_code, response.code], [404, "ModelNotFound"])


def check_embeddings(embedder):
    response = well(TextEmbedding.call(model=embedder("vectors"), input=["one", "two"]))
    equal([item["embedding"] for item in response.output["embeddings"]], given.vectors)


def check_rerank(ranker):
    response = well(
        TextReRank.call(model=ranker("ranks"), query="which", documents=given.documents, top_n=2, return_documents=True)
    )
    found = [(item.index, item.relevance_score, item["document"]["text"]) for item in response.output.results]
    equal(found, [(1, 0.75, "two"), (0, 0.25, "one")])


run(__name__)
