"""Scripts about a topic by any OpenAI-compatible server: a hosted one, llama.cpp, Ollama, LM Studio, mlx-lm's server.

Every question is a nested step of its own, so an answer that was paid for is never asked for again after a crash.
Answers that are not a script are asked for again with their faults quoted, ``max_repairs`` times at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from pydantic import Field

from reelforge.domain.doctor import Finding
from reelforge.domain.job import Cost, Order, StepContext, StepPolicy, step
from reelforge.domain.script import Script
from reelforge.domain.value import Value
from reelforge.engines.remote import (
    Address,
    BrokenAnswerError,
    Connection,
    Server,
    UnreachableError,
    is_here,
    key_missing,
    key_of,
    listening,
    maybe_paid,
)
from reelforge.engines.writer import Brief
from reelforge.engines.writer.chat import FormatRefusedError, Reply, ask_server
from reelforge.engines.writer.prompt import Message, first_messages, repair_messages
from reelforge.engines.writer.schema import AnswerError, answer_schema, read_answer, to_script
from reelforge.errors import InputError, NeedsPersonError, NeverWorksError

CHARS_A_TOKEN: Final = 4
"""For servers that do not count tokens."""

Form = Literal["json_schema", "json_object", "none"]


class Options(Value):
    """``base_url`` is the address up to ``/v1``; ``key_env`` names the environment variable that holds the key.

    Prices are per million tokens; with any of them above 0 a call counts as paid, and one that was cut off by a crash
    waits for a person. ``timeout`` bounds one whole answer and ``stall_timeout`` each silence in it, in seconds.
    ``form`` is the ``response_format`` asked for; a server that refuses it is asked again without.
    """

    base_url: Address
    model: str = Field(min_length=1)
    key_env: str | None = None
    temperature: float = Field(default=0.8, ge=0, le=2)
    timeout: float = Field(default=300, gt=0, le=3_600)
    stall_timeout: float = Field(default=60, gt=0, le=600)
    price_per_million_input_tokens: float = Field(default=0, ge=0)
    price_per_million_output_tokens: float = Field(default=0, ge=0)
    max_repairs: int = Field(default=3, ge=0, le=10)
    max_answer_bytes: int = Field(default=262_144, ge=1_024, le=16_777_216)
    form: Form = "json_schema"

    @property
    def paid(self) -> bool:
        return self.price_per_million_input_tokens > 0 or self.price_per_million_output_tokens > 0


class Answer(Value):
    """What the server said to one question; ``refused_form`` when it does not take the ``response_format``."""

    text: str = ""
    finish: str = ""
    model: str = ""
    refused_form: bool = False


class _Asker:
    """Asks one question. It has a policy of its own: whether a call costs money depends on the options."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._connection = Connection()
        self.policy = StepPolicy(
            slot="fetch", version=1, tries=4, paid="unclear" if options.paid else "free", scope="job"
        )

    @property
    def identity(self) -> Mapping[str, Any]:
        decisive = {"base_url", "model", "temperature"}
        return {"engine": "openai", "part": "ask", **self._options.model_dump(mode="json", include=decisive)}

    @step(slot="fetch", version=1)
    async def ask(
        self,
        context: StepContext,
        messages: tuple[Message, ...],
        form: Form,
        number: int,  # noqa: ARG002  # it belongs to the key
    ) -> Answer:
        """Ask once; ``number`` belongs to the key, for the same question asked again is another call.

        Raises as :func:`reelforge.engines.writer.chat.ask_server` does.
        A paid answer that breaks off needs a person: nobody can tell whether it was charged.
        """
        options = self._options
        server = Server(
            base_url=options.base_url,
            role="writer",
            kind="language model server",
            asked=f"model {options.model!r}",
            work="a script",
            options="the writer's model and base_url",
            key=key_of(options.key_env, options.base_url),
            timeout=options.timeout,
            stall_timeout=options.stall_timeout,
            max_answer_bytes=options.max_answer_bytes,
        )
        body: dict[str, Any] = {
            "model": options.model,
            "messages": [message.model_dump() for message in messages],
            "temperature": options.temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
            **_response_format(form),
        }
        headers = {"Idempotency-Key": context.idempotency_key}
        try:
            reply = await ask_server(self._connection.open(), server, body, headers, context.clock.now())
        except FormatRefusedError as error:
            if form == "none":
                raise NeverWorksError(
                    f"{options.base_url} refused the question: {error}.", remedy="Check the writer's model."
                ) from None
            return Answer(refused_form=True)
        except BrokenAnswerError as error:
            if not options.paid:
                raise
            raise maybe_paid(error, context.job) from error
        if options.paid:
            context.spend(self._cost(reply, messages))
        return Answer(text=reply.text, finish=reply.finish, model=reply.model or options.model)

    def _cost(self, reply: Reply, messages: tuple[Message, ...]) -> Cost:
        asked, said = reply.prompt_tokens, reply.answer_tokens
        estimated = asked is None or said is None
        if asked is None:
            asked = sum(len(message.content) for message in messages) // CHARS_A_TOKEN + 1
        if said is None:
            said = len(reply.text) // CHARS_A_TOKEN + 1
        price = (
            asked * self._options.price_per_million_input_tokens + said * self._options.price_per_million_output_tokens
        ) / 1_000_000
        what = f"script by {reply.model or self._options.model}{' (tokens estimated)' if estimated else ''}"
        return Cost(engine="openai", what=what, units=asked + said, unit="tokens", price=price)

    async def aclose(self) -> None:
        await self._connection.aclose()


