"""What is asked of a model besides text: an object that fits a schema, and whether it calls a tool.

What comes is data of a stranger: it is read by the schema and bounded in length, and what does not fit is no answer.
"""

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from pydantic import BaseModel, ValidationError

from madoguchi.llm.faults import Fault
from madoguchi.llm.wire import Asked, pieces

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.models import Model
    from pydantic_ai.tools import ToolDefinition

T = TypeVar("T", bound=BaseModel)

_FENCED = re.compile(r"\s*```(?:json)?\s*(.*?)\s*```\s*", re.DOTALL)
_BY_WORDS = """{system}

次のJSONスキーマに合うJSONを一つだけ書く。前後に説明や記号を付けない。
{schema}"""


async def structured(
    model: "Model", http: "httpx2.AsyncClient", asked: Asked, schema: type[T], by_server: bool = True
) -> T:
    """Return the object that a model answers with; raises Fault, `unreadable` when what came does not fit the schema.

    `by_server`: the server holds the model to the schema; otherwise, and where the library knows that the model cannot,
    the schema stands in the instructions. Either way it is checked here, and no more than STRUCTURED_MAX_CHARACTERS
    are read.
    """
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.output import OutputObjectDefinition

    shape = schema.model_json_schema()
    wanted = None
    if by_server and model.profile.get("supports_json_schema_output"):
        definition = OutputObjectDefinition(json_schema=shape, name=schema.__name__)
        wanted = ModelRequestParameters(output_mode="native", output_object=definition, allow_text_output=True)
    else:
        words = json.dumps(shape, ensure_ascii=False)
        asked = replace(asked, system=_BY_WORDS.format(system=asked.system, schema=words))
    said, length = list[str](), 0
    async for piece in pieces(model, http, asked, wanted):
        length += len(piece)
        if length > settings.STRUCTURED_MAX_CHARACTERS:
            raise Fault("unreadable")
        said.append(piece)
    return fitting("".join(said), schema)


def fitting(text: str, schema: type[T]) -> T:
    """Return the object in a text that fits a schema; raises Fault."""
    fenced = _FENCED.fullmatch(text)
    try:
        return schema.model_validate_json(fenced[1] if fenced else text)
    except (ValidationError, ValueError, RecursionError):
        raise Fault("unreadable") from None


async def calls(model: "Model", http: "httpx2.AsyncClient", asked: Asked, tool: "ToolDefinition") -> dict[str, Any]:
    """Return what a model calls a tool with, empty when it does not call it; raises Fault, and what the library raises.

    Nothing is run.
    """
    from pydantic_ai.direct import model_request
    from pydantic_ai.messages import ModelRequest, ToolCallPart
    from pydantic_ai.models import ModelRequestParameters

    limits = {"max_tokens": asked.max_tokens, "request_timeout": float(asked.seconds), "max_retries": 0}
    async with http:
        answer = await model_request(
            model,
            [ModelRequest.user_text_prompt(asked.prompt, instructions=asked.system)],
            model_settings=limits,  # type: ignore[arg-type]
            model_request_parameters=ModelRequestParameters(function_tools=[tool], allow_text_output=True),
            instrument=False,
        )
    for part in answer.parts:
        if isinstance(part, ToolCallPart) and part.tool_name == tool.name:
            return part.args_as_dict()
    return {}
