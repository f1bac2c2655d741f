"""What each method of the Bot API does to the chats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.standin.bodies import Params, Upload
from tests.standin.chats import Chat, Stored
from tests.standin.entities import parse_html, utf16_length
from tests.standin.keyboards import check_markup
from tests.standin.record import Call
from tests.standin.refused import Refused

if TYPE_CHECKING:
    from tests.standin.bot_api import BotApi

TEXT_LIMIT, CAPTION_LIMIT, ALBUM_LIMIT = 4096, 1024, 10
_STALE = "Bad Request: query is too old and response timeout expired or query ID is invalid"
_EMOJI = frozenset("👍👎❤🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👀🎃🙈😇😨🤝")
_EMOJI |= frozenset("🎅🎄☃💅🤪🗿🆒💘🙉🦄😘💊🙊😎👾🤷😡✍🤗🫡")


def send_message(api: BotApi, params: Params, call: Call) -> dict[str, Any]:
    """sendMessage."""
    chat = _admitted(api, params)
    text, entities = _written(params, "text", TEXT_LIMIT)
    if not text:
        raise Refused(400, "Bad Request: message text is empty")
    return _posted(api, chat, params, call, text, entities, {})


def send_document(api: BotApi, params: Params, call: Call) -> dict[str, Any]:
    """sendDocument."""
    chat = _admitted(api, params)
    text, entities = _written(params, "caption", CAPTION_LIMIT)
    document = api.files.document(_file(api, params, "document"))
    return _posted(api, chat, params, call, text, entities, {"document": document})


def send_photo(api: BotApi, params: Params, call: Call) -> dict[str, Any]:
    """sendPhoto."""
    chat = _admitted(api, params)
    text, entities = _written(params, "caption", CAPTION_LIMIT)
    return _posted(api, chat, params, call, text, entities, {"photo": api.files.photo(_file(api, params, "photo"))})


def send_media_group(api: BotApi, params: Params, call: Call) -> list[dict[str, Any]]:
    """sendMediaGroup, of photos or of files."""
    chat, media = _admitted(api, params), params.data("media") or []
    if not 2 <= len(media) <= ALBUM_LIMIT:
        raise Refused(400, "Bad Request: group send failed")
    files = [_file(api, Params({**params, "one": each["media"]}), "one") for each in media]
    if len({each["type"] for each in media}) > 1:
        raise Refused(400, "Bad Request: MEDIA_INVALID")  # files go with files, photos with photos
    shown = api.files.photo if media[0]["type"] == "photo" else api.files.document
    return [_posted(api, chat, params, call, "", [], {media[0]["type"]: shown(each)}) for each in files]


def send_chat_action(api: BotApi, params: Params, call: Call) -> bool:
    """sendChatAction."""
    api.chats.find(params.integer("chat_id"))
    return True


def edit_message_text(api: BotApi, params: Params, call: Call) -> dict[str, Any]:
    """editMessageText."""
    message = _own(api, params)
    text, entities = _written(params, "text", TEXT_LIMIT)
    if not text:
        raise Refused(400, "Bad Request: message text is empty")
    if not message.text or "document" in message.extra or "photo" in message.extra:
        raise Refused(400, "Bad Request: there is no text in the message to edit")
    markup = check_markup(params.data("reply_markup"))
    return _edited(api, message, call, text=text, entities=entities, markup=markup)


def edit_message_caption(api: BotApi, params: Params, call: Call) -> dict[str, Any]:
    """editMessageCaption."""
    message = _own(api, params)
    if "document" not in message.extra and "photo" not in message.extra:
        raise Refused(400, "Bad Request: there is no caption in the message to edit")
    text, entities = _written(params, "caption", CAPTION_LIMIT)
    return _edited(api, message, call, text=text, entities=entities, markup=check_markup(params.data("reply_markup")))


def edit_message_reply_markup(api: BotApi, params: Params, call: Call) -> dict[str, Any]:
    """editMessageReplyMarkup."""
    return _edited(api, _own(api, params), call, markup=check_markup(params.data("reply_markup")))


def delete_message(api: BotApi, params: Params, call: Call) -> bool:
    """deleteMessage."""
    api.chats.delete(api.chats.find(params.integer("chat_id")), params.integer("message_id"))
    return True


def delete_messages(api: BotApi, params: Params, call: Call) -> bool:
    """deleteMessages: those that are there go, the others are skipped."""
    chat = api.chats.find(params.integer("chat_id"))
    for message_id in params.data("message_ids") or []:
        if message_id in chat.messages:
            api.chats.delete(chat, message_id)
    return True


def answer_callback_query(api: BotApi, params: Params, call: Call) -> bool:
    """answerCallbackQuery: once, and in time."""
    query = api.queries.pop(params.text("callback_query_id"), None)
    if query is None or api.chats.clock() - query.at > api.updates.callback_life:
        raise Refused(400, _STALE)
    call.chat = query.chat.id
    text = params.text("text")
    if utf16_length(text) > 200:
        raise Refused(400, "Bad Request: MESSAGE_TOO_LONG")
    api.chats.notify(query.chat, query.user, text, params.flag("show_alert"))
    return True


def set_message_reaction(api: BotApi, params: Params, call: Call) -> bool:
    """setMessageReaction: the usual emoji only."""
    chat = api.chats.find(params.integer("chat_id"))
    message = chat.messages.get(params.integer("message_id"))
    if message is None:
        raise Refused(400, "Bad Request: message to react not found")
    reactions = [each.get("emoji", "") for each in params.data("reaction") or []]
    if any(not each or each[0] not in _EMOJI for each in reactions):
        raise Refused(400, "Bad Request: REACTION_INVALID")
    api.chats.react(message, reactions)
    return True


def get_file(api: BotApi, params: Params, call: Call) -> dict[str, Any]:
    """getFile."""
    return api.files.path_of(params.text("file_id"))


def get_chat(api: BotApi, params: Params, call: Call) -> dict[str, Any]:
    """getChat."""
    chat = api.chats.find(params.integer("chat_id"))
    return {**chat.as_chat(), "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": {}}


def get_chat_member(api: BotApi, params: Params, call: Call) -> dict[str, Any]:
    """getChatMember: whoever has spoken in the chat is a member; the bot always."""
    chat, user = api.chats.find(params.integer("chat_id")), params.integer("user_id")
    spoken = next((m.sender for m in chat.messages.values() if m.sender["id"] == user), None)
    if user == api.me["id"]:
        return {"status": "member", "user": api.user()}
    if spoken is None:
        raise Refused(400, "Bad Request: PARTICIPANT_ID_INVALID" if chat.is_group else "Bad Request: user not found")
    return {"status": "member", "user": spoken}


def leave_chat(api: BotApi, params: Params, call: Call) -> bool:
    """leaveChat."""
    chat = api.chats.find(params.integer("chat_id"))
    if not chat.is_group:
        raise Refused(400, "Bad Request: chat member status can't be changed in private chats")
    chat.refusal = "Forbidden: bot is not a member of the group chat"
    return True


def _admitted(api: BotApi, params: Params) -> Chat:
    chat = api.chats.find(params.integer("chat_id"))
    api.admit(chat)
    return chat


def _own(api: BotApi, params: Params) -> Stored:
    chat = api.chats.find(params.integer("chat_id"))
    if chat.is_group:
        api.admit(chat)  # in a group an edit counts like a message
    return api.chats.editable(chat, params.integer("message_id"))


def _written(params: Params, name: str, limit: int) -> tuple[str, list[dict[str, Any]]]:
    mode = params.text("parse_mode")
    if mode.lower() == "html":
        text, entities = parse_html(params.text(name))
    elif mode:
        raise Refused(400, "Bad Request: unsupported parse_mode")  # ours writes HTML only
    else:
        text, entities = (
            params.text(name).strip(),
            params.data(f"{name}_entities" if name != "text" else "entities") or [],
        )
    if len(text) * 2 > limit and utf16_length(text) > limit:
        raise Refused(
            400,
            "Bad Request: message is too long" if name == "text" else "Bad Request: message caption is too long",
        )
    return text, entities


def _posted(
    api: BotApi,
    chat: Chat,
    params: Params,
    call: Call,
    text: str,
    entities: list[dict[str, Any]],
    extra: dict[str, Any],
) -> dict[str, Any]:
    if "reply_parameters" in params and (answered := _answered(chat, params)):
        extra = {**extra, "reply_to_message": answered.as_message()}
    markup = check_markup(params.data("reply_markup")) if "reply_markup" in params else None
    message = api.chats.post(chat, api.me, text, entities=entities, markup=markup, extra=extra)
    call.message_id = message.message_id
    return message.as_message()


def _answered(chat: Chat, params: Params) -> Stored | None:
    wanted = params.data("reply_parameters") or {}
    message = chat.messages.get(wanted.get("message_id", 0))
    if message is None and not wanted.get("allow_sending_without_reply"):
        raise Refused(400, "Bad Request: message to be replied not found")
    return message


def _edited(api: BotApi, message: Stored, call: Call, **new: Any) -> dict[str, Any]:
    call.message_id = message.message_id
    return api.chats.edit(message, **new).as_message()


def _file(api: BotApi, params: Params, name: str) -> str:
    value = params.get(name)
    if isinstance(value, str) and value.startswith("attach://"):
        value = params.get(value.removeprefix("attach://"))
    if isinstance(value, Upload):
        if not value.data:
            raise Refused(400, "Bad Request: file must be non-empty")
        return api.files.keep(value.name, value.data, value.mime)
    if isinstance(value, str) and api.files.has(value):
        return value
    raise Refused(400, "Bad Request: wrong file identifier/HTTP URL specified")