class Engine:
    """Writes about an order's topic; a text of a person's own is the verbatim writer's work."""

    name = "openai"

    def __init__(self, options: Options) -> None:
        self._options = options
        self._asker = _Asker(options)

    @property
    def identity(self) -> Mapping[str, Any]:
        waits = {"timeout", "stall_timeout", "key_env"}
        return {"engine": self.name, "version": 1, **self._options.model_dump(mode="json", exclude=waits)}

    @step(version=1, tries=1, scope="job")
    async def write(self, context: StepContext, order: Order, brief: Brief) -> Script:
        if not (order.topic and order.topic.strip()):
            raise InputError(
                f"The channel {order.channel} writes about a topic, and none was given.",
                remedy='Give one with --topic "…", or give the words themselves with --script FILE.',
            )
        try:
            return await self._script(context, order.topic, brief)
        except UnreachableError as error:
            if not (order.by_person and is_here(self._options.base_url)):
                raise
            # Somebody waits, and a server on this machine does not start by itself.
            raise NeedsPersonError(
                error.message,
                remedy=f"Start it, then `reelforge retry {context.job}`; or correct the writer's base_url.",
            ) from error

    async def _script(self, context: StepContext, topic: str, brief: Brief) -> Script:
        """Ask, and quote the faults back. What is bounded is the job's answers, whichever run of it asked for them;
        each retry by a person allows as many again, and goes on with the conversation where it ended.
        """
        asked = first_messages(topic, brief)
        messages, form = asked, self._options.form
        problems: tuple[str, ...] = ()
        most = (self._options.max_repairs + 1) * (context.requeues + 1)
        answers = number = 0
        while answers < most:
            number += 1
            answer = await context.step(self._asker.ask, messages, form, number, name=f"ask-{number}")
            if answer.refused_form:
                form = "none"
                continue
            try:
                return to_script(_read(answer, brief), brief)
            except AnswerError as error:
                problems = error.problems
            answers += 1
            messages = repair_messages(asked, answer.text, problems)
        raise NeverWorksError(
            f"{self._options.model} at {self._options.base_url} gave {answers} answers and none was a usable script;"
            f" the last one's fault: {' '.join(problems)[:600]}",
            remedy="Choose a more able model, or raise the writer's max_repairs.",
        )

    def check(self) -> Iterable[Finding]:
        subject = f"writer openai ({self._options.model})"
        options = self._options
        yield key_missing(subject, options.key_env, options.base_url) or self._answering(subject)

    def _answering(self, subject: str) -> Finding:
        found = listening(subject, self._options.base_url)
        if found.ok:
            return found
        return found.model_copy(
            update={
                "sentence": f"{found.sentence.rstrip('.')}, so Reels cannot be made from a topic.",
                "remedy": "Start the server, or correct the writer's base_url; scripts of your own need none.",
                "optional": True,
            }
        )

    async def aclose(self) -> None:
        await self._asker.aclose()


def _read(answer: Answer, brief: Brief) -> Any:
    if answer.finish == "length":
        raise AnswerError("The answer was cut off because it was too long.", "Write less in each scene.")
    if answer.finish == "content_filter":
        raise AnswerError("The answer was withheld by the server's content filter.", "Treat the topic more soberly.")
    return read_answer(answer.text, brief)


def _response_format(form: Form) -> dict[str, Any]:
    if form == "json_schema":
        schema = {"name": "script", "strict": True, "schema": answer_schema()}
        return {"response_format": {"type": "json_schema", "json_schema": schema}}
    return {"response_format": {"type": "json_object"}} if form == "json_object" else {}
